import { expect, it } from 'vitest';
import { originsOf } from '../../../../src/lib/core/policy/origins.ts';
import { policyFrom, SIMPLE } from './given.ts';

const TEXT = `${SIMPLE.replace(
  'environments:',
  'environments:\n  test: {workspace: ml-test, endpoint: spam-test, rollout: {bake: 20m}}',
)}rollout: {watch: 4h}
notify: {page: [oncall]}
`;

function rows(environment: string): Record<string, string> {
  const origins = originsOf(policyFrom(TEXT), environment) ?? [];
  return Object.fromEntries(
    origins.map(({ key, value, from, at }) => [key, `${value} | ${from}${at === undefined ? '' : ` ${at.line}`}`]),
  );
}

it('says of each value where it comes from', () => {
  expect(rows('test')).toMatchObject({
    model: 'spam-filter | top level 2',
    workspace: 'ml-test | environment 5',
    entry: 'true | default',
    'gate.metric': 'accuracy | top level 9',
    'gate.confidence': '95% | default',
    'rollout.bake': '20m | environment 5',
    'notify.page': '["oncall"] | top level 11',
    'notify.inform': '["ml-oncall@example.com"] | owners',
  });
});

it('a value of a replaced section is the default, not what the top level says', () => {
  expect(rows('test')['rollout.watch']).toBe('2h | default');
  expect(rows('prod')['rollout.watch']).toBe('4h | top level 10');
});

it('says what a short word stands for', () => {
  expect(rows('prod')).toMatchObject({
    'training.when.drift': 'true | top level 7',
    'training.when.drift.breaches': '1 of 1 | default',
  });
});

it('knows no other environment', () => {
  expect(originsOf(policyFrom(TEXT), 'dev')).toBeUndefined();
});
