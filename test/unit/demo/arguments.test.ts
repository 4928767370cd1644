import { expect, test } from 'vitest';
import { ACT_NAMES, readArguments } from '../../../demo/arguments.ts';

test.each([
  { given: [], wanted: { acts: ACT_NAMES } },
  { given: ['worse'], wanted: { acts: ['worse'] } },
  { given: ['crash', 'drift', 'release'], wanted: { acts: ['drift', 'release', 'crash'] } },
  { given: ['environments', 'worse'], wanted: { acts: ['worse', 'environments'] } },
  { given: ['crash', '--seed', '7'], wanted: { acts: ['crash'], seed: 7 } },
  { given: ['--seed=0'], wanted: { acts: ACT_NAMES, seed: 0 } },
])('$given is $wanted', ({ given, wanted }) => {
  expect(readArguments(given)).toEqual(wanted);
});

test.each([
  { given: ['wrose'], says: [/no act wrose/] },
  { given: ['wrose', '--seed', 'x'], says: [/no act wrose/, /--seed takes a whole number .* not x/] },
  { given: ['--seed', '-1'], says: [/--seed/] },
  { given: ['--seed='], says: [/--seed takes a whole number/] },
  { given: ['--seed', '1.5'], says: [/not 1\.5/] },
  { given: ['--fast'], says: [/--fast/] },
])('$given is refused with every fault and the usage', ({ given, says }) => {
  const read = readArguments(given);
  const fault = 'fault' in read ? read.fault : '';
  for (const expected of [...says, /usage: npm run demo/, /drift, release, worse, regression, crash, environments/])
    expect(fault).toMatch(expected);
});
