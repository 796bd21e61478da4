import { measureData } from './ui-data.mjs';
import { measureFrames } from './ui-frames.mjs';
import { measureMemory } from './ui-memory.mjs';
import { measurePicture } from './ui-picture.mjs';
import { measureRecording } from './ui-recording.mjs';
import { measureStart } from './ui-start.mjs';

const MEASURES = {
  start: measureStart,
  picture: measurePicture,
  frames: measureFrames,
  recording: measureRecording,
  data: measureData,
  memory: measureMemory,
};

/**
 * The window's figures, each beside its goal: a real host, real nodes and a real browser, but for the
 * recording, whose million events come from a scripted node. `--ui start,frames` takes a few of them.
 *
 * @param {import('./types.d.ts').PartOptions} options
 * @returns {Promise<import('./types.d.ts').Measurement[]>}
 */
export async function measure(options) {
  const names = options.ui ?? Object.keys(MEASURES);
  const rows = [];
  for (const name of names) {
    const work = Object.entries(MEASURES).find(([known]) => known === name)?.[1];
    if (work === undefined) {
      throw new Error(`ui has no ${name}; there are ${Object.keys(MEASURES).join(', ')}`);
    }
    console.error(`ui: ${name}`);
    rows.push(...(await work(options)));
  }
  return rows;
}
