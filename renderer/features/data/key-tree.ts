import { shownKey } from './bytes.ts';

/** A line of the tree: keys that begin alike, or one key. */
export type TreeRow =
  | {
      readonly kind: 'folder';
      /** What its keys begin with, colons included. */
      readonly path: string;
      /** The last part of it. */
      readonly label: string;
      readonly depth: number;
      /** How many of the keys that were read are in it, at any depth. */
      readonly keys: number;
      readonly isOpen: boolean;
    }
  | { readonly kind: 'key'; readonly key: string; readonly label: string; readonly depth: number };

interface Named {
  readonly name: string;
  readonly key: string;
}

const { compare } = new Intl.Collator('en', { numeric: true });

/**
 * The keys as a tree: parted at each colon, folders first where two keys or more begin alike, each
 * level in order. Only what is open is laid out below its folder.
 */
export function treeRows(keys: readonly string[], open: ReadonlySet<string>): readonly TreeRow[] {
  const named = [...new Set(keys)].map((key): Named => ({ key, name: shownKey(key) }));
  named.sort((left, right) => compare(left.name, right.name));
  const rows: TreeRow[] = [];
  addLevel(rows, named, { path: '', depth: 0, open });
  return rows;
}

interface Level {
  readonly path: string;
  readonly depth: number;
  readonly open: ReadonlySet<string>;
}

function addLevel(rows: TreeRow[], named: readonly Named[], { path, depth, open }: Level): void {
  const folders = new Map<string, Named[]>();
  for (const one of named) {
    const end = one.name.indexOf(':', path.length);
    // A colon at the very end parts nothing.
    if (end < 0 || end === one.name.length - 1) continue;
    const within = one.name.slice(0, end + 1);
    const others = folders.get(within);
    if (others === undefined) folders.set(within, [one]);
    else others.push(one);
  }
  const inFolders = new Set<Named>();
  for (const [within, members] of folders) {
    if (members.length < 2) continue;
    for (const member of members) inFolders.add(member);
    const isOpen = open.has(within);
    const label = within.slice(path.length);
    rows.push({ kind: 'folder', path: within, label, depth, keys: members.length, isOpen });
    if (isOpen) addLevel(rows, members, { path: within, depth: depth + 1, open });
  }
  for (const one of named) {
    if (inFolders.has(one)) continue;
    rows.push({ kind: 'key', key: one.key, label: one.name.slice(path.length), depth });
  }
}

/** The row of the folder that a row is in; −1 at the top. */
export function parentOf(rows: readonly TreeRow[], at: number): number {
  const depth = rows[at]?.depth ?? 0;
  for (let above = at - 1; above >= 0; above -= 1) {
    if ((rows[above]?.depth ?? 0) < depth) return above;
  }
  return -1;
}
