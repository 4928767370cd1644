/** Looks on and says what must never have happened. It knows what was saved and what the world did, not why. */
import type { InboxItem } from '../../src/lib/core/inbox.ts';
import {
  isQuiet,
  isVerified,
  sameRouting,
  wanted,
  type Key,
  type Lifecycle,
  type Split,
} from '../../src/lib/core/lifecycle.ts';
import { type Release } from '../../src/lib/core/release/state.ts';
import type { Save } from '../../src/lib/ports.ts';
import { Agreements } from './agreements.ts';
import type { Worker } from './calls.ts';
import { ENVIRONMENTS, type Environment, type Plan } from './plan.ts';
import { comparesAnswers } from './policies.ts';
import { Spending } from './spending.ts';

const MINUTE_MS = 60_000;
/** With nothing in the way. */
const BACK_MS = 3 * MINUTE_MS;
/** After trouble: the grace of the index, a clock that is behind, a sweep, and the way back itself. */
const BACK_AFTER_TROUBLE_MS = (2 + 3 + 1) * MINUTE_MS + BACK_MS;
/** A look whose message is late or lost: the grace of the index, clocks that are off, two sweeps. */
const LOOK_LATE_MS = (2 + 3 + 2) * MINUTE_MS;

/** The grace of the index, and a clock that is ahead. */
const PROMISED_MS = (2 + 3) * MINUTE_MS;
/** Of a notice that could not be sent. */
const LONGEST_WAIT_MS = 60 * MINUTE_MS;

interface Place {
  /** Deployments that may have live traffic: champions, and what passed the gate or was decided by a person. */
  readonly proven: Set<string>;
  /** Versions that a deployment with live traffic may be updated to. */
  readonly versions: Set<string>;
  /** Deployments that somebody had copies sent to, which may have to be taken off while nothing is released. */
  readonly copiedByHand: Set<string>;
  readonly ended: Set<number>;
  /** What was done, by what must keep it from being done twice. */
  readonly done: Set<string>;
  /** Jobs that somebody deleted. */
  readonly lost: Set<string>;
  /** Fact keys that were taken in, and whether they were handled. */
  readonly items: Map<string, 'waits' | 'handled'>;
  readonly spending: Spending;
  readonly agreements: Agreements;
  release: number;
  saves: number;
  passes: number;
  row?: Lifecycle;
  /** A challenger that must lose its traffic. */
  back?: { readonly release: number; readonly deployment: string; readonly decidedMs: number };
}

export interface Seen {
  readonly nowMs: number;
  readonly live: Readonly<Record<Environment, Split>>;
  readonly copied: Readonly<Record<Environment, Split>>;
  /** Which version a deployment serves, or will once its update is done. */
  readonly versionOf: (environment: Environment, deployment: string) => string | undefined;
  readonly isReady: (environment: Environment, deployment: string) => boolean;
  /** When the index has each lifecycle checked. */
  readonly checkByMs: Readonly<Partial<Record<Environment, number>>>;
  /** Until when something was in the way: calls that met trouble, services that were away, hands in the portal. */
  readonly troubledUntilMs: number;
}

export class Oracle {
  readonly violations: string[] = [];
  readonly effects: Record<string, number> = {};
  answersOtherwise: (environment: Environment, version: string) => boolean = () => false;
  /** People are asked to approve. */
  onQuestion: (environment: Environment, release: number) => void = () => {};
  readonly #places: Readonly<Record<Environment, Place>>;

  constructor(starts: Plan['starts']) {
    const place = (environment: Environment): Place => {
      const serves = starts[environment] === 'serving';
      const blame = (what: string) => this.blame(environment, what);
      const count = (effect: string) => this.count(effect);
      return {
        proven: new Set(serves ? ['first'] : []), versions: new Set(serves ? ['1'] : []), copiedByHand: new Set(), ended: new Set(), done: new Set(), lost: new Set(), items: new Map(), release: 0, saves: 0, passes: 0,
        spending: new Spending(blame, count), agreements: new Agreements(environment, blame, count),
      }; // prettier-ignore
    };
    this.#places = { dev: place('dev'), prod: place('prod') };
  }

