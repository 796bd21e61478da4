import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

import { ROOT } from '../tidy/source-files.ts';

/** A folder with the launcher in it and whatever files a test wants around it. */
export interface FakeCheckout {
  readonly root: string;
  readonly write: (path: string, text: string) => void;
  readonly dispose: () => void;
}

export function fakeCheckout(): FakeCheckout {
  const root = mkdtempSync(join(tmpdir(), 'raftdeck-launcher-'));
  cpSync(join(ROOT, 'main', 'launcher'), join(root, 'main', 'launcher'), { recursive: true });
  writeFileSync(join(root, 'package.json'), '{ "type": "module" }\n');
  return {
    root,
    write: (path, text) => {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      writeFileSync(join(root, path), text, { mode: 0o755 });
    },
    dispose: () => rmSync(root, { recursive: true, force: true }),
  };
}

/** Adds an `electron` package whose installer is the given CommonJS text. */
export function addElectronPackage(checkout: FakeCheckout, installer: string): void {
  checkout.write('node_modules/electron/package.json', '{ "version": "45.0.0" }');
  checkout.write('node_modules/electron/install.js', installer);
}
