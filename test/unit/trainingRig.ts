/** The rig with a model that is trained on what its monitor finds, and words for what happens to it. */
import { expect } from 'vitest';
import type { InboxItem } from '../../src/lib/core/inbox.ts';
import { trainingJobName } from '../../src/lib/core/names.ts';
import type { SignalKind } from '../../src/lib/core/training/state.ts';
import { DAY_MS, HOUR_MS, item, iso, KEY } from './core/given.ts';
import { newRig, POLICY, WORKSPACE, type Rig } from './rig.ts';

export const TRAINING = 'training: {from: {job: train-spam}, when: {drift: true}, cooldown: 30m}\n';
export const JOB = trainingJobName(KEY, 1, 1);
const DRIFT = { signal: 'drift', kind: 'drift', features: [{ feature: 'length', value: 0.4 }], more: 0 } as const;

/** A model that trains on findings of its monitor; the job `train-1` is the template; nothing was found yet. */
export async function watched(training = TRAINING): Promise<Rig> {
  const rig = await newRig({ policy: `${POLICY}${training}` });
  arrange(rig, WORKSPACE);
  rig.twins.monitors.all.set(`${WORKSPACE}|spam-monitor`, { endpoint: 'spam-online', runs: [] });
  return rig;
}

export function arrange({ twins: { trainings, dataAssets } }: Rig, workspace: string): void {
  trainings.all.set(`${workspace}|train-1`, {
    state: 'completed', at: new Date(iso(-2 * DAY_MS)), tags: { 'steward.template': 'train-spam' }, inputs: { data: 'azureml:mails@latest' },
    outputs: { model: 'mlflow_model' }, commit: '9c1e2b7',
  }); // prettier-ignore
  dataAssets.all.set(`${workspace}|mails`, [{ version: '14', createdAt: iso(-HOUR_MS) }]);
}

/** The monitor ran now, and one of its signals went over its threshold; or none did. */
export function finds(rig: Rig, run: string, kind: SignalKind | 'none' = 'drift'): void {
  const at = new Date(rig.clock.nowMs).toISOString();
  const breaches = kind === 'none' ? [] : [{ ...DRIFT, kind }];
  rig.twins.monitors.all.get(`${WORKSPACE}|spam-monitor`)?.runs.push({ run, at, ended: true, breaches, steps: [`${run}-drift`, `${run}-report`] }); // prettier-ignore
}

export async function tell(rig: Rig, told: InboxItem): Promise<void> {
  await rig.store.lifecycles.append(KEY, told);
  await rig.queue.look(KEY);
}

export const hint = (run: string) => item({ kind: 'monitorTold', run });
export const jobOf = (rig: Rig, name = JOB, workspace = WORKSPACE) =>
  rig.twins.trainings.all.get(`${workspace}|${name}`);
export const ours = (rig: Rig) => [...rig.twins.trainings.all.values()].filter(({ made }) => made !== undefined);
export const count = (rig: Rig, effect: string) => rig.effects.filter((each) => each === effect).length;

/** Drift was found and told, and the job is submitted. */
export async function submitted(training = TRAINING): Promise<Rig> {
  const rig = await watched(training);
  finds(rig, 'm1');
  await tell(rig, hint('m1-drift'));
  await rig.live(10_000);
  expect(jobOf(rig)?.state).toBe('waiting');
  return rig;
}

/** The job of this name ends in this state; `version` is what it registered. */
export function ends(rig: Rig, state: 'completed' | 'failed', { name = JOB, version }: { readonly name?: string; readonly version?: string } = {}): void {
  const job = jobOf(rig, name);
  if (!job) throw new Error(`no job ${name}`);
  Object.assign(job, { state, facts: { startedAt: iso(), endedAt: new Date(rig.clock.nowMs).toISOString(), computeMinutes: 4.5 } });
  if (version !== undefined) rig.twins.models.register(WORKSPACE, 'spam-filter', version, { jobName: name, at: rig.clock.now() });
} // prettier-ignore