  blame(environment: Environment, what: string): void {
    this.violations.push(`${environment}: ${what}`);
  }

  count(effect: string): void {
    this.effects[effect] = (this.effects[effect] ?? 0) + 1;
  }

  row(environment: Environment): Lifecycle | undefined {
    return this.#places[environment].row;
  }

  agreements(environment: Environment): Agreements {
    return this.#places[environment].agreements;
  }

  /** A pass over the lifecycle: it looked, and decided. */
  passed(environment: Environment): void {
    this.#places[environment].passes += 1;
  }

  passes(): readonly number[] {
    return ENVIRONMENTS.map((environment) => this.#places[environment].passes);
  }

  takenIn({ environment }: Key, { factKey }: InboxItem): void {
    const { items } = this.#places[environment as Environment];
    if (items.has(factKey)) this.blame(environment as Environment, `${factKey} was taken in twice`);
    items.set(factKey, 'waits');
  }

  saved(key: Key, { lifecycle, closed, audit }: Save, seen: Seen, pass: Pick<Worker, 'tick' | 'puzzled'>): void {
    const environment = key.environment as Environment;
    const place = this.#places[environment];
    const before = place.row;
    place.row = lifecycle;
    place.saves += 1;
    for (const { factKey } of audit?.items ?? []) {
      if (place.items.get(factKey) !== 'waits') this.blame(environment, `${factKey} was handled twice, or never taken in`);
      place.items.set(factKey, 'handled');
    }
    const { champion, release } = lifecycle;
    if (lifecycle.arrived && lifecycle.arrived.as !== before?.arrived?.as) this.count('brought');
    for (const condition of ['held', 'paused', 'stalled', 'unreachable'] as const)
      if (lifecycle.conditions[condition] && !before?.conditions[condition]) this.count(condition);
    if (before && lifecycle.generation < before.generation) this.blame(environment, 'the generation went back');
    if (champion) place.proven.add(champion.deployment);
    if (champion) place.versions.add(champion.version);
    place.spending.saved(lifecycle, seen.nowMs);
    if (release) {
      const asked = release.approval?.askedAt;
      if (asked !== undefined && asked !== before?.release?.approval?.askedAt) this.onQuestion(environment, release.number);
      place.agreements.saved(release, pass);
      this.#underWay(environment, release, seen.nowMs);
    }
    if (closed) this.#closed(environment, closed, lifecycle, seen);
  } // prettier-ignore

  #closed(environment: Environment, closed: NonNullable<Save['closed']>, { champion }: Lifecycle, { live, copied }: Seen): void {
    const place = this.#places[environment];
    const { number, end, version, cause, release } = closed;
    if (place.ended.has(number)) this.blame(environment, `release ${number} ended twice`);
    place.ended.add(number);
    this.count(end);
    const back = release.fallback?.version;
    if (end === 'rolledBack' && back !== undefined && champion?.version !== back)
      this.blame(environment, `release ${number} was rolled back to ${champion?.version}, not to ${back}`);
    if (end === 'released' && champion?.version !== version)
      this.blame(environment, `release ${number} was released, but ${champion?.version} is the champion`);
    if (cause === 'shadow' && this.answersOtherwise(environment, version)) this.count('answeredOtherwise');
    const left = release.deployment;
    if (left === undefined) return;
    if (cause !== 'adopted' && (copied[environment][left] ?? 0) > 0 && !place.copiedByHand.has(left))
      this.blame(environment, `release ${number} ended with copies of live requests for ${left}`);
    if (end === 'rolledBack' && !release.inPlace && (live[environment][left] ?? 0) > 0)
      this.blame(environment, `release ${number} ended as rolled back with live traffic on ${left}`);
  } // prettier-ignore

