import { factKey } from '../core/names.ts';
import { monitorNeeds } from '../core/training/monitor.ts';
import { takesIn } from '../core/training/takesIn.ts';
import type { DataAssets, Monitors } from '../ports/training.ts';
import { takeOnce, type FoundDeps } from './found.ts';
import type { Listed } from './listing.ts';

export interface TrainingListingDeps extends FoundDeps {
  readonly dataAssets: DataAssets;
  readonly monitors: Monitors;
}

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

/**
 * The newest run of the endpoint's monitor, once it has ended and when it was not judged yet, whether the policy trains on
 * it or not. A run that found something is told by an event, which may get lost; one that found nothing is told by none,
 * and ends what broken data holds up.
 */
export async function findMonitorRuns({ key, policy, workspace, publishedAt, lifecycle, watched }: Listed, deps: TrainingListingDeps): Promise<void> {
  const { monitor: wanted } = monitorNeeds([], policy);
  // A monitor that the policy names may be one without a target.
  if (wanted.name === undefined && !(await watched(workspace)).includes(policy.endpoint.toLowerCase())) return;
  const monitor = await deps.monitors.monitor(workspace, policy.endpoint, { ...wanted, runs: 1 });
  if ('names' in monitor) return;
  const known = Date.parse(lifecycle?.trained?.judgedRun?.at ?? publishedAt);
  const newest = (monitor.found === 'one' ? [monitor] : monitor.monitors).flatMap(({ runs }) => runs.slice(0, 1));
  for (const { run } of newest.filter(({ ended, at }) => ended && Date.parse(at) > known))
    await takeOnce(key, factKey.monitorRan(workspace, run), { kind: 'monitorRan', run }, deps);
} // prettier-ignore
