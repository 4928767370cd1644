import { describe, expect, it } from 'vitest';
import { originsOf } from '../../../../src/lib/core/policy/origins.ts';
import { checkPublication } from '../../../../src/lib/core/policy/publicationRules.ts';
import { parseStoredPolicy, storedPolicy } from '../../../../src/lib/core/policy/stored.ts';
import { faultLine } from '../../../../src/lib/core/policy/fault.ts';
import { ESTATE, estateFrom, linesOf, policyFrom, SIMPLE } from './given.ts';

const BATCH = `steward: 1
model: spam-filter
owners: [ml-oncall@example.com]
environments:
  prod: {workspace: ml-prod, batchEndpoint: spam-nightly}
evaluation: {job: evaluate-spam, data: spam-holdout}
gate:       {metric: accuracy, better: higher}
batch:      {testRun: {input: mails}}
`;
const BOTH_KINDS = BATCH.replace('environments:', 'environments:\n  test: {workspace: ml-test, endpoint: spam-online}');

const batchOf = (text: string) => policyFrom(text).policy.environments['prod'];

describe('a batch endpoint', () => {
  it('has one step, no bake, and nothing that is about live traffic', () => {
    expect(batchOf(BATCH)).toMatchObject({
      endpoint: 'spam-nightly',
      serves: 'batch',
      rollout: {
        stepsPercent: [100],
        bakeMs: 0,
        watchMs: 0,
        keepPreviousMs: 24 * 3_600_000,
        testRun: { input: 'mails', as: 'data', output: 'score', deadlineMs: 3_600_000 },
      },
    });
    expect(batchOf(BATCH)?.rollout).not.toHaveProperty('smokeTest');
    expect(linesOf(BATCH)).toEqual([]);
  });

  it('says what the test job must leave', () => {
    const asked = 'testRun: {input: "azureml:mails:3", as: raw, expect: {output: labels, rows: same, minRows: 5}, deadline: 30m}';
    expect(batchOf(BATCH.replace('testRun: {input: mails}', asked))?.rollout.testRun).toEqual({
      input: 'azureml:mails:3', as: 'raw', output: 'labels', rows: 'same', minRows: 5, deadlineMs: 30 * 60_000,
    });
  }); // prettier-ignore

  it('may stand beside an online one: each reads its own section', () => {
    const { environments } = policyFrom(`${BOTH_KINDS}rollout: {steps: [20%, 100%]}\n`).policy;
    expect(environments['test']).toMatchObject({ serves: 'online', rollout: { stepsPercent: [20, 100] } });
    expect(environments['prod']).toMatchObject({ serves: 'batch', rollout: { stepsPercent: [100] } });
  });

  it.each([BATCH, BOTH_KINDS])('is read back from storage as it was', (text) => {
    const parsed = policyFrom(text);
    expect(parseStoredPolicy(storedPolicy(parsed).text)).toEqual(parsed.policy);
  });

  it('is shown with its own section and without the other', () => {
    const origins = originsOf(policyFrom(BATCH), 'prod') ?? [];
    const keys = origins.map(({ key }) => key);
    expect(origins).toContainEqual(expect.objectContaining({ key: 'batchEndpoint', value: 'spam-nightly' }));
    expect(keys).toContain('batch.testRun.expect.output');
    expect(keys.filter((key) => key.startsWith('rollout'))).toEqual([]);
    expect((originsOf(policyFrom(SIMPLE), 'prod') ?? []).filter(({ key }) => key.startsWith('batch'))).toEqual([]);
  });
});

