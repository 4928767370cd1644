import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Azure } from '../../demo/azure.ts';
import type { Mail } from '../../emulator/services/email/mailbox.ts';
import { eventually } from './given/eventually.ts';
import { ended, liveVersions, mailsTo } from './given/seen.ts';
import { startStack, type Stack } from './given/stack.ts';
import { aTeam, AT_ONCE, GOOD, published, ready, runJob, uploadText, type Team } from './given/team.ts';

const REQUIRE =
  '[gitCommit, cleanTree, dataVersions, dataValidation, pinnedEnvironment, tag:modelCard, report:predictions]';

let stack: Stack;
let teams: Record<'complete' | 'careless' | 'handmade', Team>;

/** Each demands all there is of its versions. */
async function aDemandingTeam(model: string): Promise<Team> {
  const team = await aTeam(stack, model);
  return { ...team, policy: (rollout) => team.policy(rollout).replace('better: higher', `better: higher, require: ${REQUIRE}`) };
} // prettier-ignore

beforeAll(async () => {
  stack = await startStack();
  const [complete, careless, handmade] = [await aDemandingTeam('complete'), await aDemandingTeam('careless'), await aDemandingTeam('handmade')]; // prettier-ignore
  teams = { complete, careless, handmade };
  await published(stack, AT_ONCE, complete, careless, handmade);
}, 120_000);
afterAll(() => stack.stop());

interface Submitted {
  readonly dirty: string;
  readonly environment: string;
}

/** A training submitted by a person from a git work tree, on data that the team's pipeline validated. */
async function train({ azure, model }: Team, { dirty, environment }: Submitted): Promise<string> {
  await ready(stack, azure);
  await validated(azure, model);
  return runJob(azure, `train-${model}`, {
    jobType: 'Command',
    experimentName: 'tiny',
    command: 'node train.js --data ${{inputs.data}} --model ${{outputs.model}} --until ${{inputs.until}}',
    codeId: `${azure.id}/codes/tiny/versions/1`,
    environmentId: environment.replace('ID', azure.id),
    computeId: `${azure.id}/computes/cpu`,
    properties: { 'mlflow.source.git.commit': '9c1e2b7f', 'azureml.git.dirty': dirty },
    inputs: {
      data: { jobInputType: 'uri_file', uri: `azureml:${model}-rows:1`, mode: 'ReadOnlyMount' },
      until: { jobInputType: 'literal', value: stack.folder },
    },
    outputs: { model: { jobOutputType: 'custom_model', mode: 'ReadWriteMount' } },
  });
}

async function validated(azure: Azure, model: string): Promise<void> {
  const rows = Array.from({ length: 200 }, (_, x) => JSON.stringify({ x, label: x > GOOD.above }));
  const dataUri = await uploadText(stack, azure, `data/${model}/1.ndjson`, rows.join('\n'));
  const tags = { 'steward.validated': 'passed' };
  await azure.put(`/data/${model}-rows/versions/1`, { properties: { dataType: 'uri_file', dataUri, tags } });
}

async function registerFrom({ azure, model }: Team, job: string, tags: Record<string, string>): Promise<void> {
  const properties = { modelType: 'custom_model', jobName: job, modelUri: `azureml://jobs/${job}/outputs/model/paths/`, tags }; // prettier-ignore
  await azure.put(`/models/${model}/versions/2`, { properties });
}

function mailAbout(team: Team, end: string): Promise<Mail> {
  return eventually(async () => {
    const mail = mailsTo(stack, team).find(({ subject }) => subject.includes(end));
    expect(mail).toBeDefined();
    return mail!;
  });
}

describe.concurrent('Given a gate that demands a lineage', { timeout: 120_000 }, () => {
  test('When a better version has all of it, Then it is released, and the mail shows what was found', async () => {
    const team = teams.complete;
    const job = await train(team, { dirty: 'False', environment: 'ID/environments/node/versions/1' });
    await registerFrom(team, job, { modelCard: 'cards/2.md' });
    const status = await ended(team, '2', 'released');

    const found = status.releases[0]?.release.gate?.reasons.filter(({ rule }) => rule.startsWith('gate.require.'));
    expect(found?.map(({ rule, verdict }) => `${rule.slice(13)} ${verdict}`)).toEqual([
      'gitCommit pass', 'cleanTree pass', 'dataVersions pass', 'dataValidation pass', 'pinnedEnvironment pass', 'tag:modelCard pass', 'report:predictions pass',
    ]); // prettier-ignore
    expect(liveVersions(team)).toEqual({ 2: 100 });
    const mail = await mailAbout(team, 'released');
    expect(mail.text).toContain(
      'Lineage: git commit ok (9c1e2b7f, as the job train-complete says); clean work tree ok',
    );
  });

  test('When it came from a dirty tree and an environment without a version, Then it is refused, and both are told', async () => {
    const team = teams.careless;
    const job = await train(team, { dirty: 'True', environment: 'azureml:node@latest' });
    await registerFrom(team, job, { modelCard: 'cards/2.md' });
    const status = await ended(team, '2', 'rejected', 'gate');

    const failed = status.releases[0]?.reasons.filter(({ verdict }) => verdict !== 'pass');
    expect(failed?.map(({ rule }) => rule)).toEqual(['gate.require.cleanTree', 'gate.require.pinnedEnvironment']);
    expect(liveVersions(team)).toEqual({ 1: 100 });
    const mail = await mailAbout(team, 'rejected');
    expect(mail.subject).toContain('clean work tree not as the policy requires');
    expect(mail.text).toContain('commit them and train anew');
  });

  test('When it was registered by hand, Then it is refused, and told what to do', async () => {
    const team = teams.handmade;
    await team.register('2', GOOD);
    const status = await ended(team, '2', 'rejected', 'gate');

    const notes = status.releases[0]?.reasons.filter(({ verdict }) => verdict === 'fail').map(({ rule, note }) => [rule, note]);
    expect(notes).toContainEqual(['gate.require.gitCommit', expect.stringContaining('registered by hand, without a job')]);
    expect(notes).toContainEqual(['gate.require.tag:modelCard', expect.stringContaining('has no tag modelCard')]);
    expect(status.releases[0]?.reasons).toContainEqual(expect.objectContaining({ rule: 'gate.superior', verdict: 'pass' }));
    expect(liveVersions(team)).toEqual({ 1: 100 });
  }); // prettier-ignore
});
