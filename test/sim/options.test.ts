import { expect, test } from 'vitest';

import { parseOptions } from './options.ts';
import { scriptNamed } from './replay.ts';
import { SCRIPTS } from './scripts/all-scripts.ts';

test('what is asked for is taken, and the rest has its defaults', () => {
  const options = parseOptions(['--seeds', '20', '--from', '7', '--profile', 'swarm', '--json']);
  expect(options).toMatchObject({ seeds: 20, from: 7, profile: 'swarm', json: true, workers: 2 });
  const replay = parseOptions(['--replay', '--script', 'Figure', '--crash', '2:17', '--draw']);
  expect(replay).toMatchObject({ replay: true, script: 'Figure', crash: '2:17', draw: true });
});

test.each([
  [['--profile', 'calm'], /no profile is called calm; there are: swarm/],
  [['--profile'], /--profile needs a value/],
  [['--profile', '--json'], /--profile needs a value/],
  [['--seeds', 'many'], /--seeds needs a number, not many/],
  [['--seeds', '-1'], /--seeds needs a number, not -1/],
  [['--seeds', '1e3'], /--seeds needs a number, not 1e3/],
  [['--seeds', '1.5'], /--seeds needs a number, not 1.5/],
  [['--seeds', '9007199254740993'], /--seeds needs a number/],
  [['--from', '9007199254740991'], /leaves no room for 500 seeds/],
  [['--workers', '0'], /--workers needs 1 or more/],
  [['--workers', '100000'], /--workers takes at most/],
  [['--failures', '0'], /--failures needs 1 or more/],
  [['--seed', '5'], /--seed says nothing without --replay or --shrink/],
  [['--seeds', '5', '--seeds', '6'], /--seeds is given twice/],
  [['--replay', '--shrink'], /--replay and --shrink cannot both be meant/],
  [['--fresh', '--from', '3'], /--from and --fresh cannot both be meant/],
  [['--replay', '--seed', '3', '--file', 'a'], /--seed and --file cannot both be meant/],
  [['--replay', '--crash', '1:2'], /--crash says nothing without --script/],
  [['--replay', '--script', 'a', '--crash', '12'], /--crash needs a server and a place/],
  [['--replay', '--out', 'a'], /--out says nothing without --shrink/],
  [['--tail', '5'], /--tail says nothing without --replay/],
  [['--sead', '5'], /unknown option --sead/],
  [['seeds'], /unknown option seeds/],
  [['--toString', '5'], /unknown option --toString/],
])('%j is refused with a reason', (args, reason) => {
  expect(() => parseOptions(args)).toThrow(reason);
});

test('a script is found by its name, or by a part that no other has', () => {
  for (const script of SCRIPTS) expect(scriptNamed(script.name)).toBe(script);
  expect(scriptNamed('figure 8').name).toContain('figure 8');
  expect(() => scriptNamed('no such thing')).toThrow(
    /no script is called no such thing; there are/,
  );
  expect(() => scriptNamed('leader')).toThrow(/\d+ scripts are called leader:\n {2}/);
});
