import { describe, expect, it } from 'vitest';
import { linesOf, policyFrom, SIMPLE } from './given.ts';

const from = (written: string) => SIMPLE.replace('from: champion', `from: ${written}`);

it.each([
  ['champion', { kind: 'champion' }],
  ['{job: train-spam}', { kind: 'job', job: 'train-spam' }],
  ['{component: train, compute: cpu}', { kind: 'component', component: 'train', compute: 'cpu', inputs: {} }],
  [
    '{component: train, compute: cpu, inputs: {rounds: "40"}}',
    { kind: 'component', component: 'train', compute: 'cpu', inputs: { rounds: '40' } },
  ],
])('what a training is made from: %s', (written, expected) => {
  expect(policyFrom(from(written)).policy.environments['prod']?.training?.from).toEqual(expected);
});

it.each([
  ['champoin', "p.yaml:6:20 training.from: expected champion, or a map with job, or a map with component, compute, got 'champoin'"],
  ['{}', 'p.yaml:6:20 training.from.job: missing: expected job or component, and only one of them'],
  ['{jobs: x}', "p.yaml:6:21 training.from.jobs: unknown key (did you mean 'job'?)"],
  ['{job: x, component: y, compute: z}', 'p.yaml:6:40 training.from.component: expected job or component, and only one of them'],
  ['{component: x}', 'p.yaml:6:20 training.from.compute: missing: expected the compute on which the component runs'],
  ['{job: x, compute: y}', 'p.yaml:6:38 training.from.compute: expected a component with it: a job brings its own'],
  ['{job: x, inputs: {a: "1"}}', 'p.yaml:6:37 training.from.inputs: expected a component with it: a job brings its own'],
  ['{component: x, compute: y, inputs: {a: 1}}', 'p.yaml:6:59 training.from.inputs.a: expected a text, got 1'],
])('a source that cannot be meant: %s', (written, line) => {
  expect(linesOf(from(written))).toEqual([line]);
}); // prettier-ignore

const unregistered = (written: string, source = '{job: train-spam}') =>
  from(source).replace('when:', `unregistered: ${written}, when:`);

const read = (text: string) => policyFrom(text).policy.environments['prod']?.training?.unregistered;

describe('what runs of the team leave unregistered', () => {
  it('is ignored unless the policy says otherwise', () => {
    expect(read(from('{job: train-spam}'))).toBe('ignore');
    expect(read(unregistered('ignore', 'champion'))).toBe('ignore');
    expect(read(unregistered('register'))).toBe('register');
  });

  it.each([
    ['registr', '{job: x}', "p.yaml:6:44 training.unregistered: expected ignore or register, got 'registr' (did you mean 'register'?)"],
    ['register', 'champion', 'p.yaml:6:44 training.unregistered: expected a job in training.from with it: runs of your own are known by its tag'],
    ['register', '{component: x, compute: y}', 'p.yaml:6:62 training.unregistered: expected a job in training.from with it: runs of your own are known by its tag'],
  ])('%s from %s is a fault', (written, source, line) => {
    expect(linesOf(unregistered(written, source))).toEqual([line]);
  }); // prettier-ignore
});

const collected = (written: string, more = '') => SIMPLE.replace('when:', `collected: ${written}${more}, when:`);
const section = (text: string) => policyFrom(text).policy.environments['prod']?.training?.collected;

describe('what the endpoint was asked', () => {
  it('is not trained on unless the policy names its data', () => {
    expect(section(SIMPLE)).toBeUndefined();
    expect(section(collected('{data: asked}'))).toEqual({ data: 'asked', collections: ['model_inputs', 'model_outputs'], windowMs: 7 * 86_400_000 }); // prettier-ignore
    expect(section(collected('{data: asked, collections: [request], window: 31d}'))).toEqual({ data: 'asked', collections: ['request'], windowMs: 31 * 86_400_000 }); // prettier-ignore
  });

  it.each([
    ['{}', '', 'training.collected.data: missing: expected the name of a data asset'],
    ['{data: asked, collections: []}', '', 'training.collected.collections: expected at least one collection, got an empty list'],
    [`{data: asked, collections: [${Array.from('abcdefghi').join(', ')}]}`, '', 'training.collected.collections: expected at most eight collections'],
    ['{data: asked, window: 32d}', '', 'training.collected.window: expected a duration from 1h to 31d'],
    ['{data: asked, window: 59m}', '', 'training.collected.window: expected a duration from 1h to 31d'],
    ['{data: asked}', ', in: prod', ''],
    ['{data: asked}', ', in: dev', 'expected prod to train itself: what prod is asked lies in its own workspace, and training.in hands its trainings to dev'],
  ])('%s%s', (written, more, fault) => {
    const dev = collected(written, more).replace('environments:', 'environments:\n  dev: {workspace: ml-dev, endpoint: spam-dev, training: {when: {newData: d}}}');
    expect(linesOf(dev).join('\n')).toContain(fault);
    expect(linesOf(dev)).toHaveLength(fault === '' ? 0 : 1);
  }); // prettier-ignore

  it('makes no version that would ask for the next training', () => {
    const text = collected('{data: asked}').replace(/when: \{/, 'when: {newData: asked, ');
    expect(linesOf(text)).toEqual([expect.stringContaining('training.when.newData: expected other data than training.collected')]); // prettier-ignore
  });
});
