import { expect, it } from 'vitest';
import { keySlot } from '../../node-engine/node/key-slot.ts';

function slot(key: string): number {
  return keySlot(Buffer.from(key));
}

it('gives the slots that the Redis Cluster specification names', () => {
  expect([slot('123456789'), slot('foo'), slot('user:7')]).toEqual([0x31c3, 12182, 2780]);
});

it('hashes only what stands between the first braces', () => {
  expect(slot('{user1000}.following')).toBe(slot('user1000'));
  expect(slot('foo{bar}{zap}')).toBe(slot('bar'));
  expect(slot('foo{{bar}}zap')).toBe(slot('{bar'));
});

it('hashes the whole key when the braces are empty or open', () => {
  expect(slot('foo{}{bar}')).not.toBe(slot('bar'));
  expect(slot('foo{bar')).not.toBe(slot('bar'));
});
