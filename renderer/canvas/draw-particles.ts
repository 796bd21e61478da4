import type { Lane } from './lanes.ts';
import type { Particle } from './particles.ts';
import { between, type Point } from './ring-layout.ts';

/** As much of a 2D context as is drawn with, so that a test can write down what is drawn. */
export type Pen = Pick<
  CanvasRenderingContext2D,
  | 'beginPath'
  | 'arc'
  | 'rect'
  | 'moveTo'
  | 'lineTo'
  | 'fill'
  | 'stroke'
  | 'fillText'
  | 'strokeText'
  | 'fillStyle'
  | 'strokeStyle'
  | 'lineWidth'
  | 'font'
  | 'textAlign'
  | 'textBaseline'
>;

export interface ParticleInk {
  readonly accent: string;
  readonly ground: string;
  readonly vote: string;
  readonly denied: string;
  readonly mark: string;
  readonly font: string;
  /** Whether an append says how many entries it carries. */
  readonly counts: boolean;
}

/** Which way a particle takes, or null when that way is not on the picture. */
export type FindLane = (particle: Particle) => { lane: Lane; outward: Point } | null;

const APPEND_RADIUS = 4.5;
const ACK_RADIUS = 3.25;
const VOTE_SIDE = 11;
const COUNT_UNTIL = 0.3;

/** Draws the messages in flight at `nowMs`. */
export function drawParticles(
  pen: Pen,
  particles: readonly Particle[],
  findLane: FindLane,
  ink: ParticleInk,
  nowMs: number,
): void {
  for (const particle of particles) {
    const share = (nowMs - particle.startMs) / particle.durationMs;
    const way = findLane(particle);
    if (way === null || share < 0 || share > 1) continue;
    const point = between(way.lane.from, way.lane.to, share);
    switch (particle.kind) {
      case 'append':
        drawDot(pen, point, APPEND_RADIUS, ink.accent, ink.ground);
        // Only as it leaves: further on the number would cover what is written beside the lane.
        if (ink.counts && share < COUNT_UNTIL) drawCount(pen, particle, point, way.outward, ink);
        break;
      case 'ack':
        drawDot(pen, point, ACK_RADIUS, ink.ground, ink.accent);
        break;
      case 'heartbeat':
        pen.beginPath();
        pen.arc(point.x, point.y, 1, 0, 2 * Math.PI);
        pen.fillStyle = ink.mark;
        pen.fill();
        break;
      case 'vote-request':
      case 'vote-granted':
      case 'vote-denied':
        drawVote(pen, particle.kind, point, ink);
    }
  }
}

function drawDot(pen: Pen, { x, y }: Point, radius: number, fill: string, stroke: string): void {
  pen.beginPath();
  pen.arc(x, y, radius, 0, 2 * Math.PI);
  pen.fillStyle = fill;
  pen.strokeStyle = stroke;
  pen.lineWidth = 1.5;
  pen.fill();
  pen.stroke();
}

function drawCount(
  pen: Pen,
  { entries }: Particle,
  point: Point,
  outward: Point,
  ink: ParticleInk,
): void {
  pen.font = ink.font;
  pen.textAlign = outward.x < -0.2 ? 'right' : outward.x > 0.2 ? 'left' : 'center';
  pen.textBaseline = 'middle';
  const text = `+${String(entries)}`;
  const x = point.x + outward.x * 9;
  const y = point.y + outward.y * 11;
  pen.lineWidth = 4;
  pen.strokeStyle = ink.ground;
  pen.strokeText(text, x, y);
  pen.fillStyle = ink.accent;
  pen.fillText(text, x, y);
}

function drawVote(
  pen: Pen,
  kind: 'vote-request' | 'vote-granted' | 'vote-denied',
  { x, y }: Point,
  ink: ParticleInk,
): void {
  const half = VOTE_SIDE / 2;
  const colour = kind === 'vote-denied' ? ink.denied : ink.vote;
  pen.beginPath();
  pen.rect(x - half, y - half, VOTE_SIDE, VOTE_SIDE);
  pen.fillStyle = ink.ground;
  pen.strokeStyle = colour;
  pen.lineWidth = 1.5;
  pen.fill();
  pen.stroke();
  if (kind === 'vote-request') {
    pen.font = ink.font;
    pen.textAlign = 'center';
    pen.textBaseline = 'middle';
    pen.fillStyle = colour;
    pen.fillText('?', x, y + 0.5);
    return;
  }
  pen.beginPath();
  if (kind === 'vote-granted') {
    pen.moveTo(x - 3, y);
    pen.lineTo(x - 0.8, y + 2.4);
    pen.lineTo(x + 3, y - 2.4);
  } else {
    pen.moveTo(x - 2.5, y - 2.5);
    pen.lineTo(x + 2.5, y + 2.5);
    pen.moveTo(x + 2.5, y - 2.5);
    pen.lineTo(x - 2.5, y + 2.5);
  }
  pen.stroke();
}
