import { isMap, isScalar, isSeq, parseDocument, type Node, type YAMLMap } from 'yaml';

import { parseFlags } from '../args/flags.ts';
import { suggestion } from '../args/suggestion.ts';
import { reasonOf, UsageError } from '../args/usage-error.ts';
import { nodeConfig } from '../node/node-config.ts';
import { NODE_USAGE } from '../node/node-flags.ts';

/** A member that a cluster file lists by itself. */
export interface FileMember {
  readonly id: string;
  readonly address: string;
}

/** What a cluster file says; null for what it leaves out. */
export interface ClusterFile {
  readonly name: string | null;
  readonly nodes: number | null;
  readonly basePort: number | null;
  readonly members: readonly FileMember[] | null;
  /** Whether the nodes speak TLS. */
  readonly tls: boolean | null;
  /** Node flags by name, such as `election-timeout`; '' for a flag without a value. */
  readonly flags: ReadonlyMap<string, string>;
}

/** A cluster file of more bytes was given by mistake. */
export const CLUSTER_FILE_BYTES_MAX = 1024 * 1024;
/** Nothing in it is nested deeper than this: the reader itself recurses. */
const DEPTH_MAX = 32;

/** The keys that stand for a flag of `raftdeck node`. */
const FLAG_KEYS: Readonly<Record<string, string>> = {
  machine: 'machine',
  backend: 'backend',
  durability: 'durability',
  consistency: 'consistency',
  redirect: 'redirect',
  dialect: 'dialect',
  electionTimeout: 'election-timeout',
  heartbeat: 'heartbeat',
  snapshotEntries: 'snapshot-entries',
  trailingEntries: 'trailing-entries',
  secretFile: 'secret-file',
  authFile: 'auth-file',
  usersFile: 'users-file',
  http: 'http',
  faults: 'faults',
  logLevel: 'l',
  logFormat: 'log-format',
};

/** Every key at the top of a cluster file. */
export const CLUSTER_FILE_KEYS: readonly string[] = [
  'version',
  'name',
  'nodes',
  'basePort',
  'members',
  'tls',
  ...Object.keys(FLAG_KEYS),
];
const MEMBER_KEYS = ['id', 'address'];

/**
 * Reads a cluster file. Nothing in it is guessed: an unknown key, a value of the wrong kind or a
 * repeated key is refused with its place.
 *
 * @param fileName how the file is named in what is said about it
 * @throws UsageError `cluster.yaml:12:7: unknown key …`, line and column counted from 1
 */
export function readClusterFile(text: string, fileName: string): ClusterFile {
  return new ClusterFileReader(text, fileName).read();
}

class ClusterFileReader {
  readonly #text: string;
  readonly #fileName: string;

  constructor(text: string, fileName: string) {
    this.#text = text.startsWith('\ufeff') ? text.slice(1) : text;
    this.#fileName = fileName;
  }

  read(): ClusterFile {
    const root = this.#parse();
    let members: ClusterFile['members'] = null;
    let name: string | null = null;
    let tls: boolean | null = null;
    const counts: { nodes: number | null; basePort: number | null } = {
      nodes: null,
      basePort: null,
    };
    const flags = new Map<string, string>();
    for (const [key, value, keyNode] of this.#entries(root, CLUSTER_FILE_KEYS, '')) {
      if (key === 'version') this.#version(value, keyNode);
      else if (key === 'name') name = this.#name(value, keyNode);
      else if (key === 'tls') tls = this.#boolean(value, keyNode, key);
      else if (key === 'nodes') counts.nodes = this.#integer(value, keyNode, { min: 1, max: 9 });
      else if (key === 'basePort') {
        counts.basePort = this.#integer(value, keyNode, { min: 1, max: 65_535 });
      } else if (key === 'members') {
        members = this.#members(value, keyNode);
      } else this.#flag(key, value, keyNode, flags);
      if (members !== null && (counts.nodes !== null || counts.basePort !== null)) {
        this.#refuse(keyNode, 'members stand instead of nodes and basePort, not beside them');
      }
    }
    this.#checkTogether(flags, root);
    return { name, ...counts, members, tls, flags };
  }

