import { describe, expect, test } from 'vitest';
import { judgeDemands, metDemands } from '../../../../src/lib/core/gate/demands.ts';
import type { JobTold, Lineage } from '../../../../src/lib/core/gate/lineage.ts';
import type { Origin } from '../../../../src/lib/core/origin.ts';
import type { Verdict } from '../../../../src/lib/core/verdict.ts';

const TOLD: JobTold = {
  commit: '9c1e2b7aa', tree: 'clean',
  data: [{ input: 'data', uri: 'azureml:mails:14', version: 'mails:14', validated: 'passed' }],
  environments: [{ version: 'node:3' }],
}; // prettier-ignore
const ALL = [
  'gitCommit',
  'cleanTree',
  'dataVersions',
  'dataValidation',
  'pinnedEnvironment',
  'tag:modelCard',
  'report:fairness',
];
const WHOLE: Lineage = {
  tags: { modelCard: 'https://example.com/card' },
  job: { name: 'train-7', told: TOLD },
  reports: { fairness: { job: 'e7', files: 1 } },
}; // prettier-ignore
const HERE = { origin: undefined, byPipeline: false };
const having = (told: Partial<JobTold>): Lineage => ({
  ...WHOLE,
  job: { name: 'train-7', told: { ...TOLD, ...told } },
});
const { commit: _, ...withoutCommit } = TOLD;
const { tree: __, ...withoutTree } = TOLD;

function judged(demand: string, lineage: Lineage, came: { origin: Origin | undefined; byPipeline: boolean } = HERE): [Verdict, string] {
  const [reason, ...more] = judgeDemands([demand], lineage, came);
  expect([more, reason?.rule]).toEqual([[], `gate.require.${demand}`]);
  return [reason!.verdict, reason!.note ?? ''];
} // prettier-ignore

test('a complete lineage passes each demand, each with its own code and what was found', () => {
  const reasons = judgeDemands(ALL, WHOLE, HERE);
  expect(reasons.map(({ rule, what, verdict, note }) => [rule, what, verdict, note])).toEqual([
    ['gate.require.gitCommit', 'git commit', 'pass', '9c1e2b7aa, as the job train-7 says'],
    ['gate.require.cleanTree', 'clean work tree', 'pass', 'as the job train-7 says'],
    ['gate.require.dataVersions', 'data versions', 'pass', 'mails:14'],
    ['gate.require.dataValidation', 'validated data', 'pass', 'mails:14'],
    ['gate.require.pinnedEnvironment', 'pinned environment', 'pass', 'node:3'],
    ['gate.require.tag:modelCard', 'tag modelCard', 'pass', 'https://example.com/card'],
    ['gate.require.report:fairness', 'report fairness', 'pass', '1 file, an output of the job e7'],
  ]);
});

test('a demand that is written twice is judged once', () => {
  expect(judgeDemands(['gitCommit', 'gitCommit'], WHOLE, HERE)).toHaveLength(1);
});

describe('anything less does not', () => {
  const unread = { input: 'data', uri: 'azureml:mails:14', version: 'mails:14' };
  const rows: [string, string, Lineage, Verdict, string][] = [
    ['no commit', 'gitCommit', { ...WHOLE, job: { name: 'train-7', told: withoutCommit } }, 'fail', 'names no git commit: submit it from a git work tree'],
    ['a commit that is none', 'gitCommit', having({ commit: 'main' }), 'fail', 'names main, which is no git commit'],
    ['an empty commit', 'gitCommit', having({ commit: '' }), 'fail', 'which is no git commit'],
    ['a dirty tree', 'cleanTree', having({ tree: 'dirty' }), 'fail', 'changes that were not committed: commit them and train anew'],
    ['a tree of which nobody says', 'cleanTree', { ...WHOLE, job: { name: 'train-7', told: withoutTree } }, 'fail', 'does not say whether its work tree was clean'],
    ['no data at all', 'dataVersions', having({ data: [] }), 'fail', 'no data among its inputs'],
    ['data by a path', 'dataVersions', having({ data: [...TOLD.data, { input: 'extra', uri: 'azureml://datastores/d/paths/x' }] }), 'fail', 'was given extra as azureml://datastores/d/paths/x: name a version'],
    ['data without a version, of which nobody asks more', 'dataValidation', having({ data: [{ input: 'data', uri: 'azureml:mails@latest' }] }), 'fail', 'was given data as azureml:mails@latest'],
    ['data that was not validated', 'dataValidation', having({ data: [{ ...unread, validated: '' }] }), 'fail', 'expected the tag steward.validated: passed on mails:14: let'],
    ['data that failed its validation', 'dataValidation', having({ data: [{ ...unread, validated: 'failed' }] }), 'fail', 'on mails:14 (it says failed)'],
    ['data validated in other words', 'dataValidation', having({ data: [{ ...unread, validated: 'Passed' }] }), 'fail', 'it says Passed'],
    ['one of two that was not validated', 'dataValidation', having({ data: [...TOLD.data, { ...unread, input: 'b', version: 'b:1', validated: '' }] }), 'fail', 'on b:1'],
    ['data whose tags nobody can read', 'dataValidation', having({ data: [unread] }), 'error', 'cannot be read'],
    ['no environment', 'pinnedEnvironment', having({ environments: [] }), 'fail', 'names no environment'],
    ['an environment by a label', 'pinnedEnvironment', having({ environments: [{ version: 'node:3' }, { step: 'train', why: 'it names azureml:node@latest, no version' }] }), 'fail', 'step train: it names azureml:node@latest, no version'],
    ['no tag', 'tag:modelCard', { ...WHOLE, tags: {} }, 'fail', 'has no tag modelCard with a value: set it, then send retry'],
    ['an empty tag', 'tag:modelCard', { ...WHOLE, tags: { modelCard: ' \n' } }, 'fail', 'no tag modelCard'],
    ['a tag that every object has', 'tag:constructor', WHOLE, 'fail', 'no tag constructor'],
    ['no report', 'report:fairness', { ...WHOLE, reports: { fairness: { files: 0 } } }, 'fail', 'neither the job that evaluated it, nor train-7 left an output fairness with content'],
    ['a report of a job that did not make it', 'report:fairness', { ...WHOLE, job: { name: 'train-7', leftBy: 'other' }, reports: { fairness: { job: 'train-7', files: 1 } } }, 'fail', 'the files of this version are an output of other'],
    ['a report that was not looked for', 'report:fairness', { tags: {} }, 'fail', 'left an output fairness'],
    ['a report where nobody can look', 'report:fairness', { ...WHOLE, reports: { fairness: { files: 0, fault: 'its output is elsewhere' } } }, 'error', 'elsewhere'],
    ['an unknown demand', 'horoscope', WHOLE, 'error', 'does not know this demand'],
  ]; // prettier-ignore
  test.each(rows)('%s', (_name, demand, lineage, verdict, note) => {
    expect(judged(demand, lineage)).toEqual([verdict, expect.stringContaining(note)]);
  });
});

