/** Looks on and says what must never have happened. It knows what was saved and what the world did, not why. */
import { isQuiet, sameSplit, type Key, type Lifecycle, type Split } from '../../src/lib/core/lifecycle.ts';
import type { Save } from '../../src/lib/ports.ts';
import { ENVIRONMENTS, type Environment } from './plan.ts';

const MINUTE_MS = 60_000;
/** With nothing in the way. */
const BACK_MS = 3 * MINUTE_MS;
/** After trouble: a lease that must run out, the grace of the index, a sweep, and the way back itself. */
const BACK_AFTER_TROUBLE_MS = (10 + 2 + 2) * MINUTE_MS + BACK_MS;

interface Place {
  /** Deployments that may have live traffic: champions, and what passed the gate or was decided by a person. */
  readonly proven: Set<string>;
  readonly ended: Set<number>;
  release: number;
  row?: Lifecycle;
  /** A challenger that must lose its traffic. */
  back?: { readonly release: number; readonly deployment: string; readonly decidedMs: number };
}

export interface Seen {
  readonly nowMs: number;
  readonly live: Readonly<Record<Environment, Split>>;
  readonly copied: Readonly<Record<Environment, Split>>;
  /** Until when something was in the way: calls that met trouble, services that were away, hands in the portal. */
  readonly troubledUntilMs: number;
}

export class Oracle {
  readonly violations: string[] = [];
  readonly effects: Record<string, number> = {};
  passes = 0;
  readonly #places = Object.fromEntries(ENVIRONMENTS.map((name) => [name, { proven: new Set(['first']), ended: new Set(), release: 0 }])) as unknown as Record<Environment, Place>; // prettier-ignore

