import type { ClusterView } from '../../../main/contract/model.ts';
import type { RecordingView } from '../../../main/contract/recording.ts';
import { formatClock, formatCount, formatDuration, formatMoment, NONE } from '../../ui/format.ts';
import { faceOf } from '../nodes/face.ts';
import { describeEvent, type Election, electionsOf, faultSpansOf } from '../timeline/happenings.ts';
import { html, type Html } from './html.ts';
import type { ReportStory } from './save-report.ts';
import { loadPart } from './report-load.ts';
import { chartPicture, lanesPicture } from './report-picture.ts';
import { REPORT_STYLE } from './report-style.ts';
import { table } from './report-table.ts';
import type { Trouble } from './troubles.ts';

/** What a report is made from. */
export interface ReportParts extends ReportStory {
  readonly title: string;
  readonly version: string;
  readonly madeAtMs: number;
}

/** So many events are told one by one; the page must stay one that any browser opens at once. */
const EVENTS_MAX = 3_000;

/**
 * A stretch of a recording as one page: no script, nothing to load, readable without this app and
 * without the cluster.
 */
export function reportHtml(parts: ReportParts): string {
  const { title, view } = parts;
  const { fromMs, toMs, marks, gaps } = parts.recording;
  const met = gaps.filter((gap) => gap.toMs >= fromMs && gap.fromMs <= toMs);
  const recording = { ...parts.recording, gaps: met };
  const inside = marks.filter(({ timeMs }) => timeMs >= fromMs && timeMs <= toMs);
  const elections = electionsIn(recording);
  const page = html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta
          http-equiv="Content-Security-Policy"
          content="default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
        />
        <meta name="viewport" content="width=device-width" />
        <title>${title}</title>
        <style>
          ${REPORT_STYLE}
        </style>
      </head>
      <body>
        <main>
          <h1>${title}</h1>
          <p class="muted">
            Cluster ${view.name}, ${dayOf(fromMs)} ${formatMoment(fromMs)} to ${formatMoment(toMs)}
            (${formatDuration(toMs - fromMs)})
          </p>
          ${summary(view, recording, elections)} ${troubleTable(parts.troubles, toMs)}
          ${loadPart(recording)}
          <h2>What each node was</h2>
          <div class="frame" tabindex="0" role="region" aria-label="Picture of the lanes">
            ${lanesPicture(recording, view.nodes)}
          </div>
          <p class="muted">
            Thick: leader. Thin: follower. Dashed: candidate, or without a vote. Hatched: down, its
            disk failed, silent or not recorded. Dashed vertical lines: elections.
          </p>
          <h2>Figures</h2>
          <div class="frame" tabindex="0" role="region" aria-label="Pictures of the figures">
            ${chartPicture(recording, 'Commit, p99', 'ms', ({ commitP99Ms }) => commitP99Ms)}
            ${chartPicture(recording, 'Worst lag', 'entries', ({ lagById }) => mostOf(lagById))}
          </div>
          ${electionTable(elections, view)} ${faultTable(recording)} ${nodeTable(view)}
          ${bookmarkTable(recording)} ${eventTable(inside, recording.marksLeftOut)}
        </main>
        <footer>${notes(parts)}</footer>
      </body>
    </html>`;
  return page.text;
}

/** The elections of the stretch; who led when it began counts as the one who was lost. */
export function electionsIn(recording: RecordingView): readonly Election[] {
  const { clusterId, fromMs, before, marks } = recording;
  const earlier = before
    .filter(({ role, connected }) => role === 'leader' && connected)
    .map(({ nodeId, term }) => ({
      ...{ clusterId, nodeId, sequence: 0, nodeSequence: null },
      ...{ timeMs: fromMs - 1, type: 'role', fields: { role: 'leader', term: term ?? 0 } },
    }));
  return electionsOf([...earlier, ...marks]).filter(({ timeMs }) => timeMs >= fromMs);
}

/** `2026-11-20`, in the time zone of whoever makes it. */
function dayOf(timeMs: number): string {
  return new Intl.DateTimeFormat('sv-SE').format(timeMs);
}

function mostOf(lags: Readonly<Record<string, number>>): number | null {
  const values = Object.values(lags);
  return values.length === 0 ? null : Math.max(...values);
}

function summary(
  view: ClusterView,
  recording: RecordingView,
  elections: readonly Election[],
): Html {
  const { marks, samples, fromMs } = recording;
  const exits = marks.filter(({ type, timeMs }) => type === 'process-exited' && timeMs >= fromMs);
  const led = samples.filter(({ leaderId }) => leaderId !== null).length;
  const share = samples.length === 0 ? NONE : `${((100 * led) / samples.length).toFixed(1)} %`;
  return html`<dl>
    <div>
      <dt>At the end</dt>
      <dd>${view.health.sentence}</dd>
    </div>
    <div>
      <dt>With a leader</dt>
      <dd>${share}</dd>
    </div>
    <div>
      <dt>Elections won</dt>
      <dd>${elections.length}</dd>
    </div>
    <div>
      <dt>Processes ended</dt>
      <dd>${exits.length}</dd>
    </div>
    <div>
      <dt>Faults</dt>
      <dd>${faultSpansOf(marks).length}</dd>
    </div>
    <div>
      <dt>Gaps in the recording</dt>
      <dd>${recording.gaps.length}</dd>
    </div>
  </dl>`;
}

/** What was amiss, for how long, and what was found to be the cause. */
function troubleTable(troubles: readonly Trouble[], endMs: number): Html {
  return table(
    'What was wrong, and why',
    ['From', 'For', 'Cause', 'Who says so'],
    troubles.map(({ fromMs, toMs, diagnosis: { question, verdict } }) => {
      const what = question === 'no-leader' ? 'No leader' : 'Degraded';
      const sentence = verdict === null ? 'Not explained.' : verdict.sentence;
      const rest = verdict === null ? '' : verdict.consequence;
      const evidence = verdict?.evidence ?? [];
      const open = fromMs < endMs ? 'to the end' : 'at the end';
      return html`<tr>
        <td class="time">${formatMoment(fromMs)}</td>
        <td class="time">${toMs === null ? open : formatDuration(toMs - fromMs)}</td>
        <td><strong>${what}: ${sentence}</strong> ${rest}</td>
        <td>
          ${evidence.map(
            ({ text, saidBy, atMs }) =>
              html`<div>${text} <span class="muted">${saidBy}, ${formatMoment(atMs)}</span></div>`,
          )}
        </td>
      </tr>`;
    }),
  );
}

function electionTable(elections: readonly Election[], view: ClusterView): Html {
  const nameOf = (id: string): string => view.nodes.find((node) => node.id === id)?.name ?? id;
  return table(
    'Elections',
    ['Time', 'Leader', 'Term', 'Without a leader before', 'Votes'],
    elections.map(
      ({ timeMs, nodeId, term, withoutMs, votes }) =>
        html`<tr>
          <td class="time">${formatClock(timeMs)}</td>
          <td>${nameOf(nodeId)}</td>
          <td>${formatCount(term)}</td>
          <td>${withoutMs === null ? 'not seen' : formatDuration(withoutMs)}</td>
          <td>${votes ?? NONE}</td>
        </tr>`,
    ),
  );
}

function faultTable({ marks }: RecordingView): Html {
  return table(
    'Faults',
    ['From', 'To', 'What'],
    faultSpansOf(marks).map(
      ({ fromMs, toMs, label }) =>
        html`<tr>
          <td class="time">${formatClock(fromMs)}</td>
          <td class="time">${toMs === null ? 'in force' : formatClock(toMs)}</td>
          <td>${label}</td>
        </tr>`,
    ),
  );
}

function nodeTable(view: ClusterView): Html {
  return table(
    'Nodes at the end',
    ['Node', 'Address', 'Was', 'Term', 'Last entry', 'Committed', 'Said at'],
    view.nodes.map((node) => {
      const { status, heardAtMs } = node;
      const count = (value: number | undefined): string =>
        value === undefined ? NONE : formatCount(value);
      return html`<tr>
        <td>${node.name}</td>
        <td>${node.clientAddress}</td>
        <td>${node.removed ? 'Removed' : faceOf(node, view.timeMs).word}</td>
        <td>${count(status?.term)}</td>
        <td>${count(status?.lastIndex)}</td>
        <td>${count(status?.commitIndex)}</td>
        <td>${heardAtMs === null ? 'never' : formatClock(heardAtMs)}</td>
      </tr>`;
    }),
  );
}

function bookmarkTable({ bookmarks, fromMs, toMs }: RecordingView): Html {
  const inside = bookmarks.filter(({ timeMs }) => timeMs >= fromMs && timeMs <= toMs);
  return table(
    'Bookmarks',
    ['Time', 'Label'],
    inside.map(
      ({ timeMs, label }) =>
        html`<tr>
          <td class="time">${formatClock(timeMs)}</td>
          <td>${label}</td>
        </tr>`,
    ),
  );
}

function eventTable(events: RecordingView['marks'], leftOut: number): Html {
  const shown = events.slice(-EVENTS_MAX);
  const missing = leftOut + events.length - shown.length;
  const rows = shown.map(
    (event) =>
      html`<tr>
        <td class="time">${formatMoment(event.timeMs)}</td>
        <td>${describeEvent(event)}</td>
      </tr>`,
  );
  return html`${table('What happened', ['Time', 'Event'], rows)}${
    missing === 0
      ? html``
      : html`<p class="muted">${formatCount(missing)} earlier events are left out.</p>`
  }`;
}

function notes({ recording, version, madeAtMs, view }: ReportParts): Html {
  const problem = recording.problem === null ? html`` : html`<p>${recording.problem}</p>`;
  return html`${problem}
    <p>
      Made by Raftdeck ${version} on ${dayOf(madeAtMs)} from the recording of cluster ${view.id},
      machine ${view.machine}. Times are those of the machine that made it. Events are what the
      nodes traced themselves and what the host saw of their processes; messages and entries one by
      one are not in here.
    </p>`;
}
