import type { Chain } from './chain.ts';
import type { Clients } from './clients.ts';
import type { Place } from './place.ts';
import type { Screen } from './screen.ts';
import type { Stack } from './stack.ts';
import type { Registered, Team } from './team.ts';

/** What every act plays with. */
export interface Scene {
  readonly stack: Stack;
  readonly team: Team;
  readonly clients: Clients;
  /** What the act is about; of several environments, the last. */
  readonly at: Place;
  readonly chain?: Chain;
  readonly screen: Screen;
  readonly seed: number;
  /** The act's place on the screen, e.g. `ACT 2 WORSE`. */
  readonly heading: string;
  /** The first act also loses an event: one that costs time and nothing else. */
  readonly losesEvent: boolean;
}

/** The beginning of a line in an act that plays in several environments: which it is about. */
export function whereIn({ at, chain }: Pick<Scene, 'at' | 'chain'>): string {
  return at.model === chain?.prod.model ? `${at.environment.padEnd(4)}  ` : '';
}

/** An act that did not end as it must; the message is a sentence for people. */
export class NotAsItMust extends Error {}

export function must(condition: boolean, sentence: string): asserts condition {
  if (!condition) throw new NotAsItMust(sentence);
}

/** Looks again and again, in real time, until there is something; fails with `sentence` after `limitMs`. */
export async function until<T>(
  look: () => T | undefined | Promise<T | undefined>,
  sentence: () => string,
  limitMs: number,
): Promise<T> {
  const giveUp = performance.now() + limitMs;
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    must(performance.now() < giveUp, sentence());
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
}

/**
 * The team trains and registers the next version. On its way to Steward each of these events is doubled; of the
 * evaluation that follows, some are doubled, one comes late and out of order, and one gets lost.
 */
export async function registering({ stack: { world }, losesEvent }: Scene, register: () => Promise<Registered>): Promise<Registered> {
  const double = { kind: 'double', seen: 0 } as const;
  world.mischief.push({ ...double, id: 'registered', event: 'modelRegistered', times: 1 });
  const registered = await register();
  // The evaluation starts seconds later: Steward first has to hear of the version.
  world.mischief.push({ ...double, id: 'evaluated', event: 'runCompleted', times: 1 });
  world.mischief.push({ ...double, id: 'started', event: 'runStatusChanged', times: 2 });
  world.mischief.push({ id: 'overtaken', event: 'runStatusChanged', kind: 'reorder', skip: 3, times: 1, seen: 0 });
  if (losesEvent) {
    world.mischief.push({ id: 'lost', event: 'runStatusChanged', kind: 'lose', skip: 5, times: 1, seen: 0 });
  }
  return registered;
} // prettier-ignore

export function registerNext(scene: Scene, ...asked: Parameters<Team['register']>): Promise<Registered> {
  return registering(scene, () => scene.team.register(...asked));
}
