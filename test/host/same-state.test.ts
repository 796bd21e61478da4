import { expect, test } from 'vitest';

import { StepFailure } from '../../main/host/operation.ts';
import { sameState, type ComparedCluster } from '../../main/host/same-state.ts';
import { errorReply, type Reply } from '../../node-engine/resp/value.ts';

/** What RAFT STATUS HASH says of a node. */
function state(index: number, hash: string): Reply {
  return [index, Buffer.from(hash)];
}

/** Three nodes that answer one after the other what they are given; the last is said again. */
async function compare(answers: Readonly<Record<string, readonly Reply[]>>): Promise<{
  readonly said: string;
  readonly asked: number;
  /** How many times it was waited for nodes that were behind what another one had answered. */
  readonly waited: number;
}> {
  let asked = 0;
  let waited = 0;
  const status = { appliedIndex: 9, commitIndex: 9 };
  const nodes = Object.keys(answers).map((id) => {
    return { id, name: `node-${id}`, address: `127.0.0.1:748${id}`, status };
  });
  const left = new Map(Object.entries(answers).map(([id, given]) => [id, [...given]]));
  const cluster: ComparedCluster = {
    leader: () => nodes[0] ?? null,
    waitFor: async (isMet) => {
      if (isMet()) return;
      waited += 1;
      status.appliedIndex += 1;
      expect(isMet()).toBe(true);
    },
    send: async ({ id }) => {
      asked += 1;
      const own = left.get(id) ?? [];
      const [next = null] = own.length > 1 ? own.splice(0, 1) : own;
      return { ok: true, value: { reply: next, nodeId: id, redirects: [] } };
    },
  };
  try {
    return { said: await sameState(cluster, nodes), asked, waited };
  } catch (error) {
    if (!(error instanceof StepFailure)) throw error;
    return { said: `failed: ${error.message}`, asked, waited };
  }
}

test('nodes that hold the same behind the same entry agree', async () => {
  const same = state(9, '0123456789abcdef');
  const { said } = await compare({ '1': [same], '2': [same], '3': [same] });
  expect(said).toBe('3 nodes agree on 01234567');
  expect((await compare({ '1': [same] })).said).toBe('one node on 01234567');
});

test('nodes that hold something else behind the same entry fail the step', async () => {
  const { said } = await compare({
    '1': [state(9, 'aaaa')],
    '2': [state(10, 'cccc')],
    '3': [state(9, 'bbbb')],
  });
  expect(said).toBe('failed: The nodes do not agree behind entry 9: aaaa, bbbb');
});

test('answers for different entries are neither agreement nor its opposite: they are asked again', async () => {
  const later = state(10, 'bbbb');
  const { said, asked, waited } = await compare({
    '1': [state(9, 'aaaa'), later],
    '2': [later],
    '3': [later],
  });
  // Not before the first one says that it has the entry that the others answered for.
  expect([said, asked, waited]).toEqual(['3 nodes agree on bbbb', 6, 1]);
  const apart = await compare({ '1': [state(9, 'aaaa')], '2': [later] });
  expect(apart.said).toMatch(/^not compared: clients kept writing/);
});

test('a node that refuses or says something else is no node that agrees', async () => {
  const refused = errorReply('ERR cannot hash: no memory');
  expect((await compare({ '1': [refused], '2': [refused] })).said).toBe(
    'failed: node-1: ERR cannot hash: no memory',
  );
  expect((await compare({ '1': [null], '2': [null] })).said).toBe(
    'failed: node-1 did not say what its state is.',
  );
});
