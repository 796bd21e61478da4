import { appendFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { doubtOf, verdictOf } from './verdict.mjs';
import { summaryOf } from './statistics.mjs';
import { markdownTable } from './table.mjs';

/**
 * @typedef {import('./types.d.ts').HistoryLine} HistoryLine
 * @typedef {import('./types.d.ts').Measurement} Measurement
 * @typedef {import('./types.d.ts').RunDescription} RunDescription
 */

const DOCS = join(import.meta.dirname, '..', '..', 'docs');

/** Every figure that a run with `--record` has measured, in the order of the runs. */
export const HISTORY_FILE = join(DOCS, 'bench-history.jsonl');

/** Pages that show the newest recorded figures, between marks. */
export const PAGES = [join(DOCS, 'speed.md'), join(DOCS, 'cost.md')];

const BLOCK =
  /(?<=^<!-- bench: (?<part>[\w-]+) -->\n)(?<table>[\s\S]*?)(?=^<!-- end of bench -->$)/gmu;

/**
 * What is said of a figure: in the table, as JSON, and in the history.
 *
 * @param {RunDescription} run
 * @param {string} part
 * @param {Measurement} measurement
 * @param {number} scale
 * @returns {HistoryLine}
 */
export function historyLine(run, part, measurement, scale) {
  const { name, unit, samples, ratios, goal, othersCores } = measurement;
  const { median, min, max } = summaryOf(samples);
  const doubt = doubtOf(measurement, scale);
  const verdict = doubt === undefined ? verdictOf(measurement) : undefined;
  const ratio = ratios === undefined ? undefined : summaryOf(ratios);
  return {
    ...run,
    part,
    name,
    unit,
    samples: samples.length,
    median: rounded(median),
    min: rounded(min),
    max: rounded(max),
    ...(ratio === undefined
      ? {}
      : {
          ratio: rounded(ratio.median),
          ratioMin: rounded(ratio.min),
          ratioMax: rounded(ratio.max),
        }),
    ...(goal === undefined ? {} : { goal }),
    ...(verdict === undefined ? {} : { verdict }),
    ...(doubt === undefined ? {} : { doubt }),
    othersCores: rounded(othersCores),
  };
}

/** @param {readonly HistoryLine[]} lines */
export function appendHistory(lines) {
  appendFileSync(HISTORY_FILE, lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
}

/** @returns {HistoryLine[]} */
export function readHistory() {
  const lines = readFileSync(HISTORY_FILE, 'utf8').split('\n').slice(0, -1);
  return lines.map((line) => JSON.parse(line));
}

/**
 * The figures of a part from the last run that recorded it.
 *
 * @param {readonly HistoryLine[]} history
 * @param {string} part
 */
export function newestOf(history, part) {
  const lines = history.filter((line) => line.part === part);
  const newest = lines.at(-1)?.date;
  return lines.filter(({ date }) => date === newest);
}

/**
 * A page with its tables as the history has them.
 *
 * @param {string} page
 * @param {readonly HistoryLine[]} history
 */
export function withTables(page, history) {
  return page.replace(BLOCK, (...args) => {
    const part = String(args.at(-1)?.part);
    const lines = newestOf(history, part);
    const [first] = lines;
    if (first === undefined) return 'Not recorded yet.\n';
    const { date, commit, machine, node } = first;
    const said = `${date.slice(0, 16).replace('T', ' ')} UTC, commit ${commit}, ${machine}, Node ${node}:`;
    return `${said}\n\n${markdownTable(lines)}\n`;
  });
}

/**
 * Four digits say what a benchmark knows.
 *
 * @param {number} figure
 */
function rounded(figure) {
  return Number(figure.toPrecision(4));
}
