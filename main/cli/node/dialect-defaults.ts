import type { DialectName } from '../../../node-engine/node/dialect/dialect.ts';
import type { NodeOptions } from '../../../node-engine/node/node-options.ts';
import type { Choices } from '../args/choices.ts';

/** The words that `--dialect` takes. */
export const DIALECTS: Choices<DialectName> = { redis: 'redis', finn: 'finn', uhaha: 'uhaha' };

/** What a node is unless told otherwise. */
export interface DialectDefaults {
  readonly port: number;
  readonly durability: NodeOptions['durability'];
  readonly consistency: NodeOptions['consistency'];
  readonly redirect: NodeOptions['redirect'];
}

/** The defaults of each dialect: those of the framework whose users it is for. */
export const DIALECT_DEFAULTS: Readonly<Record<DialectName, DialectDefaults>> = {
  redis: { port: 7481, durability: 'high', consistency: 'high', redirect: 'moved' },
  finn: { port: 7481, durability: 'medium', consistency: 'medium', redirect: 'try' },
  uhaha: { port: 11_001, durability: 'high', consistency: 'high', redirect: 'moved' },
};
