import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { EventRecord } from '../../emulator/services/eventGrid/ledger.ts';
import type { Job } from '../../emulator/world.ts';
import { eventually } from './given/eventually.ts';
import {
  ended,
  evaluationsOf,
  liveVersions,
  mailsTo,
  subjectsTo,
  running,
  trainingEnded,
  writesByGeneration,
} from './given/seen.ts';
import { startStack, type Stack } from './given/stack.ts';
import { AT_ONCE, mischief, published, runJob } from './given/team.ts';
import { aTrainedTeam, type TrainedTeam } from './given/trainedTeam.ts';
import { containerOf } from '../emulated.ts';

const TAG = 'azureml_modelmonitor_threshold_breached';
const DRIFT = 'when: { drift: true }';

let stack: Stack;
let drifting: TrainedTeam;
let cloning: TrainedTeam;
let fooled: TrainedTeam;
let untold: TrainedTeam;
let dev: TrainedTeam;
let prod: TrainedTeam;

beforeAll(async () => {
  stack = await startStack({ workspaces: [{ name: 'ml-prod' }, { name: 'ml-dev' }, { name: 'ml-silent' }] });
  drifting = await aTrainedTeam(stack, 'drifting', { training: DRIFT, pipeline: true });
  cloning = await aTrainedTeam(stack, 'cloning', { training: DRIFT, pipeline: true });
  fooled = await aTrainedTeam(stack, 'fooled', { training: DRIFT });
  untold = await aTrainedTeam(stack, 'untold', { training: DRIFT, workspace: 'ml-silent' });
  await stack.subscribe(stack.workspace('ml-silent'), 'EventGridSchema', { subjectBeginsWith: 'nothing begins so' });
  dev = await aTrainedTeam(stack, 'shared', {
    training: `in: dev, ${DRIFT}`,
    workspace: 'ml-dev',
    endpoint: 'shared-dev',
  });
  prod = await aTrainedTeam(stack, 'shared', { training: DRIFT });
  await published(stack, AT_ONCE, drifting, cloning, fooled, untold);
  await publishedForBoth();
}, 120_000);
afterAll(() => stack.stop());

// The first alone: its mischief befalls the next events of its kind, whoever's they are.
describe('Given a model that serves, and a monitor that watches what it is asked', { timeout: 120_000 }, () => {
  test('When what it is asked has changed, and that is told lost, late and doubled, Then it is trained once, and the result is released', async () => {
    const clients = drifting.sendRequests(300, 'liveNewer');
    await eventually(async () => expect(await collectedFiles(drifting)).not.toEqual([]));
    await drifting.deliver('2', 100);
    // Of the run events of a monitor the first to carry the finding is the 17th; of those of completed runs the third.
    const lost = mischief(stack, 'runStatusChanged', 'lose', { skip: 16 });
    const late = mischief(stack, 'runStatusChanged', 'delay', { skip: 17, delayMs: 3 * 60_000 });
    const doubled = mischief(stack, 'runCompleted', 'double', { skip: 2 });
    const versionDoubled = mischief(stack, 'modelRegistered', 'double');
    const run = await drifting.runMonitor();
    await clients.stop();
    const { job, causes } = await trainingEnded(drifting, 'succeeded', 'registered');
    const status = await ended(drifting, '2', 'released');

    expect([lost, late, doubled, versionDoubled].map(({ times }) => times)).toEqual([0, 0, 0, 0]);
    const told = findingsOf(run);
    expect(told.map(({ mischief: met }) => met)).toEqual(['lose', 'delay', 'double']);
    await eventually(() => expect(told.map(({ delivered }) => delivered)).toEqual([0, 1, 2]));
    expect(causes).toEqual([
      expect.objectContaining({
        kind: 'monitor',
        monitor: drifting.monitor,
        run,
        breaches: [expect.objectContaining({ signal: 'drifting-monitor_drift', kind: 'drift', run })],
      }),
    ]);
    expect(drifting.trainingJobs().map(({ name }) => name)).toEqual([job]);
    expect(evaluationsOf(stack, drifting)).toHaveLength(1);
    expect(liveVersions(drifting)).toEqual({ 2: 100 });
    expect(writesByGeneration(stack, drifting)).toEqual({ 1: 1 });
    expect(status.trainings).toMatchObject([
      {
        number: 1,
        version: '2',
        promoted: true,
        pins: [{ data: drifting.data, version: '2' }],
        release: { end: 'released' },
      },
    ]);
    await eventually(() =>
      expect(subjectsTo(stack, drifting)).toEqual([
        expect.stringContaining('training'),
        expect.stringContaining('v2 released'),
      ]),
    );
    // Three deliveries of one fact are one item.
    const after = await drifting.status();
    const items = after.timeline.flatMap(({ items: taken }) => taken);
    expect(items.filter((item) => item.startsWith('monitor|'))).toHaveLength(1);
    expect([after.request, after.training, after.unread]).toEqual([undefined, undefined, 0]);
  });
});

