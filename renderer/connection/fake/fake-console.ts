import type { Result } from '../../../main/contract/errors.ts';
import type { HostApi } from '../../../main/contract/host-api.ts';
import type { CommandOutcome, RespView } from '../../../main/contract/model.ts';
import type { FakeCluster } from './fake-cluster.ts';

type Request = Parameters<HostApi['sendCommand']>[0];

const bulk = (text: string): RespView => ({ type: 'bulk', text });
const map = (entries: Readonly<Record<string, RespView>>): RespView => ({
  type: 'map',
  entries: Object.entries(entries).map(([key, value]) => [bulk(key), value] as const),
});
const argument = (name: string, ...flags: readonly string[]): RespView =>
  map({
    name: bulk(name),
    type: bulk('string'),
    flags: { type: 'array', items: flags.map((text) => ({ type: 'simple', text }) as const) },
  });
const command = (summary: string, ...args: readonly RespView[]): RespView =>
  map({
    summary: bulk(summary),
    group: bulk('generic'),
    arguments: { type: 'array', items: args },
  });

const DOCS = map({
  get: command('Returns the string value of a key.', argument('key')),
  getdel: command('Returns the string value of a key and deletes it.', argument('key')),
  hello: command('Handshakes with the server.', argument('protover', 'optional')),
  raft: command('Asks the node about its part in the cluster.', argument('subcommand')),
  raftaddpeer: command('Adds a server to the cluster.', argument('id'), argument('address')),
  raftsnapshot: command('Takes a snapshot.'),
  set: command('Sets the string value of a key.', argument('key'), argument('value')),
});

/** What a scripted cluster answers to a command: enough to see how each kind of answer looks. */
export function answerCommand(
  cluster: FakeCluster,
  { nodeId, args, followRedirects }: Request,
): Result<CommandOutcome> {
  const leader = cluster.leaderId ?? '1';
  const asked = nodeId ?? leader;
  const port = cluster.basePort + Number(leader) - 1;
  if (args[0] === 'RAFT' && args[1] === 'LOG') return answerLog(cluster, asked, args);
  const moved = asked !== leader && ['SET', 'GET'].includes((args[0] ?? '').toUpperCase());
  const text = `MOVED 2780 127.0.0.1:${String(port)}`;
  const redirected = moved && followRedirects;
  return {
    ok: true,
    value: {
      reply: moved && !followRedirects ? { type: 'error', text } : replyTo(args),
      nodeId: redirected ? leader : asked,
      redirects: redirected ? [{ nodeId: asked, text }] : [],
      elapsedMs: 1.1,
      truncated: false,
    },
  };
}

function replyTo([name = '', key = '', ...rest]: readonly string[]): RespView {
  switch (name.toUpperCase()) {
    case 'COMMAND':
      return DOCS;
    case 'RAFT':
      return verify(rest);
    case 'SET':
      return { type: 'simple', text: 'OK' };
    case 'GET':
      return key === 'none' ? { type: 'null' } : bulk('{"n":"Ada","plan":"pro"}\n');
    case 'HELLO':
      return map({
        server: bulk('raftdeck'),
        proto: { type: 'integer', text: '3' },
        role: bulk('master'),
        modules: { type: 'array', items: [] },
      });
    case 'KEYS':
      return {
        type: 'array',
        items: Array.from({ length: 450 }, (_, at) => bulk(`order:${String(at)}`)),
      };
    default:
      return { type: 'error', text: `ERR unknown command '${name}'` };
  }
}

/** The log of a scripted node; node 3 holds three entries of a term that came to nothing. */
function answerLog(
  cluster: FakeCluster,
  nodeId: string,
  [, , from = '1', , count = '10']: readonly string[],
): Result<CommandOutcome> {
  const node = cluster.nodes.find(({ id }) => id === nodeId);
  const last = cluster.commitIndex + 2 - (node?.lag ?? 0);
  const items: RespView[] = [];
  for (let index = Number(from); index <= last && items.length < Number(count); index += 1) {
    const conflicts = nodeId === '3' && index > last - 3 && cluster.leaderId !== '3';
    const term = conflicts ? cluster.term - 1 : index < 1_000 ? 1 : cluster.term;
    const words = [
      'SET',
      `order:${String(index % 500)}`,
      conflicts ? 'lost' : `paid ${String(index)}`,
    ];
    items.push(
      map({
        index: { type: 'integer', text: String(index) },
        term: { type: 'integer', text: String(term) },
        kind: bulk(index === 1_000 ? 'no-op' : 'command'),
        time: { type: 'integer', text: '1800000000000000000' },
        bytes: { type: 'integer', text: '38' },
        command: { type: 'array', items: index === 1_000 ? [] : words.map(bulk) },
      }),
    );
  }
  const reply: RespView = { type: 'array', items };
  const about = { nodeId, redirects: [], elapsedMs: 0.8, truncated: false };
  return { ok: true, value: { reply, ...about } };
}

/** RAFT SNAPSHOT VERIFY: of the older ones the last was damaged. */
function verify([what = '', id = '']: readonly string[]): RespView {
  if (what !== 'VERIFY' || !id.startsWith('98417-')) return { type: 'simple', text: 'OK' };
  const text = `ERR snapshot ${id}: the block at byte 81920 does not match its checksum`;
  return { type: 'error', text };
}
