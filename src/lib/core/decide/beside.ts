import type { Known } from '../decide.ts';
import { arrive } from '../handOver/arrive.ts';
import { untroubled } from '../handOver/trouble.ts';
import { send } from '../handOver/send.ts';
import { step } from '../release/transitions.ts';
import type { Facts, Step } from '../step.ts';
import { takeVersion } from './items.ts';
import { train } from './training.ts';

const SOON_MS = 1000;

/** What goes on beside the release once it has had its turn: versions on their way between environments, then training. */
export function beside(known: Known, released: Step, facts: Facts): Step {
  const moved = handOver(known, released, facts);
  return moved.actions.length > 0 ? soon(moved) : train(known, moved, facts);
}

/** All of that waits for the next pass, where there is anything to do for it. */
export function soon(released: Step): Step {
  const { sending, arriving, request, training, trained } = released.lifecycle;
  const unread = [...(trained?.hints ?? []), ...(trained?.outside ?? [])];
  if (!sending && !arriving && !request && !training && unread.length === 0) return released;
  return {
    ...released,
    lookInMs:
      released.actions.length > 0 ? (released.lookInMs ?? SOON_MS) : Math.min(released.lookInMs ?? SOON_MS, SOON_MS),
  };
}

function handOver(known: Known, released: Step, facts: Facts): Step {
  const { sending, arriving, conditions } = released.lifecycle;
  const { unreachable, paused } = conditions;
  if (!sending && !arriving) return released;
  // Azure asked to be left alone, and was: nothing was read.
  if (unreachable && Date.parse(unreachable.until) > known.now.getTime()) return released;
  if (paused) return wait(released, paused.until, known.now);
  const sent = send(released.lifecycle, facts, known.policy);
  if (sent.actions.length > 0) return joined(released, [sent]);
  const version = (row: Known['lifecycle'], number: string) => takeVersion(row, number, 'event', known.now);
  return joined(released, [sent, arrive(sent.lifecycle, facts, known, version)]);
}

/** Paused, so nothing is done; and what is not tried does not fail. */
function wait(released: Step, until: string | undefined, now: Date): Step {
  const { arriving, ...rest } = released.lifecycle;
  const lifecycle = arriving ? { ...rest, arriving: untroubled(arriving) } : released.lifecycle;
  const lookInMs = until === undefined ? undefined : Math.max(SOON_MS, Date.parse(until) - now.getTime());
  return joined(released, [step(lifecycle, lookInMs === undefined ? {} : { lookInMs })]);
}

/** The release's step with what was decided beside it, in order. */
function joined(released: Step, steps: readonly Step[]): Step {
  const looks = [released, ...steps].flatMap(({ lookInMs }) => lookInMs ?? []);
  return {
    ...step(steps.at(-1)?.lifecycle ?? released.lifecycle),
    ...(released.closed ? { closed: released.closed } : {}),
    ...(released.ledger ? { ledger: released.ledger } : {}),
    actions: [...released.actions, ...steps.flatMap(({ actions }) => actions)],
    notices: [...released.notices, ...steps.flatMap(({ notices }) => notices)],
    rules: [...released.rules, ...steps.flatMap(({ rules }) => rules)],
    ...(looks.length === 0 ? {} : { lookInMs: Math.min(...looks) }),
  };
}