  #blame(key: Key, what: string): void {
    this.violations.push(`${key.environment}: ${what}`);
  }

  count(effect: string): void {
    this.effects[effect] = (this.effects[effect] ?? 0) + 1;
  }

  row(environment: Environment): Lifecycle | undefined {
    return this.#places[environment].row;
  }

  saved(key: Key, { lifecycle, closed }: Save, seen: Seen): void {
    this.passes += 1;
    const place = this.#places[key.environment as Environment];
    const before = place.row;
    place.row = lifecycle;
    const { champion, release } = lifecycle;
    if (lifecycle.arrived && lifecycle.arrived.as !== before?.arrived?.as) this.count('brought');
    if (before && lifecycle.generation < before.generation) this.#blame(key, 'the generation went back');
    if (champion) place.proven.add(champion.deployment);
    if (release) this.#underWay(key, place, release, seen.nowMs);
    if (!closed) return;
    if (place.ended.has(closed.number)) this.#blame(key, `release ${closed.number} ended twice`);
    place.ended.add(closed.number);
    this.count(closed.end);
    const back = closed.release.fallback?.version;
    if (closed.end === 'rolledBack' && back !== undefined && champion?.version !== back)
      this.#blame(key, `release ${closed.number} was rolled back to ${champion?.version}, not to ${back}`);
    if (closed.end === 'released' && champion?.version !== closed.version)
      this.#blame(key, `release ${closed.number} was released, but ${champion?.version} is the champion`);
    const left = closed.release.deployment;
    if (
      closed.cause !== 'adopted' &&
      left !== undefined &&
      (seen.copied[key.environment as Environment][left] ?? 0) > 0
    )
      this.#blame(key, `release ${closed.number} ended with copies of live requests for ${left}`);
    if (closed.end === 'rolledBack' && left !== undefined && (seen.live[key.environment as Environment][left] ?? 0) > 0)
      this.#blame(key, `release ${closed.number} ended as rolled back with live traffic on ${left}`);
  }

  #underWay(key: Key, place: Place, release: NonNullable<Lifecycle['release']>, nowMs: number): void {
    const { number, deployment, gate, decision, fallback, rollback } = release;
    if (place.ended.has(number)) this.#blame(key, `release ${number} came back after its end`);
    if (number < place.release) this.#blame(key, `release ${number} after release ${place.release}`);
    place.release = number;
    if (fallback) place.proven.add(fallback.deployment);
    if (deployment !== undefined && (gate?.verdict === 'pass' || decision)) place.proven.add(deployment);
    if (rollback && deployment !== undefined && place.back?.release !== number)
      // When it really was: the clock of the instance that decided may be minutes off.
      place.back = { release: number, deployment, decidedMs: nowMs };
  }

  /** A split that was written, ours, and what is copied beside it. */
  wrote(environment: Environment, desired: Split, mirror: Split): void {
    this.count('setTraffic');
    const key = { environment, model: '' };
    const copied = Object.entries(mirror);
    if (copied.length > 0) this.count('copied');
    if (copied.length > 1 || copied.some(([name, percent]) => percent > 50 || (desired[name] ?? 0) > 0))
      this.#blame(key, `wrote copies ${JSON.stringify(mirror)} beside ${JSON.stringify(desired)}`);
    const percents = Object.values(desired);
    const sum = percents.reduce((total, percent) => total + percent, 0);
    if (percents.some((percent) => percent < 0 || percent > 100) || (sum !== 0 && sum !== 100))
      this.#blame(key, `wrote the split ${JSON.stringify(desired)}`);
    const unproven = Object.keys(desired).filter((name) => (desired[name] ?? 0) > 0 && !this.#places[environment].proven.has(name)); // prettier-ignore
    if (unproven.length > 0) this.#blame(key, `sent live traffic to ${unproven.join(', ')}, which nothing had proven`);
  }

  /** What somebody put live by hand is their business. */
  movedByHand(environment: Environment, live: Split): void {
    for (const [name, percent] of Object.entries(live)) if (percent > 0) this.#places[environment].proven.add(name);
  }

  /** Time went by: is what had to be back by now back? */
  look({ nowMs, live, troubledUntilMs }: Seen): void {
    for (const environment of ENVIRONMENTS) {
      const place = this.#places[environment];
      const { back, row } = place;
      if (!back) continue;
      const waits = row?.conditions.held !== undefined;
      if ((live[environment][back.deployment] ?? 0) === 0 || waits || row?.release?.number !== back.release) {
        if ((live[environment][back.deployment] ?? 0) === 0 || row?.release?.number !== back.release) delete place.back;
        continue;
      }
      const troubled = troubledUntilMs + BACK_AFTER_TROUBLE_MS > back.decidedMs;
      const byMs = troubled ? Math.max(back.decidedMs, troubledUntilMs) + BACK_AFTER_TROUBLE_MS : back.decidedMs + BACK_MS; // prettier-ignore
      if (nowMs <= byMs) continue;
      this.#blame({ environment, model: '' }, `release ${back.release} still has live traffic ${Math.round((nowMs - back.decidedMs) / 1000)} s after it was decided to take it back`); // prettier-ignore
      delete place.back;
    }
  }

  /** The day is over, nothing goes wrong any more, and there was time for everything. */
  rest(environment: Environment, { nowMs, live }: Seen): void {
    const { row } = this.#places[environment];
    const key = { environment, model: '' };
    if (!row) return;
    const { held, paused, stalled } = row.conditions;
    const person = held !== undefined || stalled !== undefined || (paused !== undefined && paused.until === undefined);
    if (!isQuiet(row) && !person && !(Date.parse(row.nextLook ?? '') > nowMs))
      this.#blame(key, `waits for nothing: ${JSON.stringify({ phase: row.release?.phase, nextLook: row.nextLook, waiting: row.waiting, conditions: row.conditions })}`); // prettier-ignore
    if (row.traffic && !held && isQuiet(row) && !sameSplit(row.traffic.desired, live[environment]))
      this.#blame(key, `rests, but live traffic is ${JSON.stringify(live[environment])}, wanted ${JSON.stringify(row.traffic.desired)}`); // prettier-ignore
  }

  blame(environment: Environment, what: string): void {
    this.#blame({ environment, model: '' }, what);
  }
}