  #underWay(environment: Environment, release: Release, nowMs: number): void {
    const place = this.#places[environment];
    const { number, version, deployment, gate, decision, breakGlass, fallback, rollback } = release;
    if (place.ended.has(number)) this.blame(environment, `release ${number} came back after its end`);
    if (number < place.release) this.blame(environment, `release ${number} after release ${place.release}`);
    place.release = number;
    if (fallback) place.proven.add(fallback.deployment);
    if (deployment !== undefined && (gate?.verdict === 'pass' || decision || breakGlass)) {
      place.proven.add(deployment);
      place.versions.add(version);
    }
    const isLive = release.phase === 'shifting' || release.phase === 'watching';
    const isCompared = fallback && !breakGlass && !release.promoted && comparesAnswers(release.policy, environment);
    if (isLive && !rollback && isCompared && this.answersOtherwise(environment, version))
      this.blame(environment, `release ${number} goes live, and answers otherwise than the champion`);
    if (rollback && !release.inPlace && deployment !== undefined && place.back?.release !== number)
      // When it really was: the clock of the instance that decided may be minutes off.
      place.back = { release: number, deployment, decidedMs: nowMs };
  }

  /** Something that must be done once: a deployment, a registration, a version that was brought. */
  did(environment: Environment, effect: string, name: string): void {
    this.count(effect);
    const { done } = this.#places[environment];
    if (done.has(`${effect}|${name}`)) this.blame(environment, `did twice: ${effect} ${name}`);
    done.add(`${effect}|${name}`);
  }

  /** `troubled`: a worker may only now go on that had slept since long before. */
  submitted(environment: Environment, job: string, besides: readonly string[], troubled: boolean): void {
    const { row, done, lost } = this.#places[environment];
    // What is gone without a trace, no GET shows to whoever asks for it again.
    if (lost.has(job) && (troubled || !row?.training?.seen)) done.delete(`trained|${job}`);
    this.did(environment, 'trained', job);
    if (besides.length > 0) this.blame(environment, `${job} was submitted beside ${besides.join(', ')}`);
  }

  /** Somebody deleted a job. */
  lost(environment: Environment, job: string): void {
    this.#places[environment].lost.add(job);
  }

  /** A split that was written, ours, and what is copied beside it. */
  wrote(environment: Environment, desired: Split, mirror: Split): void {
    this.count('setTraffic');
    const copied = Object.entries(mirror);
    if (copied.length > 0) this.count('copied');
    if (copied.length > 1 || copied.some(([name, percent]) => percent > 50 || (desired[name] ?? 0) > 0))
      this.blame(environment, `wrote copies ${JSON.stringify(mirror)} beside ${JSON.stringify(desired)}`);
    const percents = Object.values(desired);
    const sum = percents.reduce((total, percent) => total + percent, 0);
    if (percents.some((percent) => percent < 0 || percent > 100) || (sum !== 0 && sum !== 100))
      this.blame(environment, `wrote the split ${JSON.stringify(desired)}`);
    const unproven = Object.keys(desired).filter((name) => (desired[name] ?? 0) > 0 && !this.#places[environment].proven.has(name)); // prettier-ignore
    if (unproven.length > 0) this.blame(environment, `sent live traffic to ${unproven.join(', ')}, which nothing had proven`); // prettier-ignore
  }

  /** A deployment was updated in place, with whatever traffic it has. */
  updated(environment: Environment, version: string): void {
    this.count('updatedInPlace');
    if (!this.#places[environment].versions.has(version)) this.blame(environment, `updated in place to version ${version}, which nothing had proven`); // prettier-ignore
  }

  /** What somebody put live by hand is their business. */
  movedByHand(environment: Environment, live: Split): void {
    for (const [name, percent] of Object.entries(live)) if (percent > 0) this.#places[environment].proven.add(name);
  }

  copiedByHand(environment: Environment, deployment: string): void {
    this.#places[environment].copiedByHand.add(deployment);
  }

  /** It may be made again. */
  deletedByHand(environment: Environment, deployment: string): void {
    this.count('deletedByHand');
    this.#places[environment].done.delete(`deployment|${deployment}`);
  }

  /** Time went by: is what had to be back by now back? */
  look({ nowMs, live, troubledUntilMs, isReady, checkByMs }: Seen): void {
    for (const environment of ENVIRONMENTS) {
      const place = this.#places[environment];
      this.#promised(environment, nowMs, checkByMs[environment]);
      const { back, row } = place;
      if (!back) continue;
      if ((live[environment][back.deployment] ?? 0) === 0 || row?.release?.number !== back.release) {
        delete place.back;
        continue;
      }
      // It waits for a person, or a hand deleted what it goes back to: the time counts from when that is over.
      const { fallback, rollback } = row.release;
      const remade = rollback?.again !== undefined && !isReady(environment, fallback?.deployment ?? '');
      if (row.conditions.held || remade) {
        place.back = { ...back, decidedMs: nowMs };
        continue;
      }
      const troubled = troubledUntilMs + BACK_AFTER_TROUBLE_MS > back.decidedMs;
      const byMs = troubled ? Math.max(back.decidedMs, troubledUntilMs) + BACK_AFTER_TROUBLE_MS : back.decidedMs + BACK_MS; // prettier-ignore
      if (nowMs <= byMs) continue;
      this.blame(environment, `release ${back.release} still has live traffic ${Math.round((nowMs - back.decidedMs) / 1000)} s after it was decided to take it back`); // prettier-ignore
      delete place.back;
    }
  }

  /** Whatever is lost, a sweep asks for a pass: soon after the next look, or soon. */
  #promised(environment: Environment, nowMs: number, checkByMs: number | undefined): void {
    const { row } = this.#places[environment];
    if (!row || isQuiet(row)) return;
    // What waits for a person is checked for its notices alone, the next try of which may be an hour away.
    const lookMs = row.nextLook === undefined ? nowMs + LONGEST_WAIT_MS : Date.parse(row.nextLook);
    const byMs = Math.max(nowMs, lookMs) + PROMISED_MS;
    if (checkByMs !== undefined && checkByMs <= byMs) return;
    this.blame(environment, `the index has it checked ${checkByMs === undefined ? 'never' : `at ${new Date(checkByMs).toISOString()}`}, its next look is ${row.nextLook ?? 'none'}`); // prettier-ignore
  }

  /** The day is over, nothing goes wrong any more, and there was time for everything. `aside`: fact keys that a person must look at. */
  rest(environment: Environment, { nowMs, live, copied, versionOf }: Seen, aside: readonly string[]): void {
    const { row, items } = this.#places[environment];
    if (aside.length > 0 && !row?.conditions.stalled)
      this.blame(environment, `nobody is told of ${aside.join(', ')}, which are set aside`);
    for (const [factKey, state] of items) if (state === 'waits' && !aside.includes(factKey)) this.blame(environment, `${factKey} got lost`); // prettier-ignore
    if (!row) return;
    const { held, paused, stalled } = row.conditions;
    const person = held !== undefined || stalled !== undefined || (paused !== undefined && paused.until === undefined);
    if (!isQuiet(row) && !person && !(Date.parse(row.nextLook ?? '') > nowMs - LOOK_LATE_MS))
      this.blame(environment, `waits for nothing: ${JSON.stringify({ phase: row.release?.phase, nextLook: row.nextLook, waiting: row.waiting, conditions: row.conditions })}`); // prettier-ignore
    const { champion } = row;
    const idle = !row.release && (!row.traffic || isVerified(row.traffic));
    if (champion && idle && !held && versionOf(environment, champion.deployment) !== champion.version)
      this.blame(
        environment,
        `rests, but the champion, version ${champion.version}, is not what ${champion.deployment} serves`,
      );
    const routing = { split: live[environment], mirror: copied[environment] };
    if (row.traffic && !held && idle && !sameRouting(wanted(row.traffic), routing))
      this.blame(environment, `rests, but traffic is ${JSON.stringify(routing)}, wanted ${JSON.stringify(wanted(row.traffic))}`); // prettier-ignore
  }
}
