import { factKey } from '../names.ts';
import { step } from '../release/transitions.ts';
import type { Action, Step, TrainingFacts, TrainingNeeds } from '../step.ts';
import { only } from './causes.ts';
import { holds, type Wish } from './controls.ts';
import { refuse, withoutRequest } from './refuse.ts';
import type { TrainingRequest } from './state.ts';

const LOOK_MS = 60_000;
type Handing = NonNullable<TrainingRequest['handOver']>;

/** The environment that trains, when it is not this one. */
export function trainsElsewhere({ policy, training }: Pick<Wish, 'policy' | 'training'>): string | undefined {
  return training.in !== undefined && training.in !== policy.environment ? training.in : undefined;
}

/** Where the causes go: a hand-over that has begun is finished before anything else, whatever the policy says by now. */
export function goesTo(wish: Pick<Wish, 'policy' | 'training' | 'request'>): string | undefined {
  return wish.request.handOver?.to ?? trainsElsewhere(wish);
}

/** Does the other environment know what was handed over? */
export function handOverNeeds({ request: { handOver: handing }, lifecycle }: Wish): TrainingNeeds {
  return handing ? { handedOver: { to: handing.to, factKey: factKey.handOver(lifecycle, handing.number) } } : {};
}

/** Which causes go is saved before they are sent; they leave the request when the other environment knows them. */
export function handOver(input: Wish & { readonly facts: TrainingFacts }, to: string): Step {
  const { lifecycle, request, facts } = input;
  const { handOver: handing, ...open } = request;
  if (!handing) return begin(input, to);
  const away = facts.away?.handedOver;
  if (away) return refuse(input, { reason: 'unreachable', sentence: away.reason });
  if (facts.handedOver === undefined) return step(lifecycle, { lookInMs: 0 });
  if (!facts.handedOver)
    return step(lifecycle, { actions: [sending(request, handing)], rules: ['request.handOverAgain'], lookInMs: LOOK_MS });
  const left = only({ ...open, more: open.more - handing.more }, ({ id }) => !handing.ids.includes(id));
  const rules = ['request.handedOver'];
  return left ? step({ ...lifecycle, request: left }, { rules, lookInMs: 0 }) : step(withoutRequest(lifecycle), { rules });
} // prettier-ignore

function begin(wish: Wish, to: string): Step {
  const no = holds(wish);
  if (no) return refuse(wish, no);
  const { lifecycle, request } = wish;
  const number = (lifecycle.counters.training ?? 0) + 1;
  const { refused: _, ...open } = request;
  const handing = { to, number, ids: open.causes.map(({ id }) => id), more: open.more };
  const next = {
    ...lifecycle,
    request: { ...open, handOver: handing },
    counters: { ...lifecycle.counters, training: number },
  };
  return step(next, { actions: [sending(open, handing)], rules: ['request.handOver'], lookInMs: LOOK_MS });
}

function sending({ causes }: TrainingRequest, { to, number, ids, more }: Handing): Action {
  return { do: 'handOver', to, number, causes: causes.filter(({ id }) => ids.includes(id)), more };
}
