import { expect, test } from 'vitest';
import { join } from 'node:path';

import { ROOT } from '../tidy/source-files.ts';
import { commandsPage } from './commands-page.ts';

test('docs/commands.md says what the command tables say (npm run docs rewrites it)', async () => {
  await expect(commandsPage()).toMatchFileSnapshot(join(ROOT, 'docs', 'commands.md'));
});
