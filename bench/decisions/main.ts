/**
 * `npm run bench:decisions`: how often the judge is wrong, how late, and how near that is to what can be had, beside others.
 *
 *   --tuning          the other seeds: for whoever changes the judge. Writes nothing.
 *   --plans 200       releases per scenario and set (1000); --from 5000 starts there in the seed ranges
 *   --only Steward    methods whose name contains that, and the oracle
 *   --scenario leak   of that name only; --set named or random
 *   --threads 2       0: none
 *   --quick           few plans, to see that it runs. Writes nothing.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { curvesOf } from './curves.ts';
import { filled } from './document.ts';
import { resultsOf, type Results } from './results.ts';
import { EVERYTHING } from './run.ts';
import { SCENARIOS } from './scenarios.ts';
import { ORACLE } from './summary.ts';
import { terminalTables } from './tables.ts';

const ROOT = new URL('../../', import.meta.url);
const at = (path: string) => new URL(path, ROOT);
const PLANS = 1000;
const QUICK_PLANS = 10;

const { values } = parseArgs({
  options: {
    tuning: { type: 'boolean', default: false },
    quick: { type: 'boolean', default: false },
    plans: { type: 'string' },
    from: { type: 'string', default: '0' },
    only: { type: 'string' },
    scenario: { type: 'string' },
    set: { type: 'string' },
    threads: { type: 'string', default: String(availableParallelism()) },
  },
});

const { tuning, quick, only, scenario, set } = values;
const plans = Number(values.plans ?? (quick ? QUICK_PLANS : PLANS));
const began = performance.now();
const results = await resultsOf(
  {
    purpose: tuning ? 'tuning' : 'judging',
    from: Number(values.from),
    plans,
    methods: EVERYTHING.methods.filter((name) => only === undefined || name.includes(only) || name === ORACLE),
    sets: EVERYTHING.sets.filter((name) => set === undefined || name === set),
    scenarios: SCENARIOS.map(({ name }) => name).filter((name) => scenario === undefined || name === scenario),
  },
  Number(values.threads),
);
console.log(terminalTables(results));
console.log(`${((performance.now() - began) / 1000).toFixed(1)} s`);
const whole = [tuning, quick, values.plans, only, scenario, set].every(
  (value) => value === undefined || value === false,
);
if (whole) write(results);

function write(results: Results): void {
  mkdirSync(at('bench/results/'), { recursive: true });
  mkdirSync(at('docs/decision-quality/'), { recursive: true });
  writeFileSync(at('bench/results/decisions.json'), lines(results));
  const document = at('docs/decision-quality.md');
  writeFileSync(document, filled(readFileSync(document, 'utf8'), results));
  for (const [file, svg] of Object.entries(curvesOf(results))) writeFileSync(at(`docs/decision-quality/${file}`), svg);
}

/** JSON with a line for each element of a list, so that a difference can be read. */
function lines(results: Results): string {
  const parts = Object.entries(results).map(([key, value]: [string, unknown]) => {
    const written = Array.isArray(value) ? `[\n  ${value.map((each) => JSON.stringify(each)).join(',\n  ')}\n ]` : JSON.stringify(value);
    return ` ${JSON.stringify(key)}: ${written}`;
  }); // prettier-ignore
  return `{\n${parts.join(',\n')}\n}\n`;
}
