import { expect, test } from 'vitest';

import type { ClusterView } from '../../../../main/contract/model.ts';
import { previewRemove, previewStop } from '../../../../renderer/features/membership/quorum.ts';
import { departureOf, votersOf } from '../../../../renderer/features/membership/voters.ts';
import { progressOf } from '../../../host/status-fixture.ts';
import { Scene } from '../why/scene.ts';

/** A cluster with a leader, changed by `change` before it is looked at. */
function clusterOf(size: number, change: (scene: Scene) => void): ClusterView {
  const scene = new Scene(1, size);
  scene.leaderId = '1';
  change(scene);
  return scene.evidence().view;
}

function stopping(view: ClusterView, id: string): ReturnType<typeof previewStop> {
  return previewStop(votersOf(view), departureOf(view, id, true));
}

test('with all links whole, each voter counts and takes its own vote', () => {
  const view = clusterOf(5, () => undefined);
  expect(votersOf(view)).toEqual({ voters: 5, up: 5, nonVoters: 0 });
  for (const { id } of view.nodes) {
    expect(departureOf(view, id, true)).toEqual({ voter: true, upAfter: 4, areApart: false });
  }
});

test('while one of three is cut off, stopping either of the others takes the quorum, and itself nothing', () => {
  for (const lone of ['1', '2', '3']) {
    const others = ['1', '2', '3'].filter((id) => id !== lone);
    const view = clusterOf(3, (scene) => {
      for (const other of others) scene.cut(lone, other);
    });
    expect(votersOf(view).up).toBe(2);
    for (const id of others) {
      const preview = stopping(view, id);
      expect(preview.losesQuorum).toBe(true);
      expect(preview.sentences[0]).toContain('This leaves 1 of 3 voters that reach each other,');
    }
    expect(stopping(view, lone).losesQuorum).toBe(false);
  }
});

test('while one of three is frozen, freezing another takes the quorum', () => {
  const view = clusterOf(3, (scene) => scene.see('3', { process: 'frozen' }));
  expect(votersOf(view).up).toBe(2);
  expect(stopping(view, '2').losesQuorum).toBe(true);
  expect(stopping(view, '2').sentences[0]).toContain(
    'This leaves 1 of 3 voters, and 2 are needed.',
  );
  expect(stopping(view, '3').losesQuorum).toBe(false);
});

test('a node that alone holds the others together takes the quorum with it', () => {
  // 2 and 3 hear each other only over 1: all is well as long as 1 leads.
  const view = clusterOf(3, (scene) => scene.cut('2', '3'));
  expect(votersOf(view).up).toBe(3);
  expect(stopping(view, '1').losesQuorum).toBe(true);
  expect(stopping(view, '2').losesQuorum).toBe(false);
});

test('a cut of one direction is enough: nobody can commit with answers that do not arrive', () => {
  const view = clusterOf(3, (scene) => {
    for (const other of ['1', '2']) {
      scene.fault('3', { kind: 'link-cut', peerId: other, direction: 'out' });
    }
  });
  expect(stopping(view, '2').losesQuorum).toBe(true);
});

test('five voters in three and two: the side of two is no loss, one of the three is', () => {
  const view = clusterOf(5, (scene) => {
    for (const one of ['1', '2', '3']) for (const other of ['4', '5']) scene.cut(one, other);
  });
  expect(votersOf(view).up).toBe(3);
  expect(stopping(view, '4').losesQuorum).toBe(false);
  expect(stopping(view, '2').losesQuorum).toBe(true);
});

test('whom the leader has not heard for long does not count, with no fault anywhere', () => {
  const view = clusterOf(3, (scene) => {
    const silent = { ...progressOf('3'), lastContactMs: 9_000 };
    scene.say('1', { followers: [progressOf('2'), silent] });
  });
  expect(votersOf(view).up).toBe(2);
  expect(stopping(view, '2').losesQuorum).toBe(true);
});

test('removing a node while another one is cut off says that it could not be committed', () => {
  const view = clusterOf(3, (scene) => {
    for (const other of ['1', '2']) scene.cut('3', other);
  });
  const preview = previewRemove(votersOf(view), departureOf(view, '2', true));
  expect(preview.losesQuorum).toBe(true);
  expect(preview.sentences[0]).toContain('One of 2 voters would be up that reach each other');
});
