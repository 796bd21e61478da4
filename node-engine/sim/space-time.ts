import type { SimNode } from './sim-node.ts';
import type { World } from './world.ts';

const COLUMN = 18;
const TIME = 11;
const MESSAGE = /^(\S+)>(\S+) (\w+) t(\d+)/;

/** What a server was when the last row was drawn. */
interface Face {
  readonly text: string;
}

/**
 * Draws a run as text, time going down: one column per server, an arrow for each message that arrives,
 * and beside it what it changed.
 *
 * ```text
 *       ms   1                 2                 3
 *    3.000   |--RequestVote t2->|                 |   2 follower t2
 * ```
 */
export class SpaceTime {
  private readonly world: World;
  private readonly faces = new Map<string, Face>();
  private readonly rows: string[] = [];
  private pending: { readonly atUs: number; readonly text: string } | null = null;

  constructor(world: World) {
    this.world = world;
  }

  /** Takes the next event; call it before the event happens. */
  take(atUs: number, text: string): void {
    this.flush();
    this.pending = { atUs, text };
  }

  /** The drawing so far. */
  lines(): readonly string[] {
    this.flush();
    const ids = this.ids();
    const head = ids.map((id) => id.padEnd(COLUMN)).join('');
    return [`${'ms'.padStart(TIME)}   ${head}`, ...this.rows];
  }

  private flush(): void {
    const event = this.pending;
    this.pending = null;
    if (event === null) return;
    const changes = [...this.world.nodes.values()].flatMap((node) => this.change(node) ?? []);
    const match = MESSAGE.exec(event.text);
    const isDecision = event.text.startsWith('*');
    // Ends of disk operations and timers that change nothing would only hide the rest.
    if (match === null && !isDecision && changes.length === 0) return;
    const time = (event.atUs / 1000).toFixed(3).padStart(TIME);
    const lanes = match === null ? this.lanes() : this.arrow(match);
    const notes = [...(isDecision ? [event.text] : []), ...changes];
    this.rows.push(`${time}   ${lanes} ${notes.join('; ')}`.trimEnd());
  }

  private change(node: SimNode): string | null {
    const text = faceOf(node);
    const known = this.faces.get(node.id)?.text;
    this.faces.set(node.id, { text });
    return known === text ? null : `${node.id} ${text}`;
  }

  private ids(): readonly string[] {
    return [...this.world.nodes.keys()];
  }

  private lanes(): string {
    return [...this.world.nodes.values()]
      .map((node) => (node.isRunning ? '|' : ':').padEnd(COLUMN))
      .join('');
  }

  private arrow(match: RegExpExecArray): string {
    const [, from = '', to = '', type = '', term = ''] = match;
    const ids = this.ids();
    const start = ids.indexOf(from) * COLUMN;
    const end = ids.indexOf(to) * COLUMN;
    const left = Math.min(start, end) + 1;
    const right = Math.max(start, end) - 1;
    const name = `${shortened(type)} t${term}`.slice(0, right - left - 2);
    const line = name.padStart(Math.floor((right - left + name.length) / 2), '-');
    const body = line.padEnd(right - left, '-');
    const drawn = start < end ? `${body}>` : `<${body}`;
    const lanes = this.lanes();
    return lanes.slice(0, left) + drawn + lanes.slice(left + drawn.length);
  }
}

function shortened(type: string): string {
  return type.replace('Request', '').replace('Response', ' ok').replace('Entries', '');
}

function faceOf(node: SimNode): string {
  if (node.state !== 'up') return node.state;
  const { role, term, log, commitIndex } = node.ghost;
  return `${role} t${term} last ${log.lastIndex} commit ${commitIndex}`;
}
