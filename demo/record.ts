import type { Mail } from '../emulator/services/email/mailbox.ts';
import type { ActName } from './arguments.ts';
import type { Finding, Telling } from './monitor.ts';
import type { ClosedRelease, Pass, RefusedTraining, Training } from './steward.ts';
import type { TrafficPut } from './witness.ts';

/** When and where the app was killed; virtual times. */
export interface Kill {
  readonly at: Date;
  readonly backAt: Date;
  readonly pid: number;
  readonly percent: number;
  /** Real milliseconds that the traffic change had been in flight. */
  readonly afterMs: number;
  /** The first pass after the restart, and what asked for it. */
  readonly pickedUp?: { readonly at: string; readonly by: 'sweep' | 'queue' };
}

/** What changed in the mails, what came of it, and why the same again came to nothing. Accuracies are shares of live answers. */
export interface Drift {
  readonly familiar: number;
  readonly newer: number;
  readonly after: number;
  /** Share of the loss. */
  readonly regained: number;
  readonly findings: readonly Finding[];
  readonly telling: Telling;
  readonly training: Training;
  readonly refused: RefusedTraining & { readonly at: Date };
}

/** How a version fared in one of several environments. */
export interface Stop {
  readonly environment: string;
  readonly closed: ClosedRelease;
  /** Inbox items that Steward handled there. */
  readonly items: number;
  /** What Azure has at the end of the act. */
  readonly traffic: Readonly<Record<string, number>>;
}

/** A version's way through several environments, and what people did on it. */
export interface Way {
  readonly model: string;
  readonly registeredBy: string;
  readonly stops: readonly Stop[];
  readonly asked: { readonly at: Date; readonly role: string };
  readonly refused: { readonly who: string; readonly status: number; readonly why: string };
  readonly approved: { readonly who: string; readonly at: string };
  /** Somebody moved traffic by hand: what Azure had then, and when people had been told. */
  readonly hand: {
    readonly who: string;
    readonly at: Date;
    readonly live: Readonly<Record<string, number>>;
    readonly toldAt: Date;
    readonly revertedBy: string;
    readonly backAt: Date;
  };
}

/** What an act itself tells. */
export interface Played {
  readonly version: string;
  readonly closed: ClosedRelease;
  readonly kill?: Kill;
  readonly drift?: Drift;
  readonly way?: Way;
}

/** What one deployment answered live in one virtual minute. */
export interface Cell {
  readonly requests: number;
  readonly errors: number;
  readonly meanMs: number;
}

/** One virtual minute: answers by model version. */
export interface MinuteOf {
  readonly at: Date;
  readonly versions: Readonly<Record<string, Cell>>;
}

/** From this time on, live traffic by model version. */
export interface SplitSince {
  readonly at: Date;
  readonly versions: Readonly<Record<string, number>>;
}

/** Everything that an act left behind, for the report and the closing line. */
export interface ActRecord extends Played {
  readonly name: ActName;
  readonly seed: number;
  readonly began: Date;
  readonly ended: Date;
  readonly durationSeconds: number;
  readonly champion: string;
  readonly traffic: Readonly<Record<string, number>>;
  /** Events that Azure raised, inbox items that Steward handled, training jobs that Steward submitted. */
  readonly events: number;
  readonly items: number;
  readonly trainings: number;
  readonly mails: readonly Mail[];
  readonly passes: readonly Pass[];
  readonly splits: readonly SplitSince[];
  readonly minutes: readonly MinuteOf[];
  readonly puts: readonly TrafficPut[];
}
