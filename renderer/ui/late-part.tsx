import { type ComponentType, type JSX, lazy } from 'react';

/** Makes the parts anew that could not be fetched. */
const renewals = new Set<() => void>();

/**
 * A part of the window whose code is fetched when it is first shown. React keeps a failure as it keeps
 * the code; `renewLateParts` has it fetched again, or a host that was away for a moment would leave its
 * screens broken until the window is closed.
 */
export function latePart<P extends object>(
  load: () => Promise<ComponentType<P>>,
): (props: P) => JSX.Element {
  const fetched = (): ComponentType<P> =>
    lazy(async () => {
      try {
        return { default: await load() };
      } catch (error) {
        renewals.add(() => {
          Part = fetched();
        });
        throw error;
      }
    });
  let Part = fetched();
  return function LatePart(props: P): JSX.Element {
    return <Part {...props} />;
  };
}

/** Lets every part that could not be fetched be asked for once more, when it is shown next. */
export function renewLateParts(): void {
  for (const renew of renewals) renew();
  renewals.clear();
}
