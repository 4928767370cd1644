/** Many seeds: over worker threads, with what they found summed up. */
import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import { Worker, isMainThread, parentPort, workerData } from 'node:worker_threads';
import { simulate } from './day.ts';
import { planOf } from './plan.ts';

export interface Violation {
  readonly seed: number;
  readonly what: string;
}

export interface Summary {
  readonly seeds: number;
  readonly passes: number;
  /** Lifecycles of which at least `PASSES` passes were made. */
  readonly days: number;
  readonly calls: number;
  readonly violations: readonly Violation[];
  readonly effects: Readonly<Record<string, number>>;
}

interface Range {
  readonly from: number;
  readonly count: number;
}

/** What makes a lifecycle's day one that counts. */
export const PASSES = 50;
const NOTHING: Summary = { seeds: 0, passes: 0, days: 0, calls: 0, violations: [], effects: {} };
/** Small enough that no thread is left with much more to do than the others. */
const AT_ONCE = 50;

export async function simulateRange({ from, count }: Range): Promise<Summary> {
  let sum = NOTHING;
  for (let seed = from; seed < from + count; seed += 1) sum = add(sum, await simulateSeed(seed));
  return sum;
}

async function simulateSeed(seed: number): Promise<Summary> {
  try {
    const { violations, passes, calls, effects } = await simulate(planOf(seed));
    const all = passes.reduce((sum, each) => sum + each, 0);
    return {
      seeds: 1,
      passes: all,
      days: passes.filter((each) => each >= PASSES).length,
      calls,
      effects,
      violations: violations.map((what) => ({ seed, what })),
    };
  } catch (error) {
    return { ...NOTHING, seeds: 1, violations: [{ seed, what: `the simulation threw: ${String(error)}` }] };
  }
}

function add(a: Summary, b: Summary): Summary {
  const effects = { ...a.effects };
  for (const [effect, count] of Object.entries(b.effects)) effects[effect] = (effects[effect] ?? 0) + count;
  return {
    seeds: a.seeds + b.seeds,
    passes: a.passes + b.passes,
    days: a.days + b.days,
    calls: a.calls + b.calls,
    violations: [...a.violations, ...b.violations],
    effects,
  };
}

/** The same result as `simulateRange`, on as many threads as there are cores. */
export async function simulateAll(
  { from, count }: Range,
  {
    threads = availableParallelism(),
    told,
  }: { readonly threads?: number; readonly told?: (done: number) => void } = {},
): Promise<Summary> {
  let next = from;
  let sum = NOTHING;
  const take = (): Range | undefined => {
    if (next >= from + count) return undefined;
    const range = { from: next, count: Math.min(AT_ONCE, from + count - next) };
    next += range.count;
    return range;
  };
  await Promise.all(
    Array.from({ length: threads }, async () => {
      // Days leave a lot behind that nobody needs any more.
      const worker = new Worker(new URL(import.meta.url), {
        workerData: 'simulate',
        resourceLimits: { maxYoungGenerationSizeMb: 128 },
      });
      try {
        for (let range = take(); range; range = take()) {
          const part = await asked(worker, range);
          sum = add(sum, part);
          told?.(sum.seeds);
        }
      } finally {
        await worker.terminate();
      }
    }),
  );
  return { ...sum, violations: sum.violations.toSorted((a, b) => a.seed - b.seed) };
}

async function asked(worker: Worker, range: Range): Promise<Summary> {
  const answer = once(worker, 'message');
  worker.postMessage(range);
  const [sum] = (await answer) as [Summary];
  return sum;
}

if (!isMainThread && workerData === 'simulate')
  parentPort?.on('message', (range: Range) => void simulateRange(range).then((sum) => parentPort?.postMessage(sum)));
