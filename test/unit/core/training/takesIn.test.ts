import { expect, test } from 'vitest';
import type { EnvironmentPolicy, TrainingPolicy } from '../../../../src/lib/core/policy/policy.ts';
import { isWatched, takesIn } from '../../../../src/lib/core/training/takesIn.ts';
import { policyFrom } from '../policy/given.ts';

const MORNING = { cron: '0 3 * * *', timeZone: 'UTC' };
const EVENING = { ...MORNING, cron: '0 18 * * *' };

type Given = Partial<Pick<EnvironmentPolicy, 'entry'>> & {
  readonly in?: string;
  readonly when?: TrainingPolicy['when'];
};

const simple = policyFrom(`steward: 1
model: spam-filter
owners: [a@example.com]
environments: {prod: {workspace: ml-prod, endpoint: spam-online}}
training: {when: {drift: true}}
`).policy.environments['prod'];

/** The environments that take in what is asked for. */
function takers(given: Readonly<Record<string, Given>>, what: 'schedule' | 'newData' = 'schedule'): string[] {
  if (!simple?.training) throw new Error('the policy does not train');
  const { training, ...rest } = simple;
  const environments = Object.fromEntries(
    Object.entries(given).map(([environment, { in: where, when, entry = true }]): [string, EnvironmentPolicy] => [
      environment,
      { ...rest, environment, entry, ...(when && { training: { ...training, when, ...(where && { in: where }) } }) },
    ]),
  );
  const whole = { model: 'spam-filter', owners: [], environments };
  return Object.values(environments).filter((here) => takesIn(whole, here, what)).map(({ environment }) => environment); // prettier-ignore
}

const morning = { when: { schedule: MORNING } };
const data = { when: { newData: 'mails' } };
const later = { entry: false };

test.each<[string, Readonly<Record<string, Given>>, readonly string[]]>([
  ['the only one', { prod: morning }, ['prod']],
  ['the one that trains, of three that inherit', { dev: { ...morning, in: 'dev' }, test: { ...morning, ...later, in: 'dev' }, prod: { ...morning, ...later, in: 'dev' } }, ['dev']],
  ['that one also where it gets its versions from another', { dev: morning, prod: { ...morning, ...later, in: 'prod' } }, ['dev', 'prod']],
  ['without in, each that takes versions directly', { dev: morning, test: { ...morning, ...later }, other: morning }, ['dev', 'other']],
  ['without in, none that gets its versions from another', { dev: {}, prod: { ...morning, ...later } }, []],
  ['one that hands over to one without a schedule', { dev: { in: 'dev', when: { drift: { breaches: 1, of: 1 } } }, prod: { ...morning, in: 'dev' } }, ['prod']],
  ['the first of two that do', { dev: {}, test: { ...morning, in: 'dev' }, prod: { ...morning, in: 'dev' } }, ['test']],
  ['both where their schedules differ', { dev: { ...morning, in: 'dev' }, prod: { in: 'dev', when: { schedule: EVENING } } }, ['dev', 'prod']],
  ['the one that hands over, where the other trains for itself by a rule that does not hold', { dev: { ...morning, ...later }, prod: { ...morning, in: 'dev' } }, ['prod']],
  ['each for the place where it trains', { dev: {}, qa: {}, test: { ...morning, in: 'dev' }, prod: { ...morning, in: 'qa' } }, ['test', 'prod']],
  ['none that has no schedule', { dev: { when: { newData: 'mails' } } }, []],
])('of a schedule: %s', (_, given, expected) => {
  expect(takers(given)).toEqual(expected);
}); // prettier-ignore

test('of new data: the one that trains, of three that inherit', () => {
  const inherited = { ...data, in: 'dev' };
  expect(takers({ prod: inherited, test: inherited, dev: inherited }, 'newData')).toEqual(['dev']);
  expect(takers({ prod: morning }, 'newData')).toEqual([]);
});

test.each<[string, string, string, string[]]>([
  ['alone', '{prod: {workspace: ml-prod, endpoint: spam-one}}', '', ['prod']],
  ['the last of a chain', '{dev: {workspace: ml-dev, endpoint: spam-one}, prod: {workspace: ml-prod, endpoint: spam-two, after: dev}}', '', ['prod']],
  ['two that have nothing to do with each other', '{dev: {workspace: ml-dev, endpoint: spam-one}, prod: {workspace: ml-prod, endpoint: spam-two}}', '', ['dev', 'prod']],
  ['one that others train in', '{dev: {workspace: ml-dev, endpoint: spam-one}, prod: {workspace: ml-prod, endpoint: spam-two}}', 'in: dev, ', ['prod']],
  ['that trains in itself', '{prod: {workspace: ml-prod, endpoint: spam-one}}', 'in: prod, ', ['prod']],
])('drift is missed where a model serves for good: %s', (_, environments, where, watched) => {
  const { policy } = policyFrom(`steward: 1
model: spam-filter
owners: [a@example.com]
environments: ${environments}
training: {${where}when: {drift: true}}
evaluation: {job: e, data: d}
gate: {metric: accuracy, better: higher}
`);
  const found = Object.values(policy.environments).filter((here) => isWatched(policy, here));
  expect(found.map(({ environment }) => environment).toSorted()).toEqual(watched);
}); // prettier-ignore
