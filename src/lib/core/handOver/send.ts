import { startedBy } from '../approval.ts';
import { metDemands } from '../gate/demands.ts';
import type { Lifecycle } from '../lifecycle.ts';
import type { ClosedRelease } from '../release/state.ts';
import { factKey } from '../names.ts';
import type { EnvironmentPolicy } from '../policy/policy.ts';
import type { Origin } from '../origin.ts';
import { step } from '../release/transitions.ts';
import { withoutFeatures } from '../training/shorten.ts';
import type { Facts, HandOverNeeds, Step } from '../step.ts';

const LOOK_MS = 60_000;
const CAUSES_HANDED_ON = 3;

/** What ended as released goes on to the environments after this one. Who goes is saved before anybody is told. */
export function handOn(lifecycle: Lifecycle, closed: ClosedRelease, { handsTo, bring }: EnvironmentPolicy): Lifecycle {
  if (closed.end !== 'released' || handsTo.length === 0) return lifecycle;
  const { number: release, version, artifact, gate } = closed.release;
  const starters = startedBy(closed.release);
  const { met: before = [], ...from } = inBrief(closed.release.origin ?? {});
  // What was found before a pipeline brought it was found of files that nobody compared with these.
  const met = [...new Set([...(bring === undefined ? before : []), ...metDemands(gate?.reasons ?? [])])];
  const origin = {
    ...from,
    ...(starters.length > 0 ? { startedBy: starters } : {}),
    ...(met.length > 0 ? { met } : {}),
  };
  const judged = artifact?.verifiable === true ? { artifact: artifact.digest } : {};
  return { ...lifecycle, sending: { release, version, ...judged, origin, to: handsTo } };
}

/** Why it was trained, without the measured numbers: those stay in the ledger of the environment that trained. */
function inBrief(origin: Origin): Origin {
  const { causes, more = 0 } = origin;
  if (!causes) return origin;
  const left = Math.max(0, causes.length - CAUSES_HANDED_ON);
  return { ...origin, causes: causes.slice(0, CAUSES_HANDED_ON).map(withoutFeatures), more: more + left };
}

/** Do they know it by now? */
export function sendNeeds({ sending, ...key }: Lifecycle): HandOverNeeds {
  if (!sending) return {};
  return { know: { of: sending.to, factKey: factKey.versionHandedOver(key, sending.release, sending.version) } };
}

/** A version that is taken back here goes nowhere any more; who knows it already goes on. */
export function withdraw({ sending, ...rest }: Lifecycle, version: string): Lifecycle {
  return sending && sending.version !== version ? { ...rest, sending } : rest;
}

/** Told again until each of them knows. */
export function send(lifecycle: Lifecycle, facts: Facts, { handsTo }: EnvironmentPolicy): Step {
  const { sending, ...rest } = lifecycle;
  if (!sending) return step(lifecycle);
  const { know, away } = facts.handOver ?? {};
  if (away?.know) return step(lifecycle, { rules: ['handOver.unreachable'], lookInMs: LOOK_MS });
  if (!know) return step(lifecycle, { lookInMs: 0 });
  // Who has left the policy meanwhile has nobody to take it.
  const left = sending.to.filter((environment) => handsTo.includes(environment) && !know.includes(environment));
  if (left.length === 0) return step(rest, { rules: ['handOver.told'] });
  const { to: _, ...version } = sending;
  return step(
    { ...lifecycle, sending: { ...sending, to: left } },
    {
      actions: left.map((to) => ({ do: 'handOverVersion', to, ...version })),
      rules: [`handOver.tell ${left.join(', ')}`],
      lookInMs: LOOK_MS,
    },
  );
}
