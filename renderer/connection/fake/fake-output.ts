import type { OutputLine } from '../../../main/contract/model.ts';
import { type FakeCluster, type FakeNode, takesPart } from './fake-cluster.ts';

/** What came before the first push: so long ago the nodes were started. */
const PAST_MS = 4 * 60_000;
/** Each node prints about this often. */
const EVERY_MS = 1_900;

const LINES: readonly (readonly [mark: string, text: string])[] = [
  ['-', 'peer connected: node 2 at 127.0.0.1:7482'],
  ['*', 'snapshot taken at entry 151,200 of term 7: 21.1 MiB in 84 ms'],
  ['-', 'client connected: 127.0.0.1:51844'],
  ['*', 'log shrunk: entries 1–150,200 dropped'],
  ['#', 'peer refused: 127.0.0.1:40112: the cluster secret is not the same'],
  ['-', 'client disconnected: 127.0.0.1:51844'],
];

/** Lines that would act, hide or break the layout if anything took them for more than text. */
export const HOSTILE_LINES: readonly string[] = [
  '\u001b[31mred\u001b[0m \u001b]0;title\u0007\u001b[2J\u001b[1;1Hhome',
  '\u202egnirts desrever\u202c and \u2066isolated\u2069',
  'NUL \u0000 in the middle, BEL \u0007, DEL \u007f, CSI \u009b31m',
  '<img src=x onerror=alert(1)><script>alert(2)</script>',
  'a very long word without a space '.replaceAll(' ', '_').repeat(400),
  'zero\u200bwidth\u200djoined\ufeff, a half \ud83d of a pair, soft\u00adhyphen',
  'Z\u0351\u036b\u0343\u036a\u0302\u036b\u033d\u034f\u0334\u0319\u0324a\u0320\u0349\u030f\u030b\u0363lgo',
  'line\u2028separator, paragraph\u2029separator, vertical\u000btab, form\u000cfeed, back\u0008space',
  '{{constructor.constructor("alert(1)")()}} ${alert(1)} javascript:alert(1)',
  '=cmd|\u0020\u0027/C calc\u0027!A0 \u0060rm -rf\u0060 %s%s%n',
  'x'.repeat(1024 * 1024),
];

/** What the nodes of a scripted cluster printed after `sinceMs`, or ever, up to now. */
export function fakeOutput(
  cluster: FakeCluster,
  sinceMs: number | null,
  nowMs: number,
): readonly OutputLine[] {
  const lines = cluster.nodes.flatMap((node) => linesOf(cluster, node, sinceMs, nowMs));
  return lines.sort((left, right) => left.timeMs - right.timeMs);
}

function linesOf(
  cluster: FakeCluster,
  node: FakeNode,
  sinceMs: number | null,
  nowMs: number,
): readonly OutputLine[] {
  const fromMs = sinceMs ?? nowMs - PAST_MS;
  const untilMs = takesPart(node) ? nowMs : (node.exitedAtMs ?? nowMs);
  const offsetMs = Number(node.id) * 317;
  const lines: OutputLine[] = [];
  const first = Math.ceil((fromMs - offsetMs) / EVERY_MS);
  for (let at = first; at * EVERY_MS + offsetMs <= untilMs; at += 1) {
    const timeMs = at * EVERY_MS + offsetMs;
    const [mark = '*', text = ''] = LINES[(at + Number(node.id)) % LINES.length] ?? [];
    const role = node.id === cluster.leaderId ? 'L' : 'F';
    const line = `${String(node.pid)}:${role} ${stamp(timeMs)} ${mark} ${text}`;
    lines.push({ nodeId: node.id, timeMs, stream: 'stdout', text: line });
  }
  if (cluster.id === 'hostile' && node.id === '1' && sinceMs === null) {
    for (const [at, text] of HOSTILE_LINES.entries()) {
      lines.push({ nodeId: '1', timeMs: nowMs - 900 + at, stream: 'stderr', text });
    }
  }
  return lines;
}

const MONTHS = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' ');

function stamp(timeMs: number): string {
  const time = new Date(timeMs);
  const two = (value: number): string => String(value).padStart(2, '0');
  const clock = [time.getHours(), time.getMinutes(), time.getSeconds()].map(two).join(':');
  const day = `${two(time.getDate())} ${MONTHS[time.getMonth()] ?? ''} ${String(time.getFullYear())}`;
  return `${day} ${clock}.${String(Math.floor(timeMs) % 1000).padStart(3, '0')}`;
}
