/** What can be done about a cause, as a button. */
export type Step =
  | { readonly kind: 'start'; readonly nodeIds: readonly string[]; readonly label: string }
  | { readonly kind: 'resume' | 'restart'; readonly nodeId: string; readonly label: string }
  | { readonly kind: 'election'; readonly nodeId: string; readonly label: string }
  /** Leads to the sheet that says first what a rebuild does and what is kept. */
  | { readonly kind: 'rebuild'; readonly nodeId: string; readonly label: string }
  | {
      readonly kind: 'heal';
      readonly faults: readonly { readonly nodeId: string; readonly faultId: string }[];
      readonly label: string;
    }
  /** A line for a terminal: what no button of this window does. */
  | { readonly kind: 'copy'; readonly text: string; readonly label: string }
  | {
      readonly kind: 'show';
      readonly screen: 'overview' | 'logs' | 'output' | 'metrics';
      readonly nodeId: string | null;
      readonly label: string;
    };

/** One thing that speaks for a verdict: what, who says so, and when. */
export interface EvidenceItem {
  readonly text: string;
  /** A node's name, or 'the host' for what it sees of a process. */
  readonly saidBy: string;
  /** When it happened or was said, Unix ms. */
  readonly atMs: number;
}

/** The causes that are looked for, in the order in which they are. */
export const RULES = [
  'voters-down',
  'links-cut',
  'unknown-members',
  'split-votes',
  'log-behind',
  'leader-heard',
  'slow-links',
  'slow-disk',
  'storage',
  'lost-identity',
  'refused-links',
  'frozen',
] as const;

export type RuleId = (typeof RULES)[number];

/** The cause that was found. */
export interface Verdict {
  readonly rule: RuleId;
  /** The cause in one sentence, with names and figures. */
  readonly sentence: string;
  /** What follows from it for the cluster. */
  readonly consequence: string;
  /** The nodes that it is about. */
  readonly nodeIds: readonly string[];
  /** The first is the one to take. */
  readonly steps: readonly Step[];
  /** What is worth knowing before a step is taken, or null. */
  readonly hint: string | null;
  readonly evidence: readonly EvidenceItem[];
}

/** What one rule has found: its cause, or what it saw in its place. */
export interface Finding {
  readonly rule: RuleId;
  readonly verdict: Verdict | null;
  /** What was looked at, in two or three words: 'Round trips'. */
  readonly looked: string;
  /** What was seen there: '0.4 ms', 'not known'. */
  readonly seen: string;
}
