import type { Vacuity, Violation } from '../../../node-engine/sim/invariants/invariant.ts';
import type { Coverage, MarkCounts } from '../../../node-engine/sim/marks.ts';
import type { WorldCounts } from '../../../node-engine/sim/world-counts.ts';
import type { EventSink, World } from '../../../node-engine/sim/world.ts';
import { Scenario } from './scenario.ts';
import type { AddedCrash, Script } from './scenario.ts';

/** How a script went. */
export interface ScriptResult {
  readonly violation: Violation | null;
  /** What the script needed to reach and did not. */
  readonly missed: readonly string[];
  readonly counts: WorldCounts;
  readonly vacuity: Vacuity;
  /** Places where each server touched the outside world in its first life. */
  readonly effects: ReadonlyMap<string, number>;
}

/** Runs one script from its start, with the recovery at its end. */
export function runScript(
  script: Script,
  options: {
    readonly seed?: number;
    readonly added?: AddedCrash | null;
    readonly sink?: EventSink | null;
    readonly onWorld?: (world: World) => void;
    readonly marks?: MarkCounts;
    readonly coverage?: Coverage;
  } = {},
): ScriptResult {
  const { seed = 1, added = null, sink = null, marks, coverage } = options;
  const scenario = new Scenario(script, {
    seed,
    added,
    sink,
    ...(options.onWorld === undefined ? {} : { onWorld: options.onWorld }),
    ...(marks === undefined ? {} : { marks }),
    ...(coverage === undefined ? {} : { coverage }),
  });
  script.run(scenario);
  const { world, missed } = scenario;
  const effects = new Map([...world.nodes.values()].map(({ id, effects: count }) => [id, count]));
  if (script.hasNoRecovery !== true) scenario.recover();
  const { ghost, counts } = world;
  if (ghost.violation === null) scenario.clients.checkHistory();
  return { violation: ghost.violation, missed, counts, vacuity: ghost.vacuity, effects };
}
