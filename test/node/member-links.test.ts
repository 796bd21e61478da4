import { expect, test } from 'vitest';

import { MemberLinks } from '../../node-engine/node/member-links.ts';
import type { RaftCore } from '../../node-engine/raft/core.ts';
import type { Membership } from '../../node-engine/raft/types.ts';

function membershipOf(...ids: readonly string[]): Membership {
  const members = ids.map((id) => {
    const address = `127.0.0.1:${id}`;
    return { id, peerAddress: address, clientAddress: address, voter: true, promote: false };
  });
  return { members };
}

test('a removed server keeps its link until the core has told it, and no longer', () => {
  const world = { membership: membershipOf('1', '2', '3'), peers: ['2', '3'] };
  const core: Pick<RaftCore, 'membership' | 'peers' | 'status'> = {
    membership: () => world.membership,
    peers: () => world.peers,
    status: () => ({ id: '1' }) as ReturnType<RaftCore['status']>,
  };
  const set: string[] = [];
  const links = new MemberLinks(core as RaftCore, {
    setPeers: (peers) => set.push(peers.map(({ id }) => id).join(' ')),
  });
  links.open();
  links.follow();
  world.membership = membershipOf('1', '2');
  links.follow();
  links.follow();
  world.peers = ['2'];
  links.follow();
  links.follow();
  expect(set).toEqual(['2 3', '2 3', '2']);
});
