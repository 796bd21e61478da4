import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

import { kv } from '../../node-engine/machines/kv/kv.ts';
import { ticket } from '../../node-engine/machines/ticket/ticket.ts';
import { timeseries } from '../../node-engine/machines/timeseries/timeseries.ts';
import { ROOT } from '../tidy/source-files.ts';

test.each([kv, ticket, timeseries])(
  'the README of $name lists its commands and no others',
  (machine) => {
    const path = join(ROOT, 'node-engine', 'machines', machine.name, 'README.md');
    const rows = readFileSync(path, 'utf8').matchAll(
      /^\| `([A-Z]+)[^|]*(?:\\\|[^|]*)*\| (read|write) \|/gm,
    );
    const listed = new Map([...rows].map(([, name = '', kind]) => [name.toLowerCase(), kind]));
    const offered = new Map([...machine.commands].map(([name, { kind }]) => [name, kind]));
    expect(Object.fromEntries(listed)).toEqual(Object.fromEntries(offered));
  },
);
