import {
  isVerified,
  sameRouting,
  sameSplit,
  wanted,
  type Lifecycle,
  type Served,
  type Split,
  type Traffic,
} from '../lifecycle.ts';
import type { Notice } from '../notice.ts';
import {
  routingOf,
  servedVersion,
  type Action,
  type DeploymentFact,
  type EndpointFact,
  type Facts,
  type Step,
} from '../step.ts';
import { step } from './transitions.ts';

/** A person may also act in the portal. */
const HELD_LOOK_MS = 60_000;

/**
 * Whose change is it, when live and mirrored traffic are looked at?
 * `ours`: as desired. `late`: a write of an older generation of ours arrived after a newer one. `pending`: still as last
 * verified, our write has not shown yet. `foreign`: somebody else moved it. `busy`: being changed, no judgement yet.
 */
export type Whose = 'ours' | 'late' | 'pending' | 'foreign' | 'busy';

export function whoseTraffic(endpoint: EndpointFact, traffic: Traffic): Whose {
  if (endpoint.state === 'busy') return 'busy';
  const { stewardSplit, stewardMirror = {}, stewardGeneration } = endpoint;
  const live = routingOf(endpoint);
  if (sameRouting(live, wanted(traffic))) return 'ours';
  const written = stewardSplit && { split: stewardSplit, mirror: stewardMirror };
  if (written && sameRouting(live, written) && (stewardGeneration ?? 0) < traffic.generation) return 'late';
  // A failed update may leave its tags and not its split; else our tags on the split before mean that a hand undid it.
  const acknowledged = endpoint.state !== 'failed' && stewardGeneration === traffic.generation;
  if (!acknowledged && traffic.verified && !isVerified(traffic) && sameRouting(live, traffic.verified))
    return 'pending';
  return 'foreign';
}

/** A new desired split: the generation rises, so that older writes of ours can be told and refused. */
export function desire(lifecycle: Lifecycle, desired: Split, mirror: Split = othersMirror(lifecycle)): Lifecycle {
  const generation = lifecycle.generation + 1;
  const { verified } = lifecycle.traffic ?? {};
  const copied = Object.keys(mirror).length > 0 ? { mirror } : {};
  return { ...lifecycle, generation, traffic: { desired, ...copied, generation, ...(verified ? { verified } : {}) } };
}

/** Copies for the challenger end with its shadow; those that a person set up and Steward took over are none of its business. */
export function othersMirror({ traffic, release }: Pick<Lifecycle, 'traffic' | 'release'>): Split {
  return besides(traffic?.mirror, release?.deployment);
}

export function besides(mirror: Split = {}, deployment: string | undefined): Split {
  return Object.fromEntries(Object.entries(mirror).filter(([name]) => name !== deployment));
}

/** The write that makes of what the endpoint shows what the row wants. */
export function writing(
  endpoint: EndpointFact,
  { desired, mirror, generation }: Traffic,
): Extract<Action, { do: 'setTraffic' }> {
  const copies =
    mirror || endpoint.mirror ? { mirror: { expected: endpoint.mirror ?? {}, desired: mirror ?? {} } } : {};
  return { do: 'setTraffic', expected: endpoint.traffic, desired, ...copies, generation };
}

/** A generation that is behind the endpoint's tag (a hand spoilt it) would be refused as stale for ever. */
export function outranking(lifecycle: Lifecycle, { stewardGeneration = 0 }: EndpointFact): Lifecycle {
  const { traffic } = lifecycle;
  if (!traffic || stewardGeneration <= traffic.generation) return lifecycle;
  const generation = Math.max(lifecycle.generation, stewardGeneration) + 1;
  return { ...lifecycle, generation, traffic: { ...traffic, generation } };
}

/** Notes that a GET showed the desired split; `at` is the first time it did. */
export function verify(lifecycle: Lifecycle, now: Date): Lifecycle {
  const { traffic } = lifecycle;
  if (!traffic || isVerified(traffic)) return lifecycle;
  return { ...lifecycle, traffic: { ...traffic, verified: { ...wanted(traffic), at: now.toISOString() } } };
}

