/**
 * @typedef {import('./types.d.ts').Goal} Goal
 * @typedef {import('./types.d.ts').HistoryLine} HistoryLine
 */

const NAME_WIDTH = 46;
const FIGURE_WIDTH = 9;
const UNIT_WIDTH = 13;
const RATIO_WIDTH = 20;
const GOAL_WIDTH = 26;

/** What the columns of `lineOf` hold; others: cores that they used in the worst round. */
export function headLine() {
  const figures = ['median', 'min', 'max'].map((head) => head.padStart(FIGURE_WIDTH)).join(' ');
  const ratio = 'of redis (min … max)'.padEnd(RATIO_WIDTH);
  const name = 'case'.padEnd(NAME_WIDTH);
  const middle = `${'unit'.padEnd(UNIT_WIDTH)}others ${ratio}`;
  return `${name}${figures}  ${middle} ${'goal'.padEnd(GOAL_WIDTH)}verdict`;
}

/**
 * A figure as a line of text.
 *
 * @param {HistoryLine} line
 */
export function lineOf(line) {
  const figures = [line.median, line.min, line.max]
    .map((figure) => figureText(figure).padStart(FIGURE_WIDTH))
    .join(' ');
  const cells = [
    `${line.name.padEnd(NAME_WIDTH - 1)} ${figures}  ${line.unit.padEnd(UNIT_WIDTH)}`,
    `${line.othersCores.toFixed(2).padStart(6)} ${ratioText(line).padEnd(RATIO_WIDTH)}`,
    ` ${goalText(line.goal).padEnd(GOAL_WIDTH)}${verdictText(line)}`,
  ];
  return cells.join('').trimEnd();
}

/**
 * Figures as a table of a page.
 *
 * @param {readonly HistoryLine[]} lines
 */
export function markdownTable(lines) {
  const rows = lines.map((line) => {
    const spread = `${figureText(line.min)} … ${figureText(line.max)}`;
    const median = `${figureText(line.median)} ${line.unit}`.trim();
    return [line.name, median, spread, ratioText(line), goalText(line.goal), verdictText(line)];
  });
  return [['case', 'median', 'min … max', 'of redis', 'goal', 'verdict'], Array(6).fill('---')]
    .concat(rows)
    .map((cells) => `| ${cells.map((cell) => (cell === '' ? '–' : cell)).join(' | ')} |`)
    .join('\n');
}

/** @param {number} figure */
export function figureText(figure) {
  if (!Number.isFinite(figure)) return '?';
  const size = Math.abs(figure);
  if (size >= 999_950) return `${(figure / 1e6).toFixed(2)}M`;
  if (size >= 9_999.5) return `${(figure / 1000).toFixed(1)}k`;
  if (size >= 99.95) return figure.toFixed(0);
  if (size >= 9.995 || figure === 0) return figure.toFixed(1);
  return figure.toFixed(size >= 0.0995 ? 2 : 4);
}

/** @param {HistoryLine} line */
function ratioText({ ratio, ratioMin, ratioMax }) {
  if (ratio === undefined) return '';
  const spread = `${(ratioMin ?? ratio).toFixed(2)} … ${(ratioMax ?? ratio).toFixed(2)}`;
  return `${ratio.toFixed(2)} (${spread})`;
}

/** @param {Goal | undefined} goal */
function goalText(goal) {
  if (goal === undefined) return '';
  const sign = goal.bound === 'least' ? '≥' : '≤';
  const of = goal.of === 'ratio' ? ' of redis' : '';
  return `${sign} ${goal.required}${goal.aim === undefined ? '' : `, aim ${goal.aim}`}${of}`;
}

/** @param {HistoryLine} line */
function verdictText({ verdict, doubt }) {
  if (doubt !== undefined) return `no result: ${doubt}`;
  return verdict === 'aimed' ? 'reached, and the aim' : (verdict ?? '');
}
