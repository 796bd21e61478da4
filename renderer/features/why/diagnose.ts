import { type Evidence, type Survey, surveyOf } from './evidence.ts';
import { leaderHeard } from './leader-heard.ts';
import { linksCut, logBehind, refusedLinks, slowLinks, splitVote } from './link-rules.ts';
import {
  frozen,
  lostIdentity,
  slowDisk,
  storage,
  unknownMembers,
  votersDown,
} from './node-rules.ts';
import { type Question, questionOf } from './question.ts';
import { type Finding, type RuleId, RULES, type Verdict } from './verdict.ts';

/** An answer to that question. */
export interface Diagnosis {
  readonly question: Question;
  /** The first rule that holds; null where none does. */
  readonly verdict: Verdict | null;
  /** What else was looked at: what holds too first, then the rules after the verdict's own. */
  readonly also: readonly Finding[];
  /** When the present state began, Unix ms; null where it was not seen. */
  readonly sinceMs: number | null;
  /** The leader was lost so short a time ago that an election may still be under way. */
  readonly isElecting: boolean;
}

const CHECKS: Readonly<Record<RuleId, (survey: Survey) => Finding>> = {
  'voters-down': votersDown,
  'links-cut': linksCut,
  'unknown-members': unknownMembers,
  'split-votes': splitVote,
  'log-behind': logBehind,
  'leader-heard': leaderHeard,
  'slow-links': slowLinks,
  'slow-disk': slowDisk,
  storage,
  'lost-identity': lostIdentity,
  'refused-links': refusedLinks,
  frozen,
};

/**
 * With a leader the question is what is wrong with those who do not follow it. What says most about
 * one node comes first there: a link that works one way before links in general.
 */
const DEGRADED_ORDER: readonly RuleId[] = [
  'voters-down',
  'frozen',
  'storage',
  'lost-identity',
  'refused-links',
  'unknown-members',
  'leader-heard',
  'links-cut',
  'slow-disk',
  'slow-links',
];

/** How many of the other rules are shown beside a verdict. */
const ALSO_SHOWN = 4;

/** Why the cluster is as it is at this moment; null where there is nothing to explain. */
export function diagnose(evidence: Evidence): Diagnosis | null {
  const question = questionOf(evidence.view);
  if (question === null) return null;
  const survey = surveyOf(evidence, question);
  const order = question === 'no-leader' ? RULES : DEGRADED_ORDER;
  const findings = order.map((rule) => CHECKS[rule](survey));
  const at = findings.findIndex(({ verdict }) => verdict !== null);
  const verdict = findings[at]?.verdict ?? null;
  const rest = at < 0 ? findings : [...findings.slice(at + 1), ...findings.slice(0, at)];
  const holding = rest.filter((finding) => finding.verdict !== null);
  const others = rest.filter((finding) => finding.verdict === null);
  const sinceMs = question === 'no-leader' ? evidence.view.health.leaderChangedAtMs : null;
  return {
    question,
    verdict,
    also: verdict === null ? findings : [...holding, ...others].slice(0, ALSO_SHOWN),
    sinceMs,
    isElecting:
      verdict === null && sinceMs !== null && evidence.nowMs - sinceMs < 3 * survey.timeoutMs.max,
  };
}
