/** What an error says of its command: it was not done, or nobody knows whether it was. */
export type ErrorOutcome = 'not-done' | 'unknown';

/** What the first word of an error means. */
export interface ErrorCode {
  readonly outcome: ErrorOutcome;
  readonly meaning: string;
}

/**
 * Every first word that a node's own errors have, in one list. A machine may have codes of its own;
 * its errors are answers like any other: the command was done, and that was its result.
 */
export const ERROR_CODES = {
  ERR: { outcome: 'not-done', meaning: 'the command is wrong, or cannot be done here and now' },
  WRONGTYPE: { outcome: 'not-done', meaning: 'the key holds another type' },
  MOVED: { outcome: 'not-done', meaning: 'this node does not lead; slot and address of who does' },
  TRY: { outcome: 'not-done', meaning: 'the same with the address alone, as Finn says it' },
  CLUSTERDOWN: { outcome: 'not-done', meaning: 'no leader is known, or the node is ending' },
  TRYAGAIN: { outcome: 'not-done', meaning: 'leadership or membership is changing' },
  STALE: { outcome: 'not-done', meaning: 'the state here is older than READONLY MAXAGE accepts' },
  BUSY: { outcome: 'not-done', meaning: 'too much is waiting to be committed' },
  LOADING: { outcome: 'not-done', meaning: 'the node is reading its log' },
  MISCONF: { outcome: 'not-done', meaning: "this node's storage has failed" },
  NOAUTH: { outcome: 'not-done', meaning: 'the client has to log in first' },
  WRONGPASS: { outcome: 'not-done', meaning: 'no such user, or another password' },
  NOPERM: { outcome: 'not-done', meaning: 'this user may not do that' },
  NOPROTO: { outcome: 'not-done', meaning: 'there is no such version of the protocol' },
  UNKNOWN: {
    outcome: 'unknown',
    meaning: 'leadership was lost, or the node ended, before it was known',
  },
} as const satisfies Readonly<Record<string, ErrorCode>>;

/** One of them. */
export type ErrorCodeName = keyof typeof ERROR_CODES;

/** What an error says of its command; a code that is not on the list is the machine's own answer. */
export function outcomeOf(code: string): ErrorOutcome {
  return Object.hasOwn(ERROR_CODES, code) ? ERROR_CODES[code as ErrorCodeName].outcome : 'not-done';
}