const OF_JOB = ['gitCommit', 'cleanTree', 'dataVersions', 'dataValidation', 'pinnedEnvironment'];

test.each(OF_JOB)('registered by hand: %s says what to do', (demand) => {
  expect(judged(demand, { tags: {} })).toEqual(['fail', expect.stringContaining('registered by hand, without a job that tells how it was made: register it from the job')]); // prettier-ignore
});

test.each(OF_JOB)('a job that is gone: %s is an error', (demand) => {
  expect(judged(demand, { tags: {}, job: { name: 'train-7' } })).toEqual(['error', expect.stringContaining('not in the workspace')]); // prettier-ignore
});

test.each(OF_JOB)('files that another job left: %s is not believed', (demand) => {
  const borrowed = { ...WHOLE, job: { name: 'train-7', told: TOLD, leftBy: 'train-6' } };
  expect(judged(demand, borrowed)).toEqual(['fail', expect.stringContaining('names the job train-7, but its files are an output of train-6')]); // prettier-ignore
});

describe('a version from another environment', () => {
  const from = { environment: 'dev', version: '12' };
  test.each([...OF_JOB, 'report:fairness'])('%s holds as the gate there found it', (demand) => {
    const met = { origin: { from, met: [demand] }, byPipeline: false };
    expect(judged(demand, { tags: {} }, met)).toEqual(['pass', 'as the gate of dev found of version 12']);
    expect(judged(demand, WHOLE, { origin: { from }, byPipeline: false })).toEqual(['fail', expect.stringContaining('put it into gate.require there, too')]); // prettier-ignore
    expect(judged(demand, WHOLE, { ...met, byPipeline: true })).toEqual(['fail', expect.stringContaining('nobody compared its files')]); // prettier-ignore
  });
  test('a tag is read where it lies', () => {
    expect(judged('tag:modelCard', WHOLE, { origin: { from }, byPipeline: true })[0]).toBe('pass');
    expect(judged('tag:modelCard', { tags: {} }, { origin: { from, met: ['tag:modelCard'] }, byPipeline: false })[0]).toBe('fail'); // prettier-ignore
  });
  test('what is handed on is what was met, without tags and without other rules', () => {
    const reasons = judgeDemands(ALL, having({ tree: 'dirty' }), HERE);
    const other = { rule: 'gate.min', verdict: 'pass', what: 'accuracy', unit: 'plain' } as const;
    expect(metDemands([...reasons, other])).toEqual(['gitCommit', 'dataVersions', 'dataValidation', 'pinnedEnvironment', 'report:fairness']); // prettier-ignore
  });
});

test('what somebody wrote is shown on one line, short, and cannot turn the text around', () => {
  const [, note] = judged('tag:modelCard', {
    ...WHOLE,
    tags: { modelCard: `ok\n\u202Egnp.exe\u0000${'x'.repeat(500)}` },
  });
  expect(note).toBe(`ok gnp.exe ${'x'.repeat(49)}...`);
  const many = Array.from({ length: 9 }, (_n, at) => ({ input: `i${at}`, uri: 'u'.repeat(300) }));
  expect(judged('dataVersions', having({ data: many }))[1].length).toBeLessThan(400);
});
