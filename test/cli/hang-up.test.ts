import { EventEmitter } from 'node:events';
import { expect, test } from 'vitest';

import { reloadOnHangUp } from '../../main/cli/node/hang-up.ts';

interface Bench {
  readonly source: EventEmitter;
  readonly lines: string[];
  readonly ready: () => void;
  reloads: number;
}

function bench(reloadTls: () => void = () => undefined): Bench {
  const source = new EventEmitter();
  const lines: string[] = [];
  const serve = reloadOnHangUp({ line: (level, text) => lines.push(`${level}: ${text}`) }, source);
  const made: Bench = {
    source,
    lines,
    reloads: 0,
    ready: () =>
      serve({
        reloadTls: () => {
          made.reloads += 1;
          reloadTls();
        },
      }),
  };
  return made;
}

test('each hang-up has the TLS files read again, and those during the start are obeyed once', () => {
  const made = bench();
  made.source.emit('SIGHUP');
  made.source.emit('SIGHUP');
  expect(made.reloads).toBe(0);
  made.ready();
  expect(made.reloads).toBe(1);
  made.source.emit('SIGHUP');
  expect(made.reloads).toBe(2);
  expect(made.lines).toEqual(Array(2).fill('notice: SIGHUP: the TLS files were read again'));
});

test('without a hang-up nothing is read again', () => {
  const made = bench();
  made.ready();
  expect([made.reloads, made.lines]).toEqual([0, []]);
});

test('files that cannot be read are told of, and the next hang-up tries again', () => {
  const made = bench(() => {
    throw new Error('node-1.pem is gone');
  });
  made.ready();
  made.source.emit('SIGHUP');
  made.source.emit('SIGHUP');
  const told = 'warning: SIGHUP: the TLS files stay as they were: node-1.pem is gone';
  expect(made.lines).toEqual([told, told]);
});
