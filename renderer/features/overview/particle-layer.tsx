import { type JSX, useEffect, useRef } from 'react';

import { drawParticles, type FindLane, type ParticleInk } from '../../canvas/draw-particles.ts';
import { lanesBetween } from '../../canvas/lanes.ts';
import { type Particle, ParticleField, TrafficMeter } from '../../canvas/particles.ts';
import { between, distance, type RingLayout } from '../../canvas/ring-layout.ts';
import { trafficOf } from '../../canvas/traffic.ts';
import { useApp } from '../app-context.tsx';

interface ParticleLayerProps {
  readonly layout: RingLayout;
  readonly scale: number;
  readonly nodeIds: readonly string[];
  readonly leaderId: string | null;
  readonly selectedId: string | null;
}

const INK_MS = 300;

/** The messages in flight, on a canvas over the still picture. Nothing runs while none is. */
export function ParticleLayer(props: ParticleLayerProps): JSX.Element {
  const app = useApp();
  const canvas = useRef<HTMLCanvasElement>(null);
  const picture = useRef(props);
  useEffect(() => {
    picture.current = props;
  });

  useEffect(() => {
    const element = canvas.current;
    const pen = element?.getContext('2d');
    if (!element || !pen) return undefined;
    const field = new ParticleField();
    const meter = new TrafficMeter();
    let frame = 0;
    let ink: ParticleInk | null = null;
    let inkAtMs = 0;

    const draw = (nowMs: number): void => {
      const { layout, scale } = picture.current;
      const particles = field.at(nowMs);
      fit(element, pen, scale);
      pen.clearRect(0, 0, layout.width, layout.height);
      // Colours are read now and then, so that a change of theme is seen soon and costs nothing.
      if (ink === null || nowMs - inkAtMs > INK_MS) {
        ink = inkOf(element, picture.current.nodeIds.length <= 3);
        inkAtMs = nowMs;
      }
      drawParticles(pen, particles, (one) => findWay(picture.current, one), ink, nowMs);
      if (particles.length > 0) frame = requestAnimationFrame(draw);
      else [frame, ink] = [0, null];
    };

    const stopEvents = app.cluster.onEvents((events) => {
      const nowMs = performance.now();
      const traffic = events.flatMap((event) => trafficOf(event) ?? []);
      meter.count(traffic.length, nowMs);
      if (meter.isBusy(nowMs)) return;
      for (const one of traffic) field.add(one, nowMs);
      if (frame === 0 && traffic.length > 0) frame = requestAnimationFrame(draw);
    });
    return () => {
      stopEvents();
      cancelAnimationFrame(frame);
    };
  }, [app]);

  return <canvas ref={canvas} className="particles" aria-hidden="true" />;
}

/** Makes the canvas as fine as the screen, in the units of the layout. */
function fit(element: HTMLCanvasElement, pen: CanvasRenderingContext2D, scale: number): void {
  const ratio = window.devicePixelRatio;
  const width = Math.round(element.clientWidth * ratio);
  const height = Math.round(element.clientHeight * ratio);
  if (element.width !== width || element.height !== height) {
    element.width = width;
    element.height = height;
  }
  pen.setTransform(ratio * scale, 0, 0, ratio * scale, 0, 0);
}

function inkOf(element: HTMLCanvasElement, counts: boolean): ParticleInk {
  const style = getComputedStyle(element);
  return {
    accent: style.color,
    ground: style.caretColor,
    vote: style.borderTopColor,
    denied: style.outlineColor,
    mark: style.textDecorationColor,
    font: style.font,
    counts,
  };
}

function findWay(
  { layout, nodeIds, leaderId, selectedId }: ParticleLayerProps,
  { kind, from, to }: Particle,
): ReturnType<FindLane> {
  const fromAt = nodeIds.indexOf(from);
  const toAt = nodeIds.indexOf(to);
  if (fromAt < 0 || toAt < 0) return null;
  if (kind.startsWith('vote')) return straight(layout, fromAt, toAt);
  const leaderAt = leaderId === null ? -1 : nodeIds.indexOf(leaderId);
  const other = fromAt === leaderAt ? toAt : toAt === leaderAt ? fromAt : -1;
  if (other < 0) return null;
  const lanes = lanesBetween(layout, leaderAt, other, leaderId === selectedId);
  if (lanes === null) return null;
  return { lane: kind === 'ack' ? lanes.ack : lanes.append, outward: lanes.outward };
}

/** Votes go between any two nodes, where no lane is drawn. */
function straight(layout: RingLayout, fromAt: number, toAt: number): ReturnType<FindLane> {
  const from = layout.places[fromAt];
  const to = layout.places[toAt];
  if (from === undefined || to === undefined) return null;
  const length = distance(from, to);
  const gap = (layout.nodeRadius + 8) / Math.max(1, length);
  if (gap >= 0.5) return null;
  const lane = { from: between(from, to, gap), to: between(from, to, 1 - gap) };
  return { lane, outward: { x: 0, y: -1 } };
}
