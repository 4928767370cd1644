import type { Taken } from '../command.ts';
import type { Decision } from '../decide.ts';
import type { InboxItem } from '../inbox.ts';
import type { Lifecycle } from '../lifecycle.ts';
import { dueForRetirement, retire } from '../release/retire.ts';
import { elapsedMs, step } from '../release/transitions.ts';
import type { Facts, Needs, Step, Unreachable } from '../step.ts';
import { takeOutcomeOf, takeVersion, unreadable } from './items.ts';
import { withdraw } from './withdrawn.ts';

const HOUR_MS = 3_600_000;
/** The new place waits. */
const LEAVING_LOOK_MS = 10 * 60_000;
/** A deletion that Azure refuses for so long is left to people, who were told. */
const GIVEN_UP_MS = 7 * 24 * HOUR_MS;

export interface WindingDown {
  readonly lifecycle: Lifecycle;
  readonly items: readonly InboxItem[];
  readonly facts: Facts | { readonly unreachable: Unreachable };
  /** `unpublished`: no policy speaks of it. `leaving`: the policy speaks of another place, and this one is left. */
  readonly why: 'unpublished' | 'leaving';
  readonly now: Date;
}

/** Only what kept deployments must be asked. */
export function windDownNeeds({ lifecycle, now }: Pick<WindingDown, 'lifecycle' | 'now' | 'why'>): Needs {
  const due = !lifecycle.conditions.paused && dueForRetirement(lifecycle, now);
  return due ? { endpoint: true, deployments: true } : {};
}

/**
 * Nothing is under way and nothing begins. What was kept is cleaned up as the last policy said (at once where the place is
 * left); versions wait for a policy; everything else is refused, so that nothing is asked for again and again.
 */
export function windDown(input: WindingDown): Decision {
  const { items, facts, why, now } = input;
  let lifecycle = conditioned(input);
  const rules: string[] = [`windDown.${why}`];
  const refused: Record<string, string> = {};
  const notices = [];
  for (const item of items) {
    const taken = take(lifecycle, item, now);
    lifecycle = taken.lifecycle;
    rules.push(...taken.rules);
    notices.push(...(taken.notices ?? []));
    if (taken.refused !== undefined) refused[item.factKey] = taken.refused;
  }
  const cleaned = clean({ ...input, lifecycle }, facts);
  return {
    next: cleaned.lifecycle,
    actions: cleaned.actions,
    notices: [...notices, ...cleaned.notices],
    rules: [...rules, ...cleaned.rules],
    refused,
    ...(cleaned.lookInMs === undefined ? {} : { lookInMs: cleaned.lookInMs }),
  };
}

/** The row as it is from now on, and what is left in it to be cleaned up. */
export function conditioned({ lifecycle, why, now }: Pick<WindingDown, 'lifecycle' | 'why' | 'now'>): Lifecycle {
  const { unpublished, unreachable: _, paused, ...others } = lifecycle.conditions;
  const at = now.toISOString();
  // Nobody can resume it here: what was to end by itself does.
  const conditions = paused && (paused.until === undefined || paused.until > at) ? { ...others, paused } : others;
  const kept = lifecycle.retiring.filter(({ refusedAt }) => refusedAt === undefined || (why === 'unpublished' && elapsedMs(refusedAt, now) < GIVEN_UP_MS)); // prettier-ignore
  if (why === 'unpublished') return { ...lifecycle, retiring: kept, conditions: { ...conditions, unpublished: unpublished ?? { since: at } } }; // prettier-ignore
  return { ...lifecycle, conditions, retiring: kept.map((each) => (each.until > at ? { ...each, until: at } : each)) };
}

function take(lifecycle: Lifecycle, { happening }: InboxItem, now: Date): Taken {
  switch (happening.kind) {
    case 'outcome':
      return takeOutcomeOf(lifecycle, happening, now);
    case 'modelRegistered':
      return takeVersion(lifecycle, happening.version, happening.source, now);
    case 'unreadable':
      throw unreadable(happening);
    default:
      return { lifecycle, refused: 'no policy speaks of this model here: publish one first', rules: ['item.noPolicy'] };
  }
}

function clean(
  { lifecycle, why, now }: Pick<WindingDown, 'lifecycle' | 'why' | 'now'>,
  facts: WindingDown['facts'],
): Step {
  const { unreachable, ...conditions } = lifecycle.conditions;
  if (lifecycle.retiring.length === 0) return step(lifecycle);
  if (conditions.paused) return pausedStep(lifecycle, conditions.paused.until, now);
  if (!('unreachable' in facts)) return retire(lifecycle, facts, now);
  const { gone } = facts.unreachable;
  if (gone !== undefined) return { ...withdraw(lifecycle, facts.unreachable, now), lookInMs: HOUR_MS };
  // Nothing is at stake but what it costs.
  return step(unreachable ? { ...lifecycle, conditions } : lifecycle, { rules: ['windDown.unreachable'], lookInMs: why === 'leaving' ? LEAVING_LOOK_MS : HOUR_MS }); // prettier-ignore
}

function pausedStep(lifecycle: Lifecycle, until: string | undefined, now: Date): Step {
  return step(lifecycle, until === undefined ? {} : { lookInMs: Date.parse(until) - now.getTime() });
}
