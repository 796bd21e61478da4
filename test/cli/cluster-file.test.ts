import { expect, test } from 'vitest';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { UsageError } from '../../main/cli/args/usage-error.ts';
import { CLUSTER_FILE_KEYS, readClusterFile } from '../../main/cli/up/cluster-file.ts';
import { ROOT } from '../tidy/source-files.ts';

function problemOf(text: string): string {
  try {
    readClusterFile(text, 'cluster.yaml');
  } catch (error) {
    expect(error).toBeInstanceOf(UsageError);
    return (error as UsageError).message;
  }
  return 'no problem';
}

test('a file gives a name, a count of nodes and flags for all of them', () => {
  const text = [
    '\ufeffversion: 1',
    'name: shop',
    'nodes: 5 # voters',
    'basePort: 9000',
    'backend: memory',
    'electionTimeout: 1000',
    'heartbeat: 100',
    'faults: true',
    'http: true',
    'tls: true',
    'logLevel: warning',
    '',
  ].join('\r\n');
  expect(readClusterFile(text, 'cluster.yaml')).toEqual({
    name: 'shop',
    nodes: 5,
    basePort: 9000,
    members: null,
    tls: true,
    flags: new Map([
      ['backend', 'memory'],
      ['election-timeout', '1000'],
      ['heartbeat', '100'],
      ['faults', ''],
      ['http', ''],
      ['l', 'warning'],
    ]),
  });
});

test('members may be listed one by one instead', () => {
  const text =
    'members:\n  - id: 1\n    address: 127.0.0.1:9001\n  - {id: b, address: "[::1]:9002"}\n';
  expect(readClusterFile(text, 'cluster.yaml').members).toEqual([
    { id: '1', address: '127.0.0.1:9001' },
    { id: 'b', address: '[::1]:9002' },
  ]);
});

test('JSON is a cluster file too', () => {
  expect(readClusterFile('{"nodes": 1, "faults": false}', 'c.json').nodes).toBe(1);
});

test.each([
  [
    'name: a\nelectionTimout: 500\n',
    'cluster.yaml:2:1: unknown key "electionTimout" (did you mean "electionTimeout"?)',
  ],
  ['nodes: 3\n__proto__: 1\n', 'cluster.yaml:2:1: unknown key "__proto__"'],
  ['constructor: 1\n', 'cluster.yaml:1:1: unknown key "constructor"'],
  ['nodes: 3\nnodes: 5\n', 'cluster.yaml:2:1: Map keys must be unique'],
  ['nodes: three\n', 'cluster.yaml:1:8: nodes is a whole number from 1 to 9'],
  ['nodes: 10\n', 'cluster.yaml:1:8: nodes is a whole number from 1 to 9'],
  ['nodes:\n', 'cluster.yaml:1:7: nodes is a whole number from 1 to 9'],
  ['nodes: 3.5\n', 'cluster.yaml:1:8: nodes is a whole number from 1 to 9'],
  ['basePort: 70000\n', 'cluster.yaml:1:11: basePort is a whole number from 1 to 65535'],
  ['version: 2\n', 'cluster.yaml:1:10: version is 1: this program reads no other format'],
  ['backend: [leveldb]\n', 'cluster.yaml:1:10: backend is a word or a number'],
  [
    'durability: hihg\n',
    "cluster.yaml:1:13: invalid --durability: 'hihg' is none of low, medium, high (did you mean high?)",
  ],
  [
    'heartbeat: 0\n',
    'cluster.yaml:1:12: invalid --heartbeat: 0 is not a whole number from 5 to 10000',
  ],
  [
    'electionTimeout: 100\nheartbeat: 80\n',
    'cluster.yaml:1:1: an election timeout of 100 ms is too short for a heartbeat of 80 ms: ' +
      'it must be 161 to 60000 ms (more than twice the heartbeat)',
  ],
  ['tls: on\n', 'cluster.yaml:1:6: tls is true or false'],
  ['tls: {ca: x}\n', 'cluster.yaml:1:6: tls is true or false'],
  ['tls:\n', 'cluster.yaml:1:5: tls is true or false'],
  ['auth: x\n', 'cluster.yaml:1:1: unknown key "auth" (did you mean "authFile"?)'],
  ['password: x\n', 'cluster.yaml:1:1: unknown key "password"'],
  ['faults: yes\n', 'cluster.yaml:1:9: faults is true or false'],
  [
    'name: ../up\n',
    'cluster.yaml:1:7: name is 1 to 40 letters, digits, dots, dashes or underscores, no dot or dash first',
  ],
  [
    'nodes: 3\nmembers: [{id: 1, address: "h:1"}]\n',
    'cluster.yaml:2:1: members stand instead of nodes and basePort, not beside them',
  ],
  ['members: []\n', 'cluster.yaml:1:10: members is a list with - id: and address:'],
  ['members: [{id: 1}]\n', 'cluster.yaml:1:11: this member has no address'],
  [
    'members:\n  - {id: 1, address: h}\n',
    "cluster.yaml:2:22: -a: invalid address 'h': it has no port; write host:port",
  ],
  [
    'members:\n  - {id: 1, address: "h:1"}\n  - {id: 1, address: "h:2"}\n',
    'cluster.yaml:3:5: two members have the id 1',
  ],
  [
    'members:\n  - {id: 1, adress: "h:1"}\n',
    'cluster.yaml:2:13: unknown key "adress" of a member (did you mean "address"?)',
  ],
  ['', 'cluster.yaml:1:1: the file is empty'],
  ['# nothing\n', 'cluster.yaml:1:1: the file is empty'],
  ['- a\n', 'cluster.yaml:1:1: a cluster file is a list of key: value'],
  ['name: &a x\nbackend: *a\n', 'cluster.yaml:2:10: backend is a word or a number'],
  ['name: !!js/function x\n', 'cluster.yaml:1:7: Unresolved tag: tag:yaml.org,2002:js/function'],
  [
    'nodes: {\n',
    'cluster.yaml:2:1: Flow map in block collection must be sufficiently indented and end with a }',
  ],
  [`a: ${'['.repeat(10_000)}`, 'cluster.yaml:1:36: nested more than 32 deep'],
  [`${'- '.repeat(10_000)}x`, 'cluster.yaml:1:1: nested more than 32 deep'],
])('%j is refused: %s', (text, problem) => {
  expect(problemOf(text)).toBe(problem);
});

test('the examples in docs/cluster-file.md are cluster files, and name every key', () => {
  const page = readFileSync(join(ROOT, 'docs', 'cluster-file.md'), 'utf8');
  const examples = [...page.matchAll(/^```yaml\n(.*?)^```/gms)].map((match) => match[1] ?? '');
  const files = examples.map((text) => readClusterFile(text, 'docs/cluster-file.md'));
  expect(files.map(({ members }) => members?.length ?? null)).toEqual([null, 3]);
  const keys = [...(examples[0] ?? '').matchAll(/^(\w+):/gm)].map((match) => match[1] ?? '');
  expect([...keys, 'members'].sort()).toEqual([...CLUSTER_FILE_KEYS].sort());
});
