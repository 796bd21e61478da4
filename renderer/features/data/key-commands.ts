import type { ClusterView } from '../../../main/contract/model.ts';
import { commandAddress, redisCli } from '../nodes/commands.ts';
import { decodeBase64, textOf } from './bytes.ts';

/** A command about a key as a line for a terminal; null where the key is no text that a line can hold. */
export function keyCommand(
  view: ClusterView,
  words: readonly [name: string, key: string, ...rest: readonly string[]],
): string | null {
  const [name, key, ...rest] = words;
  const address = commandAddress(view);
  const text = textOf(decodeBase64(key));
  if (address === null || text === null || /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u.test(text)) return null;
  return redisCli(address, [name, text, ...rest], { followMoved: true });
}