describe('every rule has its line', () => {
  const rollout =
    'not for a batch endpoint: its jobs run on one default deployment, so there is no traffic to share, copy or measure; say how versions come there in the section batch';
  const rows: readonly { rule: string; text: string; line: string }[] = [
    { rule: 'both kinds', text: BATCH.replace('batchEndpoint:', 'endpoint: spam, batchEndpoint:'), line: 'p.yaml:5:61 environments.prod.batchEndpoint: expected endpoint (online) or batchEndpoint, and only one of them' },
    { rule: 'name', text: BATCH.replace('spam-nightly', 'x'), line: "p.yaml:5:45 environments.prod.batchEndpoint: expected an endpoint name: 3 to 32 letters, digits and single dashes, beginning with a letter, got 'x'" },
    { rule: 'no test', text: BATCH.replace(/batch: .*\n/, ''), line: 'p.yaml:5:30 environments.prod.batchEndpoint: expected a section batch with a testRun: nothing else shows that a version works before it is the default' },
    { rule: 'no test run', text: BATCH.replace('testRun: {input: mails}', 'watch: 1h'), line: 'p.yaml:8:13 batch.testRun: missing: expected a map with input, as, expect, deadline' },
    { rule: 'rollout of all environments', text: `${BATCH}rollout: {steps: [10%, 100%]}\n`, line: `p.yaml:9:1 rollout: ${rollout}` },
    { rule: 'rollout of its own', text: BATCH.replace('nightly}', 'nightly, rollout: {bake: 1h}}'), line: `p.yaml:5:59 environments.prod.rollout: ${rollout}` },
    { rule: 'steps', text: BATCH.replace('{testRun', '{steps: [100%], testRun'), line: 'p.yaml:8:14 batch.steps: unknown key; known here: testRun, onNewerVersion, watch, keepPrevious, deployDeadline' },
    { rule: 'batch without a batch endpoint', text: `${SIMPLE}batch: {testRun: {input: mails}}\n`, line: 'p.yaml:9:1 batch: expected an environment with batchEndpoint: nothing else reads this' },
    { rule: 'batch in an online environment', text: SIMPLE.replace('spam-online}', 'spam-online, batch: {testRun: {input: mails}}}'), line: 'p.yaml:5:53 environments.prod.batch: expected an environment with batchEndpoint: nothing else reads this' },
    { rule: 'collected', text: `${BATCH}training: {from: champion, when: {newData: new}, collected: {data: asked}}\n`, line: 'p.yaml:9:50 training.collected: not for a batch endpoint: Azure ML collects what online deployments are asked; name the data that new jobs run on, and train on its versions (training.when.newData)' },
    { rule: 'a monitor by its target', text: `${BATCH}training: {from: champion, when: {drift: true}}\n`, line: 'p.yaml:9:35 training.when.drift: expected the name of a monitor: {monitor: NAME}; by its target only a monitor of an online endpoint is found' },
    { rule: 'input', text: BATCH.replace('input: mails', 'input: "azureml:mails"'), line: "p.yaml:8:31 batch.testRun.input: expected the name of a data asset, or azureml:NAME:VERSION for one version of it, got 'azureml:mails'" },
    { rule: 'rows', text: BATCH.replace('mails}', 'mails, expect: {rows: all}}'), line: "p.yaml:8:53 batch.testRun.expect.rows: expected same, got 'all'" },
  ]; // prettier-ignore

  it.each(rows)('$rule', ({ text, line }) => {
    expect(linesOf(text)).toContain(line);
  });
});

function lines(texts: readonly string[], estate = ESTATE): string[] {
  const parsed = texts.map((text, index) => policyFrom(text, `${index}.yaml`));
  return checkPublication(parsed, estateFrom(estate).estate).map(faultLine);
}

describe('between policies, and with the estate', () => {
  const other = BATCH.replace('spam-filter', 'phish-filter');

  it('one batch endpoint belongs to one lifecycle', () => {
    expect(lines([BATCH, other])).toEqual([
      '1.yaml:5:45 environments.prod.batchEndpoint: expected an endpoint of its own; spam-nightly in ml-prod belongs to spam-filter in prod (0.yaml)',
    ]); // prettier-ignore
  });

  it('an online endpoint of the same name is another one', () => {
    expect(lines([BATCH, other.replace(/batch: .*\n/, '').replace('batchEndpoint', 'endpoint')])).toEqual([]);
  });

  it('of the floor only the way back counts', () => {
    const floor = `${ESTATE}floor: {prod: {maxFirstStep: 5%, minBake: 10m, minWatch: 1h, minKeepPrevious: 2d}}\n`;
    expect(lines([BATCH], floor)).toEqual([
      "0.yaml:8:13 batch.keepPrevious: expected at least 2d, the estate's floor for prod; got 1d",
    ]);
  });
});
