import { trainingJobName } from '../names.ts';
import { step } from '../release/transitions.ts';
import type { Step, TrainingFacts, TrainingNeeds, TrainingPlanFact } from '../step.ts';
import { hasExpired, releasedSince, unanswered } from './causes.ts';
import { collect, collectNeeds } from './collect.ts';
import { mayNot, mayNotWith, type Wish } from './controls.ts';
import { goesTo, handOver, handOverNeeds } from './handOver.ts';
import { submitAction } from './job.ts';
import { NOTHING_REMEMBERED, remember, startsWithin } from './memory.ts';
import { startedNotice } from './notices.ts';
import { giveUp, refuse, withoutRequest } from './refuse.ts';
import type { Training } from './state.ts';

const JOB_LOOK_MS = 60_000;

export interface RequestInput extends Wish {
  readonly facts: TrainingFacts;
  readonly policyHash: string;
}

/** The facts that the request wants now: none while something stands in its way that needs none. */
export function requestNeeds(wish: Wish): TrainingNeeds {
  const { training, lifecycle } = wish;
  if (goesTo(wish) !== undefined) return handOverNeeds(wish);
  if (mayNot(wish)) return {};
  const champion = lifecycle.champion?.version;
  return { plan: { from: training.from, ...(champion === undefined ? {} : { champion }) }, ...collectNeeds(wish) };
}

/** The one request there is: answered, handed over, refused for now, or submitted. */
export function decideRequest(input: RequestInput): Step {
  const { lifecycle, request, now } = input;
  const expired = hasExpired(request, now);
  const left = unanswered(request, releasedSince(lifecycle));
  if (expired) return giveUp(input);
  if (!left) return step(withoutRequest(lifecycle), { rules: ['request.answered'] });
  const wish = { ...input, request: left, lifecycle: { ...lifecycle, request: left } };
  const to = goesTo(wish);
  if (to !== undefined) return handOver(wish, to);
  const no = mayNot(wish);
  if (no) return refuse(wish, no);
  const { plan } = input.facts;
  const away = input.facts.away?.plan;
  if (away) return refuse(wish, { reason: 'unreachable', sentence: away.reason });
  if (!plan) return step(wish.lifecycle, { lookInMs: 0 });
  const first = collect(wish, plan);
  if (first) return first;
  const still = mayNotWith(wish, plan);
  return still ? refuse(wish, still) : submit(wish, plan, plan.source ?? '');
}

/** The request becomes a training: what it is made from is in the row before anything is asked of Azure. */
function submit(input: RequestInput, plan: TrainingPlanFact, source: string): Step {
  const { lifecycle, request, policyHash, now, training: policy } = input;
  const at = now.toISOString();
  const number = (lifecycle.counters.training ?? 0) + 1;
  const training: Training = {
    number, phase: 'submitted', phaseSince: at, since: at, policy: policyHash, causes: request.causes, more: request.more,
    job: trainingJobName(lifecycle, number, 1), attempt: 1, submittedAt: at, source, from: policy.from, pins: plan.pins, unpinned: plan.unpinned, spentMinutes: 0,
    ...(plan.compute === undefined ? {} : { compute: plan.compute }), ...(plan.commit === undefined ? {} : { commit: plan.commit }),
  }; // prettier-ignore
  const starts = startsWithin((lifecycle.trained ?? NOTHING_REMEMBERED).starts, policy.budget.perMs, now);
  const counted = { ...withoutRequest(lifecycle), training, counters: { ...lifecycle.counters, training: number } };
  return step(remember(counted, { starts: [...starts, at] }), {
    actions: [submitAction(training)],
    notices: [startedNotice(counted, training, now)],
    rules: ['training.submit'],
    lookInMs: JOB_LOOK_MS,
  });
}
