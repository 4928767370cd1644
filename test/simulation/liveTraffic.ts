/** What live requests of the simulated endpoints met, minute by minute. */
import type { ArmMinute, Minute } from '../../src/lib/core/canary/state.ts';
import type { Split } from '../../src/lib/core/lifecycle.ts';
import type { TrafficMetrics } from '../../src/lib/ports.ts';
import type { Quality } from './plan.ts';

const MINUTE_MS = 60_000;
const REQUESTS_PER_MINUTE = 300;
const ERROR_RATE: Readonly<Record<Quality, number>> = {
  good: 0.005,
  bad: 0.005,
  failsLive: 0.3,
  answersOtherwise: 0.005,
};
/** What was before the day is the same each day. */
const BEFORE = new Map<number, Minute>();

interface Since {
  readonly atMs: number;
  readonly split: Split;
}

export class LiveTraffic {
  readonly #startMs: number;
  readonly #noise: () => number;
  readonly #qualityOf: (endpoint: string, deployment: string) => Quality;
  /** `<workspace>|<endpoint>` -> who got what since when. */
  readonly #splits = new Map<string, Since[]>();
  readonly #minutes = new Map<string, Map<number, Minute>>();

  constructor(startMs: number, noise: () => number, qualityOf: (endpoint: string, deployment: string) => Quality) {
    this.#startMs = startMs;
    this.#noise = noise;
    this.#qualityOf = qualityOf;
  }

  /** Copies are answered and counted like live requests. */
  remember(name: string, atMs: number, { traffic, mirror }: { readonly traffic: Split; readonly mirror: Split }): void {
    const splits = this.#splits.get(name) ?? [];
    this.#splits.set(name, splits);
    splits.push({ atMs, split: { ...traffic, ...mirror } });
  }

  /** Whole minutes that are over, from what was live as each began. */
  port(nowMs: () => number): TrafficMetrics {
    return {
      minutes: async (workspace, endpoint, from, to) => {
        const name = `${workspace}|${endpoint}`;
        const first = Math.ceil(from.getTime() / MINUTE_MS);
        const end = Math.min(Math.ceil(to.getTime() / MINUTE_MS), Math.floor(nowMs() / MINUTE_MS));
        const known = this.#minutes.get(name) ?? new Map<number, Minute>();
        this.#minutes.set(name, known);
        const minutes: Minute[] = [];
        for (let minute = first; minute < end; minute += 1) minutes.push(this.#minute(name, minute, known));
        return minutes;
      },
    };
  }

  #minute(name: string, minute: number, own: Map<number, Minute>): Minute {
    const atMs = minute * MINUTE_MS;
    const since = this.#splits.get(name);
    const kept = atMs < this.#startMs && since?.[0]?.split['first'] === 100 ? BEFORE : own;
    const known = kept.get(minute);
    if (known) return known;
    const split = since?.findLast((each) => each.atMs <= atMs)?.split;
    const live = Object.entries(split ?? {}).filter(([, percent]) => percent > 0);
    const arms = live.map(([deployment, percent]) => [deployment, this.#arm(name, deployment, percent, kept === BEFORE)]);
    const made: Minute = { at: new Date(atMs).toISOString(), arms: Object.fromEntries(arms) };
    kept.set(minute, made);
    return made;
  } // prettier-ignore

  #arm(name: string, deployment: string, percent: number, isBefore: boolean): ArmMinute {
    const requests = Math.round((REQUESTS_PER_MINUTE * percent) / 100);
    const [rate, noise] = isBefore
      ? [ERROR_RATE.good, 0.5]
      : [ERROR_RATE[this.#qualityOf(name, deployment)], this.#noise()];
    const errors = Math.min(requests, Math.floor(requests * rate + noise));
    return { requests, errors, throttled: 0, meanLatencyMs: 20 + noise, failures: errors > 0 ? { 424: errors } : {} };
  }
}
