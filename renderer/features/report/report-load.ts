import type { LoadOperation, LoadViolation } from '../../../main/contract/load.ts';
import { loadStories, type LoadStory } from '../../../main/contract/load-events.ts';
import type { RecordingView } from '../../../main/contract/recording.ts';
import { formatCount, formatDuration, formatMoment, formatPlural } from '../../ui/format.ts';
import { operationWords, verdictWords } from '../chaos/verdict-words.ts';
import { html, type Html } from './html.ts';
import { plainTable } from './report-table.ts';

/** Whether the answers that clients got were checked, and what came of it. */
export function loadPart({ marks, marksLeftOut, fromMs, toMs }: RecordingView): Html {
  const inside = marks.filter(({ timeMs }) => timeMs >= fromMs && timeMs <= toMs);
  const stories = loadStories(inside);
  return html`<h2>Load and verdict</h2>
    ${
      stories.length === 0
        ? html`<p class="muted">${noneWords(marksLeftOut)}</p>`
        : plainTable(['From', 'For', 'Load', 'Verdict'], stories.map(loadRow))
    }
    ${stories.flatMap(({ verdict }) => verdict?.violations ?? []).map(violationTable)}`;
}

function noneWords(marksLeftOut: number): string {
  return marksLeftOut === 0
    ? 'No load ran in this time, so no verdict was asked for: whether the answers can be believed was not checked.'
    : 'No load is among the events of this report; earlier ones are left out.';
}

function loadRow(story: LoadStory): Html {
  const { startedAtMs, endedAtMs } = story;
  const took = startedAtMs === null || endedAtMs === null ? null : endedAtMs - startedAtMs;
  const open = endedAtMs === null && !story.isChecked ? 'to the end' : 'not seen';
  return html`<tr>
    <td class="time">${startedAtMs === null ? 'before' : formatMoment(startedAtMs)}</td>
    <td class="time">${took === null ? open : formatDuration(took)}</td>
    <td>${askedWords(story)}${countWords(story)}</td>
    <td>${verdictCell(story)}</td>
  </tr>`;
}

function askedWords({ clients, opsPerSecond }: LoadStory): Html {
  if (clients === null || opsPerSecond === null) return html``;
  const words = `${formatPlural(clients, 'client')}, ${formatCount(opsPerSecond)} operations a second`;
  return html`<div>${words}</div>`;
}

function countWords({ counts }: LoadStory): Html {
  if (counts === null) return html``;
  const { done, notDone, unknown } = counts;
  const words = `${formatCount(done)} done, ${formatCount(notDone)} not done, ${formatCount(unknown)} unknown`;
  return html`<div class="muted">${words}</div>`;
}

function verdictCell({ verdict, problem, isChecked }: LoadStory): Html {
  if (verdict !== null) {
    const [title, sentence] = verdictWords(verdict);
    return html`<strong>${title}.</strong> ${sentence}`;
  }
  if (isChecked) return html`<strong>No verdict.</strong> ${problem ?? 'It was not said why.'}`;
  return html`<strong>No verdict</strong> by the end of this report: nothing is claimed.`;
}

/** The operations of one key of which no order explains the answers. */
function violationTable({ key, operations, after, stuckOn }: LoadViolation): Html {
  const row = (operation: LoadOperation, part: string): Html =>
    html`<tr>
      <td class="time">${formatMoment(operation.fromMs)}</td>
      <td>${operationWords(operation)}</td>
      <td>${part}</td>
    </tr>`;
  return html`<h3><code>${key}</code> (${formatPlural(operations, 'operation')})</h3>
    ${plainTable(
      ['Time', 'Operation', 'In the longest order that was found'],
      [
        ...after.map((operation) => row(operation, 'in its place')),
        ...stuckOn.map((operation) => row(operation, 'cannot come next')),
      ],
    )}`;
}
