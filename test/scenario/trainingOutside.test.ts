import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ModelDetail } from '../../src/lib/history.ts';
import { eventually } from './given/eventually.ts';
import { ended, liveVersions, registrations, trainingEnded } from './given/seen.ts';
import { startStack, type Stack } from './given/stack.ts';
import { AT_ONCE, GOOD, published, uploadText } from './given/team.ts';
import { trainedTeams, type TrainedOptions, type TrainedTeam } from './given/trainedTeam.ts';

const DRIFT = 'when: { drift: true }';
const REGISTER = `${DRIFT}, unregistered: register`;
const IGNORED = 'the policy ignores models that a run leaves unregistered: training.unregistered';
const TEAMS: Readonly<Record<string, TrainedOptions>> = {
  leaving: { training: REGISTER },
  unheard: { training: DRIFT, pipeline: true },
  registering: { training: REGISTER },
  independent: { training: DRIFT },
};

let stack: Stack;
let teams: Record<string, TrainedTeam>;

beforeAll(async () => {
  stack = await startStack();
  teams = await trainedTeams(stack, TEAMS);
  await published(stack, AT_ONCE, ...Object.values(teams));
}, 120_000);
afterAll(() => stack.stop());

describe.concurrent('Given a run of the training job that the team started itself', { timeout: 120_000 }, () => {
  test('When it leaves a model, and the policy wants that registered, Then it is, once, and released like any version', async () => {
    const team = teams['leaving']!;
    const run = await team.trainByHand('nightly-1', '2');
    const { pins } = await trainingEnded(team, 'succeeded', 'registered');
    const status = await ended(team, '2', 'released');

    const { body } = await team.azure.get('/models/leaving/versions/2');
    expect(body.properties).toMatchObject({
      jobName: run, modelUri: `azureml://jobs/${run}/outputs/model/paths/`,
      tags: { stewardId: expect.stringMatching(/^[0-9a-f]{16}$/), 'steward.training': '1', 'steward.data.data': 'leaving-rows:2' },
    });
    expect(pins).toEqual([{ input: 'data', data: 'leaving-rows', version: '2' }]);
    expect(status.releases[0]?.release.origin).toMatchObject({ job: run, training: 1, causes: [{ kind: 'outside', run }] });
    expect(status.trainings).toMatchObject([{ number: 1, job: run, version: '2', promoted: true, release: { end: 'released' } }]);
    expect(registrations(stack, team)).toEqual([['1', 201], ['2', 201]]);
    expect([liveVersions(team), team.trainingJobs(), status.ended.length, status.outside]).toEqual([{ 2: 100 }, [], 1, undefined]);
    // Two events tell that it completed.
    expect(itemsAbout(run, status)).toHaveLength(1);
  });

  test('When it leaves a model, and the policy says nothing of that, Then it is ignored, and the status says why', async () => {
    const team = teams['unheard']!;
    const run = await team.trainByHand('unheard-run', '2');
    await ignored(team, run);
    const status = await team.status();

    expect([status.state, status.training, status.outside, status.trainings]).toEqual(['idle', undefined, undefined, []]);
    expect(status.timeline.flatMap(({ rules }) => rules)).toContain('outside.refused');
    expect(registrations(stack, team)).toEqual([['1', 201]]);
    expect([liveVersions(team), status.ended]).toEqual([{ 1: 100 }, []]);
  });

  test('When it has registered its model, and the policy wants what is left registered, Then that version is taken and no other made', async () => {
    const team = teams['registering']!;
    const run = await registersItself(team, 'registering-run');
    expect(await trainingEnded(team, 'succeeded', 'registered')).toMatchObject({ number: 1, job: run, version: '2', causes: [{ kind: 'outside', run }] });
    const status = await ended(team, '2', 'released');

    expect(registrations(stack, team)).toEqual([['1', 201], ['2', 201]]);
    expect([liveVersions(team), status.releases.length, status.trainings.length]).toEqual([{ 2: 100 }, 1, 1]);
  });

  test('When it has registered its model, and the policy says nothing of runs, Then that version is released all the same, once', async () => {
    const team = teams['independent']!;
    const run = await registersItself(team, 'independent-run');
    await ignored(team, run);
    const status = await ended(team, '2', 'released');

    expect(registrations(stack, team)).toEqual([['1', 201], ['2', 201]]);
    expect([liveVersions(team), status.releases.length, status.trainings]).toEqual([{ 2: 100 }, 1, []]);
  });
}); // prettier-ignore

/** The run has been taken in, and refused for that reason. A status that was read while that was saved may tell half of it. */
async function ignored(team: TrainedTeam, run: string): Promise<void> {
  await eventually(async () => {
    const status = await team.status();
    const [item = ''] = itemsAbout(run, status);
    expect(status.timeline.map(({ refused }) => refused[item])).toContain(IGNORED);
  });
}

function itemsAbout(run: string, { timeline }: ModelDetail): string[] {
  return timeline.flatMap(({ items }) => items).filter((item) => item.includes(run));
}

/** As a job does whose last step registers a good model; answers its name when it has completed. */
async function registersItself(team: TrainedTeam, run: string): Promise<string> {
  team.hold();
  const completed = team.trainByHand(run, '2');
  const place = await uploadText(stack, team.azure, `models/${team.model}/2/model.json`, JSON.stringify(GOOD));
  const properties = { modelType: 'custom_model', jobName: run, modelUri: place.replace(/\/model\.json$/, '') };
  await team.azure.put(`/models/${team.model}/versions/2`, { properties });
  team.letGo();
  return completed;
}