  #parse(): YAMLMap {
    this.#checkDepth();
    const document = parseDocument(this.#text, {
      prettyErrors: false,
      schema: 'core',
      merge: false,
      uniqueKeys: true,
    });
    const [problem] = [...document.errors, ...document.warnings];
    if (problem !== undefined) this.#refuseAt(problem.pos[0], problem.message);
    const { contents } = document;
    if (contents === null) this.#refuseAt(0, 'the file is empty');
    if (!isMap(contents)) return this.#refuse(contents, 'a cluster file is a list of key: value');
    return contents;
  }

  /** Block nesting costs a column each; flow nesting one bracket. Both are bounded before parsing. */
  #checkDepth(): void {
    let depth = 0;
    for (let offset = 0; offset < this.#text.length; offset += 1) {
      const character = this.#text[offset];
      if (character === '[' || character === '{') depth += 1;
      else if (character === ']' || character === '}') depth -= 1;
      if (depth > DEPTH_MAX) this.#refuseAt(offset, `nested more than ${DEPTH_MAX} deep`);
    }
    for (const match of this.#text.matchAll(/^[ \-?:]+/gm)) {
      const markers = match[0].replace(/ +/g, ' ').length;
      if (match[0].length > 8 * DEPTH_MAX || markers > 2 * DEPTH_MAX) {
        this.#refuseAt(match.index, `nested more than ${DEPTH_MAX} deep`);
      }
    }
  }

  *#entries(
    map: YAMLMap,
    known: readonly string[],
    where: string,
  ): Generator<readonly [key: string, value: unknown, keyNode: Node]> {
    for (const { key, value } of map.items) {
      if (!isScalar(key) || typeof key.value !== 'string') {
        return this.#refuse(isNode(key) ? key : map, `a key${where} is a word`);
      }
      if (!known.includes(key.value)) {
        const meant = suggestion(key.value, known);
        const hint = meant === null ? '' : ` (did you mean "${meant}"?)`;
        this.#refuse(key, `unknown key "${key.value}"${where}${hint}`);
      }
      yield [key.value, value, key];
    }
  }

  #version(value: unknown, keyNode: Node): void {
    if (isScalar(value) && value.value === 1) return;
    this.#refuse(this.#placeOf(value, keyNode), 'version is 1: this program reads no other format');
  }

  #name(value: unknown, keyNode: Node): string {
    const name = this.#scalarText(value, keyNode, 'name');
    if (!/^[A-Za-z0-9][A-Za-z0-9._-]{0,39}$/.test(name)) {
      const what = '1 to 40 letters, digits, dots, dashes or underscores, no dot or dash first';
      this.#refuse(this.#placeOf(value, keyNode), `name is ${what}`);
    }
    return name;
  }

  #integer(value: unknown, keyNode: Node, range: { min: number; max: number }): number {
    const number = isScalar(value) ? value.value : null;
    const isRight =
      typeof number === 'number' &&
      Number.isSafeInteger(number) &&
      number >= range.min &&
      number <= range.max;
    if (isRight) return number;
    const what = `${textOfKey(keyNode)} is a whole number from ${range.min} to ${range.max}`;
    return this.#refuse(this.#placeOf(value, keyNode), what);
  }

  #members(value: unknown, keyNode: Node): readonly FileMember[] {
    if (!isSeq(value) || value.items.length === 0) {
      return this.#refuse(
        this.#placeOf(value, keyNode),
        'members is a list with - id: and address:',
      );
    }
    const members: FileMember[] = [];
    for (const item of value.items) {
      if (!isMap(item)) {
        return this.#refuse(this.#placeOf(item, keyNode), 'a member has an id and an address');
      }
      const member = this.#member(item);
      const twin = members.find(
        ({ id, address }) => id === member.id || address === member.address,
      );
      if (twin !== undefined) {
        const same = twin.id === member.id ? `id ${twin.id}` : `address ${twin.address}`;
        this.#refuse(item, `two members have the ${same}`);
      }
      members.push(member);
    }
    return members;
  }

  #member(item: YAMLMap): FileMember {
    const fields: { id: string | null; address: string | null } = { id: null, address: null };
    for (const [key, value, keyNode] of this.#entries(item, MEMBER_KEYS, ' of a member')) {
      const text = this.#scalarText(value, keyNode, key);
      const flag = key === 'id' ? 'n' : 'a';
      this.#checkFlag([`-${flag}`, text], this.#placeOf(value, keyNode));
      if (key === 'id') fields.id = text;
      else fields.address = text;
    }
    const { id, address } = fields;
    if (id === null) return this.#refuse(item, 'this member has no id');
    if (address === null) return this.#refuse(item, 'this member has no address');
    return { id, address };
  }

  #flag(key: string, value: unknown, keyNode: Node, flags: Map<string, string>): void {
    const flag = FLAG_KEYS[key] ?? '';
    const place = this.#placeOf(value, keyNode);
    if (key === 'faults' || key === 'http') {
      if (this.#boolean(value, keyNode, key)) flags.set(flag, '');
      return;
    }
    const text = this.#scalarText(value, keyNode, key);
    // How the times fit together is checked once both are known.
    const isTime = key === 'electionTimeout' || key === 'heartbeat';
    const wide = key === 'heartbeat' ? ['--election-timeout', '60000'] : ['--heartbeat', '5'];
    this.#checkFlag([`--${flag}=${text}`, ...(isTime ? wide : [])], place);
    flags.set(flag, text);
  }

  #boolean(value: unknown, keyNode: Node, key: string): boolean {
    const isBoolean = isScalar(value) && typeof value.value === 'boolean';
    if (!isBoolean) this.#refuse(this.#placeOf(value, keyNode), `${key} is true or false`);
    return isScalar(value) && value.value === true;
  }

  /** What two values forbid each other has no place of its own: it is said of the whole file. */
  #checkTogether(flags: ReadonlyMap<string, string>, root: YAMLMap): void {
    this.#checkFlag(flagArguments(flags), root);
  }

  #checkFlag(args: readonly string[], place: Node): void {
    try {
      nodeConfig(parseFlags(NODE_USAGE.flags, args));
    } catch (error) {
      if (!(error instanceof UsageError)) throw error;
      this.#refuse(place, reasonOf(error));
    }
  }

  #scalarText(value: unknown, keyNode: Node, key: string): string {
    const scalar = isScalar(value) ? value.value : null;
    if (typeof scalar === 'string' && scalar !== '') return scalar;
    if (typeof scalar === 'number') return isScalar(value) ? (value.source ?? String(scalar)) : '';
    return this.#refuse(this.#placeOf(value, keyNode), `${key} is a word or a number`);
  }

  #placeOf(value: unknown, keyNode: Node): Node {
    return isNode(value) && Array.isArray(value.range) ? value : keyNode;
  }

  #refuse(place: Node, problem: string): never {
    return this.#refuseAt(place.range?.[0] ?? 0, problem);
  }

  #refuseAt(offset: number, problem: string): never {
    const before = this.#text.slice(0, offset).split('\n');
    const column = (before.at(-1)?.length ?? 0) + 1;
    throw new UsageError(`${this.#fileName}:${before.length}:${column}: ${problem}`);
  }
}

/** Flags of `raftdeck node` as they are typed. */
export function flagArguments(flags: ReadonlyMap<string, string>): readonly string[] {
  return [...flags].map(([name, value]) => (value === '' ? `--${name}` : `--${name}=${value}`));
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && 'range' in value;
}

function textOfKey(keyNode: Node): string {
  return isScalar(keyNode) ? String(keyNode.value) : 'it';
}
