import type { Happening } from '../core/inbox.ts';
import { factKey } from '../core/names.ts';
import type { MonitorFact } from '../core/step.ts';
import { monitorNeeds } from '../core/training/monitor.ts';
import { unwatched } from '../core/training/monitorTrouble.ts';
import { isWatched, takesIn } from '../core/training/takesIn.ts';
import { ofKind } from '../core/policy/serves.ts';
import type { Endpoints } from '../ports.ts';
import { RUNS_KEPT, trainsFrom } from '../core/training/outside.ts';
import type { DataAssets, Monitors, Trainings } from '../ports/training.ts';
import { takeOnce, type FoundDeps } from './found.ts';
import { listingSlot, type Listed } from './place.ts';

export interface TrainingListingDeps extends FoundDeps {
  readonly dataAssets: DataAssets;
  readonly monitors: Monitors;
  readonly trainings: Pick<Trainings, 'completed'>;
  readonly endpoints: Pick<Endpoints, 'endpoint'>;
  readonly batchEndpoints: Pick<Endpoints, 'endpoint'>;
}

/** Whoever publishes the policy before the monitor has so long until people are told that there is none. */
const SET_UP_MS = 3_600_000;
/** Far longer than events are late, and far less than it is remembered which runs were taken in. */
const RUNS_SOUGHT_MS = 7 * 24 * SET_UP_MS;
/** Of one endpoint; an inbox item must stay small. */
const NAMES_TOLD = 20;

/** A version of the data that the policy trains on; one that was there before the policy is no news. */
export async function findData({ key, policy, whole, workspace, publishedAt, lifecycle }: Listed, deps: TrainingListingDeps): Promise<void> {
  const data = policy.training?.when.newData;
  if (data === undefined || !takesIn(whole, policy, 'newData')) return;
  const newest = await deps.dataAssets.newest(workspace, data);
  if (!newest || Date.parse(newest.createdAt) <= Date.parse(publishedAt)) return;
  const { version } = newest;
  if (version === lifecycle?.trained?.dataVersion) return;
  await takeOnce(key, factKey.newData(workspace, data, version), { kind: 'newData', data, version }, deps);
} // prettier-ignore

/** A run of the team's own whose event got lost. One that began before the policy said so is the team's own business. */
export async function findOutsideRuns({ key, policy, workspace, changedAt }: Listed, deps: TrainingListingDeps): Promise<void> {
  const { from, unregistered } = policy.training ?? {};
  if (unregistered !== 'register' || from?.kind !== 'job' || !trainsFrom(policy, from.job)) return;
  const since = new Date(Math.max(Date.parse(changedAt), deps.clock.now().getTime() - RUNS_SOUGHT_MS));
  for (const run of await deps.trainings.completed(workspace, from.job, { since, most: RUNS_KEPT }))
    await takeOnce(key, factKey.run(workspace, run, 'Completed'), { kind: 'outsideRun', run }, deps);
} // prettier-ignore

/**
 * The newest run of the endpoint's monitor, once it has ended and when it was not judged yet, whether the policy trains on
 * it or not. A run that found something is told by an event, which may get lost; one that found nothing is told by none,
 * and ends what broken data holds up.
 */
export async function findMonitorRuns(listed: Listed, deps: TrainingListingDeps): Promise<void> {
  const { key, workspace, publishedAt, lifecycle } = listed;
  const monitor = await readNewest(listed, deps);
  if ('names' in monitor) return findUnwatched(listed, monitor, deps);
  if (lifecycle?.trained?.monitorTold !== undefined) await takeSeen(listed, { found: 'some', names: [] }, deps);
  const known = Date.parse(lifecycle?.trained?.judgedRun?.at ?? publishedAt);
  const newest = (monitor.found === 'one' ? [monitor] : monitor.monitors).flatMap(({ runs }) => runs.slice(0, 1));
  for (const { run } of newest.filter(({ ended, at }) => ended && Date.parse(at) > known))
    await takeOnce(key, factKey.monitorRan(workspace, run), { kind: 'monitorRan', run }, deps);
}

async function readNewest({ policy, workspace, watched }: Listed, { monitors }: TrainingListingDeps): Promise<MonitorFact> {
  const { monitor: wanted } = monitorNeeds([], policy);
  // Targets of monitors are online endpoints, a namesake of which is none of ours.
  if (wanted.name === undefined && policy.serves === 'batch') return { found: 'none', names: [] };
  // A monitor that the policy names may be one without a target.
  if (wanted.name === undefined && !(await watched(workspace)).includes(policy.endpoint.toLowerCase())) return { found: 'none', names: [] };
  return monitors.monitor(workspace, policy.endpoint, { ...wanted, runs: 1 });
} // prettier-ignore

/** Nobody watches a model that is to be trained on drift: it would stay as it is, and nobody would know. */
async function findUnwatched(
  listed: Listed,
  fact: Extract<MonitorFact, { found: 'none' | 'several' }>,
  deps: TrainingListingDeps,
): Promise<void> {
  const { policy, whole, workspace, changedAt, lifecycle } = listed;
  const sentence = unwatched(policy, fact);
  if (sentence === undefined || sentence === lifecycle?.trained?.monitorTold || !isWatched(whole, policy)) return;
  if (deps.clock.now().getTime() - Date.parse(changedAt) < SET_UP_MS) return;
  // A monitor watches a deployment: without an endpoint there is nothing to miss.
  const endpoints = ofKind(policy, { online: deps.endpoints, batch: deps.batchEndpoints });
  if ((await endpoints.endpoint(workspace, policy.endpoint)) === 'absent') return;
  await takeSeen(listed, fact, deps);
}

async function takeSeen({ key }: Listed, { found, names }: Omit<Extract<Happening, { kind: 'monitorsSeen' }>, 'kind'>, deps: TrainingListingDeps): Promise<void> {
  const slot = listingSlot(deps.clock.now());
  await takeOnce(key, factKey.monitorsSeen(found, slot), { kind: 'monitorsSeen', found, names: names.slice(0, NAMES_TOLD) }, deps);
} // prettier-ignore
