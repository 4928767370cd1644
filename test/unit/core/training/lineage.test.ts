import { describe, expect, test } from 'vitest';
import { trainingJobName } from '../../../../src/lib/core/names.ts';
import type { Origin } from '../../../../src/lib/core/origin.ts';
import { endTraining } from '../../../../src/lib/core/training/memory.ts';
import { inBrief, originOf, withOrigin } from '../../../../src/lib/core/training/lineage.ts';
import { after, endpoint, KEY, needed, pass, releasing, served } from '../given.ts';
import type { Cause } from '../../../../src/lib/core/training/state.ts';
import { found, PLAN, training, TRAINS } from './given.ts';

const JOB = trainingJobName(KEY, 3, 2);
const UNDER_WAY = training({ job: JOB, attempt: 2, commit: '9c1e2b7' });
const ORIGIN: Origin = { job: JOB, training: 3, causes: [found()], more: 0, data: PLAN.pins, commit: '9c1e2b7' };

const ended = (end: 'succeeded' | 'failed', version?: string) =>
  endTraining(UNDER_WAY, UNDER_WAY.training, { end, cause: 'c', sentence: 's', ...(version && { version }) }, after(0));

describe('a version came of the training', () => {
  test.each([
    ['whose job has ended with it', ended('succeeded', '7').lifecycle, undefined, ORIGIN],
    ['whose job still runs', UNDER_WAY, JOB, ORIGIN],
    ['of whose job it names a child', UNDER_WAY, `${JOB}_3`, ORIGIN],
    ['whose first attempt made it', UNDER_WAY, trainingJobName(KEY, 3, 1), { ...ORIGIN, job: trainingJobName(KEY, 3, 1) }],
    ['whose job made it and failed then', ended('failed').lifecycle, JOB, ORIGIN],
    ['that is a run of the team\'s own', training({ job: 'train' }), 'train', { ...ORIGIN, job: 'train', commit: undefined }],
  ])('%s', (_, row, job, origin) => {
    expect(originOf(row, '7', { run: job })).toEqual(origin);
  });
}); // prettier-ignore

describe('a version that names a step of a pipeline, whose name says nothing,', () => {
  const step = 'f3b8c1d2-0a4e-4c55-9b7e-6f1f0a9c2d11';
  test('came of the training whose job left it so far', () => {
    expect(originOf(UNDER_WAY, '7', { run: step, left: '7' })).toEqual(ORIGIN);
  });
  test('or of that step alone, when the job left another one or no training is under way', () => {
    expect(originOf(UNDER_WAY, '7', { run: step, left: '6' })).toEqual({ job: step });
    expect(originOf(served(), '7', { run: step, left: '7' })).toEqual({ job: step });
  });
  test('is looked for in what the job left, when its release begins and the job still runs', () => {
    const { release } = releasing('registered');
    const facts = { version: { version: '7', id: 'x', archived: false, jobName: step, tags: {} }, endpoint: endpoint({ 'mold-6': 100 }), deployments: [] };
    const row = { ...UNDER_WAY, release };
    expect(needed(row, { policy: TRAINS }).training).toEqual({ job: JOB, result: { job: JOB, output: 'model' } });
    expect(needed({ ...row, release: { ...release, phase: 'evaluating' } }, { policy: TRAINS }).training).toEqual({ job: JOB });
    const running = { job: { name: JOB, state: 'running' } } as const;
    const left = pass(row, { facts: { ...facts, training: { ...running, result: { version: '7' } } }, policy: TRAINS }).next;
    expect([left.release?.origin, left.training?.phase]).toEqual([ORIGIN, 'running']);
    const away = { result: { provider: 'Azure ML', reason: 'HTTP 503' } };
    expect(pass(row, { facts: { ...facts, training: { ...running, away } }, policy: TRAINS }).next.release?.origin).toEqual({ job: step });
  });
}); // prettier-ignore

describe('a version came of a job alone', () => {
  test.each([
    ['another training of this model', UNDER_WAY, trainingJobName(KEY, 30, 2)],
    ['a training in another environment', UNDER_WAY, trainingJobName({ ...KEY, environment: 'dev' }, 3, 2)],
    ['an evaluation', UNDER_WAY, JOB.replace('-t', '-e')],
    ['a job of the team that is called like a child', training({ job: 'train' }), 'train_2'],
  ])('that is of %s', (_, row, job) => {
    expect(originOf(row, '7', { run: job })).toEqual({ job });
  });
  test('or of none, when it was registered by hand', () => {
    expect(originOf(UNDER_WAY, '7', {})).toEqual({});
  });
});

test('what a version remembers is as short before its training has ended as it is afterwards', () => {
  const causes = Array.from({ length: 5 }, (_, index) => found(`r-${index}`));
  const pins = Array.from({ length: 9 }, (_, index) => ({ input: `i${index}`, data: 'd', version: '1' }));
  const under = training({ job: JOB, causes, pins, more: 1 });
  expect(inBrief(under.training)).toEqual({ causes: causes.slice(0, 3), more: 3, pins: pins.slice(0, 5) });
  expect(originOf(under, '7', { run: JOB })).toMatchObject({
    causes: causes.slice(0, 3),
    more: 3,
    data: pins.slice(0, 5),
  });
});

const asked = (n: number) => ({ kind: 'command', id: `c-${n}`, at: `2026-03-02T11:0${n}:00.000Z`, actor: `p${n}`, reason: 'r' }) as const; // prettier-ignore
const brief = (causes: readonly Cause[]) => inBrief({ causes, more: 0, pins: [] });

test('who asked is remembered whatever else did', () => {
  const findings = Array.from({ length: 4 }, (_, index) => found(`r-${index}`));
  expect(brief([...findings, asked(1)])).toMatchObject({ causes: [...findings.slice(0, 2), asked(1)], more: 2 });
  const people = [1, 2, 3, 4].map(asked);
  expect(brief([...findings, ...people])).toMatchObject({ causes: people, more: 4 });
});

describe('a release that began before it was known which training made its version', () => {
  const { ledger } = ended('succeeded', '7');
  const learned = (origin: Origin | undefined, version = '7') =>
    withOrigin(releasing('evaluating', { version, ...(origin && { origin }) }), ledger).release?.origin;

  test('learns it', () => {
    expect(learned({ job: 'step-of-it' })).toEqual(ORIGIN);
    expect(learned({ job: 'step-of-it', registeredBy: 'Ada' })).toEqual({ ...ORIGIN, registeredBy: 'Ada' });
  });
  test.each<[string, Origin | undefined, string]>([
    ['it knows one', { job: 'stw-2', training: 2 }, '7'],
    ['it came from another environment', { job: 'stw-2', from: { environment: 'dev', version: '4' } }, '7'],
    ['it has not looked yet', undefined, '7'],
    ['it is of another version', { job: 'step-of-it' }, '8'],
  ])('but not when %s', (_, origin, version) => {
    expect(learned(origin, version)).toEqual(origin);
  });
});
