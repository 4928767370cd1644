/** What runs in the two instances of the app, sleeps in a call, or has died. */
import type { Deps } from '../../src/lib/deps.ts';
import type { Worker } from './calls.ts';
import type { Environment } from './plan.ts';

export interface Then {
  readonly done?: (answer: unknown) => void;
  readonly threw?: (error: unknown, worker: Worker) => void;
  readonly died?: () => void;
}

export interface Ground {
  depsOf(worker: Worker): Deps;
  /** The next number in the order of everything that happens. */
  tick(): number;
  note(line: string): void;
}

export class Workers {
  readonly #ground: Ground;
  /** And what becomes of its message when it dies. */
  readonly #alive = new Map<Worker, () => void>();
  #begun = 0;

  constructor(ground: Ground) {
    this.#ground = ground;
  }

  /** Runs it until it rests: it has ended, sleeps or is dead. */
  async begin(what: string, run: (deps: Deps) => Promise<unknown>, then: Then = {}, passOf?: Environment): Promise<void> {
    const instance = this.nextInstance();
    this.#begun += 1;
    const ground = this.#ground;
    const worker: Worker = { name: `#${this.#begun} ${what}`, instance, tick: ground.tick(), passOf, dead: false, puzzled: false, asleep: new Set() };
    this.#alive.set(worker, then.died ?? (() => {}));
    ground.note(`${worker.name} begins`);
    run(ground.depsOf(worker)).then(
      (answer) => this.#ended(worker, () => then.done?.(answer)),
      (error: unknown) => this.#ended(worker, () => {
        ground.note(`${worker.name} threw ${error instanceof Error ? error.message : String(error)}`);
        then.threw?.(error, worker);
      }),
    );
    await restful();
  } // prettier-ignore

  /** Both in turn. */
  nextInstance(): 0 | 1 {
    return this.#begun % 2 === 0 ? 1 : 0;
  }

  /** When a call that sleeps comes to its end next. */
  wakesMs(): number {
    let next = Number.POSITIVE_INFINITY;
    for (const { asleep } of this.#alive.keys()) for (const { untilMs } of asleep) next = Math.min(next, untilMs);
    return next;
  }

  /** Wakes one whose time is over, if there is any. */
  async wakeOne(nowMs: number): Promise<boolean> {
    for (const { asleep } of this.#alive.keys())
      for (const call of asleep) {
        if (call.untilMs > nowMs) continue;
        asleep.delete(call);
        call.wake();
        await restful();
        return true;
      }
    return false;
  }

  /** One, or all of an instance. */
  kill(what: Worker | 0 | 1): void {
    for (const [worker, died] of this.#alive) {
      if (worker !== what && worker.instance !== what) continue;
      worker.dead = true;
      this.#alive.delete(worker);
      died();
    }
  }

  #ended(worker: Worker, then: () => void): void {
    if (this.#alive.delete(worker)) then();
  }
}

/** All that runs has come to where it waits for something: an answer, its end, or for ever. */
function restful(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
