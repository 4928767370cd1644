import type { Known } from '../decide.ts';
import type { Lifecycle } from '../lifecycle.ts';
import { adopted } from '../release/traffic.ts';
import { elapsedMs, step } from '../release/transitions.ts';
import type { Facts, Needs, Step, TrainingFacts, TrainingNeeds, Unreachable } from '../step.ts';
import { isOutside } from '../training/causes.ts';
import { mayNot } from '../training/controls.ts';
import { refuse, withoutRequest } from '../training/refuse.ts';
import { end, followJob, jobNeeds, type JobInput } from '../training/job.ts';
import { judgeMonitor, monitorNeeds } from '../training/monitor.ts';
import { giveUpOutside, judgeOutside, outsideNeeds } from '../training/outside.ts';
import { register, registerNeeds } from '../training/register.ts';
import { decideRequest, requestNeeds } from '../training/request.ts';
import type { Training } from '../training/state.ts';
import { takeVersion } from './items.ts';

const UNREACHABLE_LOOK_MS = 60_000;
/** Nothing is lost by a monitor that is read later: the sweep looks for its runs as well. */
const MONITOR_LOOK_MS = 15 * 60_000;
const LONGEST_LOOK_MS = 3_600_000;
/** A job that nothing can be learned about is given up so long after its deadline. */
const SILENCE_MS = 24 * 3_600_000;
const NO_DEADLINE_MS = 12 * 3_600_000;

type Situation = Pick<Known, 'lifecycle' | 'policy' | 'estate' | 'now'>;

/** Facts for what trains or asks for training. A model that nothing asks about costs no call. */
export function trainingNeeds(situation: Situation): Pick<Needs, 'training' | 'endpoint' | 'deployments'> {
  const { lifecycle, policy } = situation;
  const { request, training, trained, champion } = lifecycle;
  const hints = trained?.hints ?? [];
  const wish = request && policy.training ? { ...situation, request, training: policy.training } : undefined;
  const monitored = hints.length > 0 || (wish !== undefined && trained?.badData !== undefined);
  const needs: TrainingNeeds = {
    ...(monitored ? monitorNeeds(hints, policy) : {}),
    ...(training ? jobOrResult(training, situation) : {}),
    ...(training ? {} : outsideNeeds(lifecycle)),
    ...(wish && !training ? requestNeeds(wish) : {}),
  };
  // Who serves is known from the first release on; a training may be asked for before that.
  const meet = wish && !champion && !lifecycle.release ? { endpoint: true, deployments: true } : {};
  return Object.keys(needs).length === 0 ? meet : { training: needs, ...meet };
}

/** A version that begins its release meanwhile may come from a step of the job, whose name says nothing. */
function jobOrResult(training: Training, { lifecycle: { release }, policy }: Situation): TrainingNeeds {
  const result = registerNeeds(training, policy.training);
  if (training.phase === 'registering') return result;
  return { ...jobNeeds(training), ...(release?.phase === 'registered' ? result : {}) };
}

/** What follows for training once the release has had its turn; adds to what it decided. */
export function train(known: Known, released: Step, facts: Facts): Step {
  const { now } = known;
  const { unreachable } = released.lifecycle.conditions;
  // Azure asked to be left alone, and was: the look that the release waits for is ours as well.
  if (unreachable && Date.parse(unreachable.until) > now.getTime()) return released;
  const after = go(known, released.lifecycle, facts, facts.training ?? {});
  const looks = [released.lookInMs, after.lookInMs].filter((ms) => ms !== undefined);
  return {
    ...released, lifecycle: after.lifecycle, actions: after.actions, notices: [...released.notices, ...after.notices],
    rules: [...released.rules, ...after.rules], ...(after.ledger ? { ledger: after.ledger } : {}),
    ...(looks.length === 0 ? {} : { lookInMs: Math.min(...looks) }),
  };
} // prettier-ignore

/** The monitor first, for it may ask for a training; then the one under way, or else a run of the team's own and the request. */
function go(known: Known, lifecycle: Lifecycle, facts: Facts, said: TrainingFacts): Step {
  const { policy, now } = known;
  const met = lifecycle.champion || lifecycle.release ? lifecycle : (adopted(lifecycle, facts, now) ?? lifecycle);
  const asked = known.lifecycle.trained?.hints ?? [];
  const heard = hear(
    said.monitor ? judgeMonitor(met, policy, { monitor: said.monitor, asked }, now) : step(met),
    said.away?.monitor,
  );
  const taken = heard.lifecycle.training ? step(heard.lifecycle) : lookAtOutside(known, heard.lifecycle, said);
  const row = taken.lifecycle;
  // A plan that was made without the champion knows neither its job nor its data.
  const { plan: _, ...unplanned } = said;
  const then = row.training
    ? behind(known, follow(known, row, row.training, said))
    : ask(known, row, met === lifecycle ? said : unplanned);
  const looks = [heard.lookInMs, taken.lookInMs, then.lookInMs].filter((ms) => ms !== undefined);
  return {
    ...then,
    notices: [...heard.notices, ...then.notices],
    rules: [...heard.rules, ...taken.rules, ...then.rules],
    ...(looks.length === 0 ? {} : { lookInMs: Math.min(...looks) }),
  };
}

