/** Many trials: over worker threads, always in the same order, so that the number of threads changes nothing. */
import { once } from 'node:events';
import { Worker, isMainThread, parentPort, workerData } from 'node:worker_threads';
import { METHODS } from './methods.ts';
import { trialsOf, type Purpose, type Trial } from './outcome.ts';
import { SCENARIOS, SETS, type ParameterSet } from './scenarios.ts';

/** A range of draws of one set. */
interface Job {
  readonly set: ParameterSet;
  readonly from: number;
  readonly count: number;
  readonly asked: Asked;
}

export interface Asked {
  readonly purpose: Purpose;
  /** First index in the seed ranges. */
  readonly from: number;
  readonly plans: number;
  /** Names. */
  readonly methods: readonly string[];
  readonly sets: readonly ParameterSet[];
  readonly scenarios: readonly string[];
}

/** The trials of one scenario under one set of parameters. */
export interface Batch {
  readonly set: ParameterSet;
  readonly scenario: string;
  readonly trials: readonly Trial[];
}

export const EVERYTHING = {
  methods: METHODS.map(({ name }) => name),
  sets: SETS,
  scenarios: SCENARIOS.map(({ name }) => name),
} as const;

const AT_ONCE = 20;

/** Per draw the trials of all scenarios. */
function work({ set, from, count, asked }: Job): Trial[][] {
  const scenarios = scenariosOf(set, asked);
  const methods = METHODS.filter(({ name }) => asked.methods.includes(name));
  return Array.from({ length: count }, (_, i) =>
    trialsOf({ purpose: asked.purpose, set, index: from + i }, scenarios, methods),
  );
}

/** Stresses are named things: random services have noise enough. */
function scenariosOf(set: ParameterSet, { scenarios }: Asked) {
  return SCENARIOS.filter(({ name, kind }) => scenarios.includes(name) && (set === 'named' || kind !== 'stress'));
}

/** Without threads everything is done here. */
export async function runAll(asked: Asked, threads: number): Promise<Batch[]> {
  const jobs = asked.sets.flatMap((set) => jobsOf(set, asked));
  const done = threads === 0 ? jobs.map((job) => work(job)) : await overThreads(jobs, threads);
  return asked.sets.flatMap((set) =>
    scenariosOf(set, asked).map(({ name }, s) => ({
      set,
      scenario: name,
      trials: done.flatMap((draws, i) => (jobs[i]?.set === set ? draws.flatMap((trials) => trials[s] ?? []) : [])),
    })),
  );
}

function jobsOf(set: ParameterSet, asked: Asked): Job[] {
  return Array.from({ length: Math.ceil(asked.plans / AT_ONCE) }, (_, i) => {
    const from = i * AT_ONCE;
    return { set, asked, from: asked.from + from, count: Math.min(AT_ONCE, asked.plans - from) };
  });
}

async function overThreads(jobs: readonly Job[], threads: number): Promise<Trial[][][]> {
  const done: Trial[][][] = [];
  let next = 0;
  await Promise.all(
    Array.from({ length: threads }, async () => {
      const worker = new Worker(new URL(import.meta.url), { workerData: 'decisions' });
      try {
        while (next < jobs.length) {
          const index = next;
          next += 1;
          worker.postMessage(jobs[index]);
          const [trials] = (await once(worker, 'message')) as [Trial[][]];
          done[index] = trials;
        }
      } finally {
        await worker.terminate();
      }
    }),
  );
  return done;
}

if (!isMainThread && workerData === 'decisions') {
  parentPort?.on('message', (job: Job) => {
    parentPort?.postMessage(work(job));
  });
}
