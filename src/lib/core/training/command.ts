import type { Command } from '../inbox.ts';
import type { Lifecycle } from '../lifecycle.ts';
import { digest } from '../names.ts';
import { step } from '../release/transitions.ts';
import type { Step } from '../step.ts';
import { coalesce } from './causes.ts';
import { stop } from './job.ts';
import { withoutRequest } from './refuse.ts';

/** Of the reason, in characters: the audit has it whole. */
const REASON_KEPT = 200;

/** The training that `reject` means when it names the current one: the one under way, else the one that is asked for. */
export function meantTraining({ training, request, counters }: Lifecycle): number | undefined {
  if (training) return training.ending ? undefined : training.number;
  return request ? (counters.training ?? 0) + 1 : undefined;
}

/** `fact`: the command's own fact key, so that two of the same person in one pass are two causes. */
export function retrain(
  lifecycle: Lifecycle,
  { actor, reason, identity }: Command,
  fact: string,
  now: Date,
): Lifecycle {
  const at = now.toISOString();
  const cause = { kind: 'command', id: `command|${digest(fact).slice(0, 32)}`, at, actor, ...(identity ? { by: identity.id } : {}), reason: reason.slice(0, REASON_KEPT) } as const; // prettier-ignore
  const request = coalesce(lifecycle.request, [cause], at);
  return request ? { ...lifecycle, request } : lifecycle;
}

/** Stops the training under way, or drops the one that is asked for. */
export function rejectTraining(lifecycle: Lifecycle, { actor, reason }: Command, now: Date): Step {
  const { training } = lifecycle;
  if (!training) return step(withoutRequest(lifecycle), { rules: ['request.rejected'] });
  const sentence = `Stopped by ${actor}: ${reason}`;
  return stop({ lifecycle, training, now }, { end: 'canceled', cause: 'command', sentence, retry: false });
}
