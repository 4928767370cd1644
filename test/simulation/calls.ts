/** Between the app and everything it calls: counts the calls and lets them meet what the plan says. */
import { Unavailable } from '../../src/lib/core/errors.ts';
import type { Away, Environment, Plan, Trouble } from './plan.ts';

/** One thing that the app does: a message, a timer, a request. Dead ones never go on. */
export interface Worker {
  readonly name: string;
  readonly instance: 0 | 1;
  /** When it began, in the order of everything that happened. */
  readonly tick: number;
  dead: boolean;
  /** The lifecycle that it makes passes over. */
  readonly passOf: Environment | undefined;
  /** It met what its version of the app does not know. */
  puzzled: boolean;
  /** Calls of its that sleep: several where it asks side by side. */
  readonly asleep: Set<{ readonly untilMs: number; readonly wake: () => void }>;
}

export interface Witness {
  isAway(who: Away): boolean;
  nowMs(): number;
  note(line: string): void;
  /** It dies; or an instance of the app, and with it all that it was doing. */
  kill(what: Worker | 0 | 1): void;
  /** An effect whose caller has given up takes place so late. */
  later(atMs: number, effect: () => Promise<unknown>): void;
}

/** Writes that a service may still apply after its client gave up. */
const MAY_BE_LATE = new Set([
  'endpoints.setTraffic',
  'endpoints.createDeployment',
  'endpoints.deleteDeployment',
  'jobs.submitEvaluation',
  'trainings.submit',
  'trainings.register',
]);
/** No answer: whoever waits for it never goes on. */
const never = <T>() => new Promise<T>(() => {});

export class Calls {
  readonly #troubles: readonly Plan['troubles'][number][];
  readonly #witness: Witness;
  #next = 0;
  #quiet = 0;
  /** Virtual time at which the last trouble was over. */
  troubledUntilMs = 0;
  count = 0;

  constructor({ troubles }: Plan, witness: Witness) {
    this.#troubles = troubles;
    this.#witness = witness;
  }

  /** The port of a service for any worker, with each call in between. What a twin has besides its methods is not for the app. */
  between<P extends object>(name: string, port: P, of: Away): (worker: Worker) => P {
    const methods = Object.entries(port)
      .filter(([, member]) => typeof member === 'function')
      .map(([method, member]) => ({ method, called: `${name}.${method}`, member }));
    return (worker) => {
      const between: Record<string, unknown> = {};
      for (const { method, called, member } of methods)
        between[method] = (...given: unknown[]) =>
          this.call(worker, called, async () => {
            if (this.#witness.isAway(of)) throw new Unavailable('serverError', of, `${of} is away`);
            return member.apply(port, given);
          });
      return between as P;
    };
  }

  async call<T>(worker: Worker, name: string, effect: () => Promise<T>): Promise<T> {
    if (worker.dead) return never();
    this.count += 1;
    const trouble = this.#trouble(name);
    if (!trouble) return effect();
    this.#witness.note(`${worker.name} ${name} meets ${JSON.stringify(trouble)}`);
    switch (trouble.meets) {
      case 'stall':
        return this.#stall(worker, trouble, effect);
      case 'crash':
        if (trouble.when === 'after') await effect().catch(() => undefined);
        return this.#crash(worker, trouble);
      case 'failure':
        if (trouble.when === 'after') await effect();
        throw new Unavailable('timeout', name, `${name} did not answer in time`);
      case 'late':
        this.#until(this.#witness.nowMs() + trouble.seconds * 1000);
        this.#witness.later(this.#witness.nowMs() + trouble.seconds * 1000, effect);
        throw new Unavailable('timeout', name, `${name} did not answer in time`);
    }
  }

  #trouble(name: string): Trouble | undefined {
    const planned = this.#troubles[this.#next];
    if (!planned) return undefined;
    this.#quiet += 1;
    if (this.#quiet <= planned.afterCalls) return undefined;
    // It waits for the first call that can meet it.
    if (planned.trouble.meets === 'late' && !MAY_BE_LATE.has(name)) return undefined;
    this.#next += 1;
    this.#quiet = 0;
    this.#until(this.#witness.nowMs());
    return planned.trouble;
  }

  #until(ms: number): void {
    this.troubledUntilMs = Math.max(this.troubledUntilMs, ms);
  }

  async #stall<T>(
    worker: Worker,
    { when, seconds }: Extract<Trouble, { meets: 'stall' }>,
    effect: () => Promise<T>,
  ): Promise<T> {
    const untilMs = this.#witness.nowMs() + seconds * 1000;
    this.#until(untilMs);
    const sleep = () =>
      new Promise<void>((wake) => {
        worker.asleep.add({ untilMs, wake });
      });
    if (when === 'before') await sleep();
    const answer = await effect();
    if (when === 'after') await sleep();
    return answer;
  }

  #crash<T>(worker: Worker, { whole }: Extract<Trouble, { meets: 'crash' }>): Promise<T> {
    this.#witness.kill(whole ? worker.instance : worker);
    return never();
  }
}
