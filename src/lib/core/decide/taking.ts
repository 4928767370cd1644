import type { Known } from '../decide.ts';
import type { Lifecycle } from '../lifecycle.ts';
import type { ClosedRelease } from '../release/state.ts';
import type { Notice } from '../notice.ts';
import { step } from '../release/transitions.ts';
import type { Action, Facts, Step } from '../step.ts';
import type { EndedTraining } from '../training/state.ts';
import { takeItem } from './items.ts';

export function closedBy(closed: ClosedRelease | undefined): { closed?: ClosedRelease } {
  return closed ? { closed } : {};
}

export function ledgerBy(ledger: EndedTraining | undefined): { ledger?: EndedTraining } {
  return ledger ? { ledger } : {};
}

export interface TakenItems {
  readonly step: Step;
  readonly refused: Readonly<Record<string, string>>;
  /** An item moved the release or its traffic: the facts were asked for another situation. */
  readonly changed: boolean;
}

/** All items, in order. */
export function takeItems(known: Known, facts: Facts): TakenItems {
  let lifecycle = known.lifecycle;
  const actions: Action[] = [];
  const notices: Notice[] = [];
  const rules: string[] = [];
  const refused: Record<string, string> = {};
  let closed: ClosedRelease | undefined;
  let ledger: EndedTraining | undefined;
  for (const item of known.items) {
    const taken = takeItem(lifecycle, item, facts, known);
    lifecycle = taken.lifecycle;
    actions.push(...(taken.actions ?? []));
    notices.push(...(taken.notices ?? []));
    closed = taken.closed ?? closed;
    ledger = taken.ledger ?? ledger;
    rules.push(...taken.rules);
    if (taken.refused !== undefined) refused[item.factKey] = taken.refused;
  }
  const changed = position(lifecycle) !== position(known.lifecycle) || actions.length > 0;
  return { step: step(lifecycle, { actions: still(actions, lifecycle), notices, rules, ...closedBy(closed), ...ledgerBy(ledger) }), refused, changed }; // prettier-ignore
}

/** A rollback among the items outranks a split that another item asked for: the stage asks for its own. */
function still(actions: readonly Action[], { release }: Lifecycle): readonly Action[] {
  return release?.phase === 'rollingBack' ? actions.filter((action) => action.do !== 'setTraffic') : actions;
}

function position(lifecycle: Lifecycle): string {
  const { release, generation } = lifecycle;
  return [generation, release?.number, release?.phase, release?.smoke?.attempt].join('|');
}
