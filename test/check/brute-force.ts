import type { Model, Operation } from '../../node-engine/check/operation.ts';

/**
 * The definition of linearizability, tried literally: is there an order of all completed operations
 * and any of the open ones that keeps real time and that the model could have produced? For a handful
 * of operations only.
 */
export function isLinearizableByBruteForce(
  model: Model,
  operations: readonly Operation[],
): boolean {
  const considered = operations.filter(
    (one) => one.type !== 'fail' && !(one.type === 'info' && one.f === 'read'),
  );
  const extend = (state: string, rest: readonly Operation[]): boolean => {
    if (rest.every((one) => one.type === 'info')) return true;
    const firstEnd = Math.min(
      ...rest.map((one) => (one.type === 'info' ? Infinity : one.completeNs)),
    );
    return rest.some((next) => {
      if (next.invokeNs > firstEnd) return false;
      const after = model.step(state, next);
      return (
        after !== null &&
        extend(
          after,
          rest.filter((one) => one !== next),
        )
      );
    });
  };
  return extend(model.initial, considered);
}