describe.concurrent('Given models whose training is a job of their teams', { timeout: 120_000 }, () => {
  test('When no event arrives at all, Then the run of the monitor is found all the same', async () => {
    untold.hold();
    await untold.deliver('2', 100);
    const run = await untold.runMonitor('newer');
    const { training } = await running(untold);
    expect(training.causes).toMatchObject([{ kind: 'monitor', run }]);
    expect(findingsOf(run).map(({ attempts }) => attempts)).toEqual([[], [], []]);
    expect(untold.trainingJobs()).toHaveLength(1);
  });

  test('When an unrelated job carries the tag of a finding, Then people are told and nothing is trained', async () => {
    await fooled.deliver('2', 100);
    const tags = { [TAG]: `The signal '${fooled.monitor}_drift' has failed due to one or more features violating metric thresholds.\n` };
    const { id } = fooled.azure;
    await runJob(fooled.azure, 'forger', {
      jobType: 'Command', command: 'node --version', environmentId: `${id}/environments/node/versions/1`, computeId: `${id}/computes/cpu`, tags,
    });
    const status = await eventually(async () => {
      const found = await fooled.status();
      expect(found.timeline.flatMap(({ rules }) => rules)).toContain('monitor.stranger forger');
      return found;
    });
    expect([status.request, status.training, fooled.trainingJobs()]).toEqual([undefined, undefined, []]);
    const subjects = () => subjectsTo(stack, fooled);
    await eventually(() => expect(subjects()).toEqual([expect.stringContaining('its run is not known as the monitor’s')]));
  });

  test('When it is a pipeline, Then all of it runs anew, on concrete data, with the tags of the team and ours', async () => {
    await cloning.command('retrain');
    const { job } = await trainingEnded(cloning, 'succeeded', 'registered');
    const [{ properties, tags }] = cloning.trainingJobs() as [Job];
    const first = stack.workspace('ml-prod').jobs.get('train-cloning-first')!;
    expect(properties).toMatchObject({
      settings: { ...(first.properties['settings'] as object), force_rerun: true },
      inputs: { data: { uri: `azureml:${cloning.data}:1` }, until: (first.properties['inputs'] as Record<string, unknown>)['until'] },
      jobs: first.properties['jobs'],
    });
    expect(tags).toEqual({ team: 'tiny', stewardId: expect.stringMatching(/^[0-9a-f]{16}$/), 'steward.training': '1/1', 'steward.causes': 'command', 'steward.source': 'train-cloning-first' });
    const steps = [...stack.workspace('ml-prod').runs.values()].filter(({ parentId }) => parentId === job);
    expect(steps.map(({ name, runType, status }) => [name, runType, status])).toEqual([['prepare', 'azureml.StepRun', 'Completed'], ['train', 'azureml.StepRun', 'Completed']]);
  });

  test('When drift is found where a model serves and trained elsewhere, Then the job runs there, knows what was found, and its version comes back', async () => {
    dev.hold();
    await dev.deliver('2', 100);
    const run = await prod.runMonitor('newer');
    const { training } = await running(dev);
    expect(training.causes).toMatchObject([{ kind: 'monitor', from: 'prod', run, breaches: [{ signal: 'shared-monitor_drift' }] }]);
    expect(training.pins).toMatchObject([{ data: dev.data, version: '2' }]);
    await eventually(async () => expect((await prod.status()).request).toBeUndefined());
    expect([dev.trainingJobs().length, prod.trainingJobs()]).toEqual([1, []]);
    expect((await prod.status()).timeline.flatMap(({ rules }) => rules)).toContain('request.handedOver');

    dev.letGo();
    await ended(dev, '2', 'released');
    const { releases, arrived } = await ended(prod, '2', 'released');
    expect([liveVersions(dev), liveVersions(prod)]).toEqual([{ 2: 100 }, { 2: 100 }]);
    expect(arrived).toEqual({ from: 'dev', release: 1, version: '2', as: '2' });
    expect(releases[0]?.release.origin).toMatchObject({
      from: { environment: 'dev', version: '2' }, job: training.job, data: [{ data: dev.data, version: '2' }], causes: [{ kind: 'monitor', from: 'prod', run }],
    });
    expect(evaluationsOf(stack, prod)).toHaveLength(1);
    const { properties, tags } = stack.workspace('ml-prod').models.get('shared')!.versions.get('2')!;
    expect(tags).toMatchObject({ 'steward.from': 'dev:2', 'steward.training': '1' });
    const [, path = ''] = /workspaces\/ml-prod\/datastores\/workspaceblobstore\/paths\/(.+)$/.exec(String(properties['modelUri'])) ?? [];
    const blob = containerOf(stack.world, stack.workspace('ml-prod')).getBlobClient(`${path}/model.json`);
    expect(JSON.parse((await blob.downloadToBuffer()).toString())).toEqual({ above: 100 });
    await eventually(() => {
      const mail = mailsTo(stack, prod).find(({ subject }) => subject.startsWith('shared prod: v2 released'));
      expect(mail?.text).toContain('v2 released in dev -> v2');
    });
  });
}); // prettier-ignore

/** One policy for both environments: the model is trained in dev, and prod takes what dev releases. */
async function publishedForBoth(): Promise<void> {
  const [inProd = ''] = /(?<=environments:\n).*\n/.exec(prod.policy(AT_ONCE)) ?? [];
  const after = inProd.replace(' }', ', after: dev }');
  const text = dev.policy(AT_ONCE).replace('environments:\n', `environments:\n${after}`);
  const { exitCode, output } = await stack.publish(text);
  if (exitCode !== 0) throw new Error(output);
  await eventually(() => Promise.all([dev.status(), prod.status()]));
}

/** What the data collector has left of requests that were really served. */
async function collectedFiles({ model, azure }: TrainedTeam): Promise<string[]> {
  const workspace = [...stack.world.workspaces.values()].find(({ id }) => id === azure.id);
  const client = containerOf(stack.world, workspace!);
  const names: string[] = [];
  for await (const { name } of client.listBlobsFlat({ prefix: `served/${model}/` })) names.push(name);
  return names;
} // prettier-ignore

/** Events that carry what this run of a monitor found. */
function findingsOf(run: string): EventRecord[] {
  return stack.events.records.filter(({ event }) => {
    const { runTags = {} } = event.data as { readonly runTags?: Record<string, string> };
    return runTags['azureml.pipelinerunid'] === run && TAG in runTags;
  });
}