/** `percent` for the challenger, the rest for the fallback; deployments at 0 are left out. */
export function splitFor(challenger: string, fallback: string | undefined, percent: number): Split {
  if (percent >= 100 || fallback === undefined) return { [challenger]: 100 };
  return percent <= 0 ? { [fallback]: 100 } : { [fallback]: 100 - percent, [challenger]: percent };
}

/** Somebody else's change stands until a person decides; told once for each split that is seen. */
export function hold(lifecycle: Lifecycle, endpoint: EndpointFact, now: Date): Step {
  const before = lifecycle.conditions.held;
  const { traffic: live, mirror } = endpoint;
  const copied = mirror ? { mirror } : {};
  if (before && sameRouting({ ...before, split: before.live }, routingOf(endpoint)))
    return step(lifecycle, { lookInMs: HELD_LOOK_MS });
  const { release, traffic } = lifecycle;
  const held = { since: before?.since ?? now.toISOString(), reason: changeOf(endpoint, traffic), live, ...copied };
  const notice: Notice = {
    // By the pass and not by its time: clocks of two instances differ.
    id: `held-${lifecycle.sequence + 1}`, kind: 'trafficHeld', audience: 'decide', environment: lifecycle.environment,
    model: lifecycle.model, at: now.toISOString(), reasons: [], sentence: held.reason, live, expected: traffic?.desired ?? {},
    ...(mirror || traffic?.mirror ? { mirror: { live: mirror ?? {}, expected: traffic?.mirror ?? {} } } : {}),
    ...(release ? { release: release.number, version: release.version } : {}),
    ...(lifecycle.champion ? { champion: lifecycle.champion.version } : {}),
    serves: servedBy(lifecycle),
  }; // prettier-ignore
  return step(
    { ...lifecycle, conditions: { ...lifecycle.conditions, held } },
    { notices: [notice], rules: ['traffic.foreign'], lookInMs: HELD_LOOK_MS },
  );
}

function servedBy({ champion, release, retiring }: Lifecycle): Record<string, string> {
  const known = [...retiring, champion, release].map((each) => [each?.deployment, each?.version] as const);
  return Object.fromEntries(known.filter(([deployment]) => deployment !== undefined));
}

function changeOf({ traffic: live, serves }: EndpointFact, traffic: Traffic | undefined): string {
  if (serves === 'batch') return 'The default deployment was changed by somebody else.';
  return traffic && sameSplit(live, traffic.desired)
    ? 'Mirrored traffic was changed by somebody else.'
    : 'Live traffic was changed by somebody else.';
}

/** The version that has all traffic alone, when it is one of this model; undefined: not ours to guess. */
export function servingAlone(
  { traffic }: EndpointFact,
  deployments: readonly DeploymentFact[],
  model: string,
): Served | undefined {
  const [entry, ...others] = Object.entries(traffic).filter(([, percent]) => percent > 0);
  if (!entry || others.length > 0 || entry[1] !== 100) return undefined;
  const version = servedVersion(
    deployments.find(({ name }) => name === entry[0]),
    model,
  );
  return version === undefined ? undefined : { version, deployment: entry[0] };
}

/** The row with the champion that an endpoint never seen before turns out to have; undefined when that is not clear. */
export function adopted(lifecycle: Lifecycle, { endpoint, deployments }: Facts, now: Date): Lifecycle | undefined {
  if (lifecycle.traffic || !endpoint || endpoint === 'absent' || endpoint.state === 'busy' || !deployments) return undefined;
  const champion = servingAlone(endpoint, deployments, lifecycle.model);
  if (!champion) return undefined;
  const at = now.toISOString();
  const { mirror } = endpoint;
  const routing = { split: { [champion.deployment]: 100 }, ...(mirror ? { mirror } : {}) };
  return {
    ...lifecycle,
    champion: { ...champion, since: at },
    traffic: { desired: routing.split, ...(mirror ? { mirror } : {}), generation: lifecycle.generation, verified: { ...routing, at } },
  };
} // prettier-ignore
