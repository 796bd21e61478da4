import { isRegression } from './regression-file.ts';
import type { Regression } from './regression-file.ts';

const files = import.meta.glob('./regressions/*.json', { eager: true, import: 'default' });

/** Every schedule that was kept because it once broke a promise, by file name. */
export const REGRESSIONS: readonly (readonly [name: string, regression: Regression])[] =
  Object.entries(files).map(([path, content]) => {
    if (!isRegression(content)) throw new Error(`${path} is not a recorded schedule`);
    return [path.replace('./regressions/', ''), content] as const;
  });
