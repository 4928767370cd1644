/**
 * npm run simulate -- [--seeds N] [--from N]: so many days, the last line is JSON.
 * npm run simulate -- --seed N: that day, line by line, and as short as it still fails.
 */
import { parseArgs } from 'node:util';
import { simulate } from './day.ts';
import { planOf } from './plan.ts';
import { PASSES, simulateAll } from './seeds.ts';
import { shrunk } from './shrunk.ts';

const SHOWN = 20;
const { values } = parseArgs({
  options: { seeds: { type: 'string' }, from: { type: 'string' }, seed: { type: 'string' } },
});

if (values.seed === undefined) await many(Number(values.from ?? 1), Number(values.seeds ?? 2000));
else await one(Number(values.seed));

async function many(from: number, count: number): Promise<void> {
  const startedAt = performance.now();
  const cpuBefore = process.cpuUsage();
  const { seeds, passes, days, violations, effects } = await simulateAll({ from, count });
  const seconds = (performance.now() - startedAt) / 1000;
  const { user, system } = process.cpuUsage(cpuBefore);
  for (const { seed, what } of violations.slice(0, SHOWN)) console.log(`seed ${seed}: ${what}`);
  if (violations.length > SHOWN) console.log(`and ${violations.length - SHOWN} more`);
  if (violations.length > 0) console.log(`npm run simulate -- --seed ${violations[0]?.seed} shows the first, as short as it gets`);
  const perSecond = (what: number) => Math.round(what / seconds);
  const figures = {
    seeds, violations: violations.length,
    simulatedDay: `one lifecycle with at least ${PASSES} passes; those with fewer are not counted`,
    simulatedDaysPerSecond: perSecond(days), days, passesPerSecond: perSecond(passes), passes,
    passesPerCpuSecond: Math.round(passes / ((user + system) / 1_000_000)), effects,
  };
  console.log(JSON.stringify(figures));
  if (violations.length > 0) process.exitCode = 1;
} // prettier-ignore

async function one(seed: number): Promise<void> {
  const plan = planOf(seed);
  const { violations } = await simulate(plan);
  const shortest = violations.length > 0 ? await shrunk(seed) : plan;
  const { trace, violations: left } = await simulate(shortest, { traced: true });
  console.log(JSON.stringify(shortest, undefined, 2));
  console.log(trace.join('\n'));
  console.log(left.length > 0 ? left.join('\n') : 'nothing was violated');
  if (left.length > 0) process.exitCode = 1;
}
