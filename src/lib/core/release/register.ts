import type { Arrived } from '../handOver/state.ts';
import type { Lifecycle } from '../lifecycle.ts';
import { broughtId } from '../names.ts';
import type { Origin } from '../origin.ts';
import { originOf } from '../training/lineage.ts';
import {
  servedVersion,
  type DeploymentFact,
  type EndpointFact,
  type Facts,
  type Stage,
  type StageInput,
  type Step,
} from '../step.ts';
import { compareVersions } from '../versions.ts';
import type { Release } from './state.ts';
import { adopted } from './traffic.ts';
import { endRelease, moveTo, step, tell, withRelease } from './transitions.ts';

const BUSY_LOOK_MS = 15_000;
/** Held until a person acts; a person may also act in the portal. */
const HELD_LOOK_MS = 60_000;

/** Phase `registered`: is there something to release, and who serves now? */
export const register: Stage = {
  needs: (_lifecycle, release) => ({ version: release.version, endpoint: true, deployments: true }),
  decide(input) {
    const { lifecycle, release, facts, policy, now } = input;
    const abort = (cause: string, sentence: string, row: Lifecycle = lifecycle) =>
      endRelease(row, release, now, { end: 'aborted', cause, sentence, tell: {} });
    if (facts.version === 'absent')
      return abort('noVersion', `Version ${release.version} does not exist in the workspace.`, withoutNewest(input));
    if (facts.version?.archived) return abort('archived', `Version ${release.version} is archived.`);
    if (facts.endpoint === 'absent') {
      // One that was there and is gone was deleted by somebody, who may have had a reason.
      const first = policy.rollout.deployment.createEndpoint !== undefined && !lifecycle.traffic;
      return first ? begin(input, 'register.noEndpoint') : abort('noEndpoint', noEndpoint(policy.endpoint));
    }
    if (!facts.endpoint || !facts.deployments) return step(lifecycle, { lookInMs: BUSY_LOOK_MS });
    if (!lifecycle.traffic) return adopt(input, facts.endpoint, facts.deployments);
    return begin(input);
  },
};

/** What is not there must not hide from the sweep what is. */
function withoutNewest({ lifecycle, release }: StageInput): Lifecycle {
  const { newestVersion, ...rest } = lifecycle;
  return newestVersion === release.version ? rest : lifecycle;
}

function noEndpoint(endpoint: string): string {
  return `There is no endpoint ${endpoint}. Create it, or let the policy do so with a first deployment (rollout.deployment: createEndpoint, instanceType).`;
}

/**
 * An endpoint never seen before: its champion is the one deployment that has all traffic, when its model is the
 * policy's. Anything else is not ours to guess.
 */
function adopt(input: StageInput, endpoint: EndpointFact, deployments: readonly DeploymentFact[]): Step {
  const { lifecycle, release, facts, now } = input;
  if (endpoint.state === 'busy') return step(lifecycle, { rules: ['adopt.busy'], lookInMs: BUSY_LOOK_MS });
  const serving = Object.entries(endpoint.traffic).filter(([, percent]) => percent > 0);
  if (serving.length === 0) return begin(input, 'adopt.noChampion');
  const known = adopted(lifecycle, facts, now);
  if (known) return begin({ ...input, lifecycle: known }, 'adopt.champion');
  const [name] = serving[0] ?? [''];
  const champion = deployments.find((deployment) => deployment.name === name);
  const reason = champion && servedVersion(champion, lifecycle.model) === undefined
    ? `deployment ${name} serves another model`
    : 'traffic is split, and nobody said which deployment is the champion'; // prettier-ignore
  const held: Lifecycle = {
    ...lifecycle,
    conditions: { ...lifecycle.conditions, held: { since: now.toISOString(), reason, live: endpoint.traffic } },
  };
  const notices = lifecycle.conditions.held
    ? []
    : [tell(lifecycle, release, now, 'trafficHeld', 'decide', { sentence: reason, live: endpoint.traffic })];
  return step(held, { notices, rules: ['adopt.held'], lookInMs: HELD_LOOK_MS });
}

function begin({ lifecycle: before, release: asked, facts, policy, now }: StageInput, ...rules: string[]): Step {
  // What was unclear at the first meeting is clear now.
  const { held: _, ...conditions } = before.conditions;
  const came = broughtHere(before, asked.version, facts);
  const lifecycle: Lifecycle = { ...before, conditions, ...(came ? withoutOrigin(before) : {}) };
  const { champion } = lifecycle;
  const job = facts.version === 'absent' ? undefined : facts.version?.jobName;
  const left = facts.training?.result?.version;
  const made = came ? cameFrom(came) : originOf(before, asked.version, { run: job, left });
  // Judged anew, it comes from where it came.
  const release = { ...asked, origin: asked.origin ?? { ...registrar(facts.version), ...made } };
  if (champion?.version === release.version) {
    return endRelease(lifecycle, release, now, {
      end: 'aborted',
      cause: 'alreadyServes',
      sentence: `Version ${release.version} serves already.`,
    });
  }
  if (champion && isOutrun(release, champion.version)) {
    return endRelease(lifecycle, release, now, {
      end: 'superseded',
      cause: 'newerServes',
      sentence: `Version ${champion.version} is newer, and serves.`,
      tell: {},
    });
  }
  if (!release.breakGlass && (!policy.gate || !policy.evaluation)) {
    return endRelease(lifecycle, release, now, {
      end: 'rejected',
      cause: 'noGate',
      sentence: 'The policy has no gate: versions are told, never released.',
      tell: {},
    });
  }
  const known = champion
    ? { ...release, fallback: { version: champion.version, deployment: champion.deployment } }
    : release;
  return step(moveTo(withRelease(lifecycle, known), known, 'evaluating', now), {
    rules: [...rules, 'register.evaluate'],
    lookInMs: 0,
  });
}

/** By break-glass or by hand something newer may have gone past it. An Admin who names an older version means it. */
function isOutrun({ version, breakGlass }: Release, champion: string): boolean {
  return !breakGlass && compareVersions(version, champion) < 0;
}

/** Its own event may come before it is known to have arrived. */
function broughtHere(lifecycle: Lifecycle, version: string, facts: Facts): Brought | undefined {
  const { arrived, arriving } = lifecycle;
  if (arrived?.as === version) return arrived;
  const tags = facts.version === 'absent' ? undefined : facts.version?.tags;
  const ours = arriving && tags?.['stewardId'] === broughtId(lifecycle, arriving.from, arriving.version);
  return ours ? arriving : undefined;
}

type Brought = Pick<Arrived, 'from' | 'version' | 'origin'>;

function registrar(version: StageInput['facts']['version']): Pick<Origin, 'registeredBy'> {
  const by = version === 'absent' ? undefined : version?.registeredBy;
  return by === undefined ? {} : { registeredBy: by };
}

/** It came with the version; its training is in the row of the environment that trained. */
function cameFrom({ from, version, origin }: Brought): Origin {
  return { ...origin, from: { environment: from, version } };
}

/** The release has it from now on. */
function withoutOrigin({ arrived }: Lifecycle): Pick<Lifecycle, 'arrived'> {
  if (!arrived) return {};
  const { origin: _, ...known } = arrived;
  return { arrived: known };
}
