import { expect, test } from 'vitest';
import { publishTo } from '../../src/cli/policy/publication.ts';
import { takeCommand } from '../../src/lib/intake/commands.ts';
import { command, iso, KEY, MINUTE_MS, registered } from './core/given.ts';
import { estateFrom, policyFrom, workspaceId } from './core/policy/given.ts';
import { ESTATE, newRig, POLICY, WORKSPACE, type Rig } from './rig.ts';
import { arrange, finds, ours, tell, TRAINING, watched } from './trainingRig.ts';

async function publish(rig: Rig, text: string, estate = ESTATE): Promise<void> {
  const files = { 'smoke.json': '{"text": "hello"}' };
  const { kind } = await publishTo(rig.store.policies, [policyFrom(text, 'p.yaml', files)], estateFrom(estate), rig.clock.now()); // prettier-ignore
  expect(kind).toBe('published');
}

test('a release keeps the policy that it began under, and what is trained beside it follows the current one', async () => {
  const rig = await newRig();
  arrange(rig, WORKSPACE);
  rig.twins.models.register(WORKSPACE, 'spam-filter', '7', { at: rig.clock.now() });
  await tell(rig, registered('7'));
  await rig.live(MINUTE_MS);
  const began = (await rig.row())?.release;
  expect(began?.version).toBe('7');
  await publish(rig, `${POLICY.replace('bake: 10m', 'bake: 20m')}${TRAINING}`);
  await rig.live(MINUTE_MS);
  await tell(rig, command('retrain'));
  await rig.live(MINUTE_MS);
  expect(ours(rig)).toHaveLength(1);
  expect((await rig.row())?.release).toMatchObject({ number: began?.number, policy: began?.policy });
  await publish(rig, POLICY);
  await rig.live(MINUTE_MS);
  await tell(rig, command('retrain'));
  await rig.live(MINUTE_MS);
  expect((await rig.load()).lifecycle?.request).toBeUndefined();
});

test('broken data holds what new data asks for, and the next clean run, which no event tells, ends that', async () => {
  const rig = await watched('training: {from: {job: train-spam}, when: {newData: mails}, cooldown: 30m}\n');
  rig.clock.nowMs = Date.parse(iso(MINUTE_MS));
  finds(rig, 'm1', 'quality');
  await listed(rig, 15);
  expect((await rig.row())?.trained?.badData).toMatchObject({ run: 'm1', monitor: 'spam-monitor' });
  rig.twins.dataAssets.all.get(`${WORKSPACE}|mails`)?.push({ version: '15', createdAt: iso(20 * MINUTE_MS) });
  await listed(rig, 30);
  expect([(await rig.row())?.request?.refused?.reason, ours(rig)]).toEqual(['badData', []]);
  rig.clock.nowMs = Date.parse(iso(40 * MINUTE_MS));
  finds(rig, 'm2', 'none');
  await listed(rig, 45);
  expect((await rig.row())?.training?.causes).toMatchObject([{ version: '14' }, { kind: 'newData', version: '15' }]);
});

test('a monitor that fails, of which no event tells, is found and told', async () => {
  const rig = await watched();
  const runs = rig.twins.monitors.all.get(`${WORKSPACE}|spam-monitor`)?.runs;
  for (const minute of [10, 25]) {
    runs?.push({ run: `m${minute}`, at: iso(minute * MINUTE_MS), ended: true, incomplete: true, breaches: [] });
    await listed(rig, minute + 5);
  }
  const notices = (await rig.load()).outbox.map(({ delivery: { notice } }) => notice);
  expect(notices).toMatchObject([{ kind: 'monitorTrouble', cause: 'failing' }]);
});

/** The sweep ran at this minute, and what it found was looked at. */
async function listed(rig: Rig, minute: number): Promise<void> {
  rig.clock.nowMs = Date.parse(iso(minute * MINUTE_MS));
  await rig.sweep();
  await rig.live(MINUTE_MS);
}

const TWO = ESTATE.replace(
  'environment: prod}}',
  `environment: prod}, ml-dev: {id: ${workspaceId('ml-dev')}, environment: dev}}`,
);
const BOTH = `${POLICY.replace('spam-online}}', 'spam-online}, dev: {workspace: ml-dev, endpoint: spam-dev}}')}${TRAINING}`;

test('a training under way is followed, and can be stopped, although its environment is no more in the policy', async () => {
  const rig = await newRig({ policy: BOTH, estate: TWO });
  arrange(rig, WORKSPACE);
  await tell(rig, command('retrain'));
  await rig.live(MINUTE_MS);
  expect(ours(rig)).toHaveLength(1);
  await publish(rig, BOTH.replace('prod: {workspace: ml-prod, endpoint: spam-online}, ', ''), TWO);
  await rig.live(MINUTE_MS);
  const asked = { key: KEY, name: 'reject', idempotencyKey: 'k', body: { actor: 'ada', reason: 'r', training: 1 } };
  expect(await takeCommand(asked, rig.deps)).toMatchObject({ status: 202 });
  await rig.live(3 * MINUTE_MS);
  expect((await rig.row())?.trained?.ended).toMatchObject([{ number: 1, end: 'canceled', cause: 'command' }]);
});