/** The fact is about the run that stood first before this pass. */
function lookAtOutside({ lifecycle: before, policy, policyHash, trainingHash = policyHash, now }: Known, lifecycle: Lifecycle, { job, away }: TrainingFacts): Step {
  if (away?.job && (lifecycle.trained?.outside ?? []).length > 0) return { ...giveUpOutside(lifecycle, now), lookInMs: waitMs(away.job, UNREACHABLE_LOOK_MS) };
  const asked = before.trained?.outside?.[0]?.run;
  return judgeOutside({ lifecycle, policy, policyHash: trainingHash, asked, job, now });
} // prettier-ignore

/** A hint that came in this pass is read in the next; one whose run has not ended, or cannot be read, waits for its own look. */
function hear(heard: Step, away: Unreachable | undefined): Step {
  const waits = (heard.lifecycle.trained?.hints ?? []).length > 0;
  if (waits && away)
    return { ...heard, rules: [...heard.rules, 'monitor.unreachable'], lookInMs: waitMs(away, MONITOR_LOOK_MS) };
  return waits && heard.lookInMs === undefined ? { ...heard, lookInMs: 0 } : heard;
}

function follow(known: Known, lifecycle: Lifecycle, training: Training, facts: TrainingFacts): Step {
  const { now } = known;
  const away = training.phase === 'registering' ? facts.away?.result : facts.away?.job;
  if (away) return cannotTell(known, lifecycle, training, away);
  const waitMsLeft = training.notBefore === undefined ? 0 : Date.parse(training.notBefore) - now.getTime();
  if (waitMsLeft > 0) return step(lifecycle, { lookInMs: waitMsLeft });
  const input: JobInput = { lifecycle, training, policy: known.policy.training, facts, now };
  if (training.phase !== 'registering') return followJob(input);
  // A run of the team's own may be told long after its version was handled: only one that is new goes on.
  const source = isOutside(training) ? 'listing' : 'event';
  return register(input, (row, version) => takeVersion(row, version, source, now).lifecycle);
}

/** What asks for a training beside the one under way says what it waits for; that one has the look. */
function behind({ policy, estate, now }: Known, followed: Step): Step {
  const { lifecycle } = followed;
  const { request, training } = lifecycle;
  if (!request || !training || !policy.training) return followed;
  const wish = { lifecycle, request, policy, training: policy.training, estate, now };
  const no = mayNot(wish);
  if (!no) return followed;
  const waits = refuse(wish, no);
  return { ...followed, lifecycle: waits.lifecycle, rules: [...followed.rules, ...waits.rules] };
}

function ask(known: Known, lifecycle: Lifecycle, facts: TrainingFacts): Step {
  const { policy, estate, policyHash, now } = known;
  const { request } = lifecycle;
  if (!request) return step(lifecycle);
  if (!policy.training) return step(withoutRequest(lifecycle), { rules: ['request.noTraining'] });
  return decideRequest({ lifecycle, request, policy, training: policy.training, estate, facts, policyHash: known.trainingHash ?? policyHash, now });
} // prettier-ignore

/** The job could not be read: nothing is decided but when to look again. A training under way still ends some day. */
function cannotTell({ policy, now }: Known, lifecycle: Lifecycle, training: Training, away: Unreachable): Step {
  const limitMs = (policy.training?.deadline.finishMs ?? NO_DEADLINE_MS) + SILENCE_MS;
  if (elapsedMs(training.submittedAt, now) <= limitMs) return step(lifecycle, { lookInMs: waitMs(away, UNREACHABLE_LOOK_MS) });
  return end({ lifecycle, training, now }, { end: 'failed', cause: 'unreachable', sentence: `Nothing could be learned about the job ${training.job} for too long: ${away.reason}` });
} // prettier-ignore

function waitMs({ retryAfterMs }: Unreachable, leastMs: number): number {
  return Math.min(LONGEST_LOOK_MS, Math.max(leastMs, retryAfterMs ?? 0));
}
