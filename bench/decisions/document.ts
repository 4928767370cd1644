import type { Results } from './results.ts';
import { SCENARIOS } from './scenarios.ts';
import { TABLES, markdown } from './tables.ts';

/**
 * The document is written by hand around what is measured: everything between `<!-- measured: NAME -->` and
 * `<!-- end -->` is put there from the results. A name that nothing fills is an error, and so is a table that is shown nowhere.
 */
const REGION = /<!-- measured: (\S+) -->\n[^]*?<!-- end -->/g;

export function filled(document: string, results: Results): string {
  const parts = new Map(Object.entries(partsOf(results)));
  const text = document.replace(REGION, (_, name: string) => {
    const part = parts.get(name);
    if (part === undefined) throw new Error(`the document asks for "${name}", which is not measured, or asks twice`);
    parts.delete(name);
    return `<!-- measured: ${name} -->\n${part}\n<!-- end -->`;
  });
  if (parts.size > 0) throw new Error(`measured, but not shown: ${[...parts.keys()].join(', ')}`);
  return text;
}

function partsOf(results: Results): Record<string, string> {
  return {
    run: run(results),
    scenarios: markdown([['scenario', 'what is different'], ...SCENARIOS.map(({ name, kind, about }) => [`${name} (${kind})`, about])]),
    ...Object.fromEntries(Object.entries(TABLES).map(([name, table]) => [name, markdown(table(results))])),
  }; // prettier-ignore
}

function run({ plans, seeds, alpha }: Results): string {
  const ranges = Object.entries(seeds).map(([set, [from, to]]) => `${set} ${from} to ${to}`);
  return `${plans} releases in each scenario of each set; seeds of the services: ${ranges.join(', ')}; \`maxFalseRollback\` ${100 * alpha} %.`;
}
