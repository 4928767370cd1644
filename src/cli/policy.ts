import { parseArgs } from 'node:util';
import { check } from './policy/check.ts';
import type { Terminal } from './policy/files.ts';
import { publish } from './policy/publish.ts';
import { show } from './policy/show.ts';

const USAGE = `Usage:
  npm run policy -- check FILE... [--estate ESTATE]     tells every fault; exit code 1 when there is one
  npm run policy -- show FILE ENVIRONMENT               what holds there, and where each value comes from
  npm run policy -- publish FILE... [--estate ESTATE]   checks, then makes the files what Steward goes by
Reference: docs/policy.md`;

const terminal: Terminal = { out: (line) => console.log(line), error: (line) => console.error(line) };

/** The exit code: 0 done, 1 faults in the files, 2 not understood. */
async function main(args: readonly string[]): Promise<number> {
  let parsed;
  try {
    parsed = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: { estate: { type: 'string' }, help: { type: 'boolean', short: 'h' } },
    });
  } catch (error) {
    terminal.error(`${error instanceof Error ? error.message : String(error)}\n${USAGE}`);
    return 2;
  }
  const { values, positionals } = parsed;
  const [command, ...files] = positionals;
  if (values.help === true) {
    terminal.out(USAGE);
    return 0;
  }
  if (command === 'check' && (files.length > 0 || values.estate !== undefined))
    return check(files, values.estate, terminal);
  if (command === 'show' && files[0] !== undefined && files[1] !== undefined && files.length === 2)
    return show(files[0], files[1], terminal);
  if (command === 'publish' && (files.length > 0 || values.estate !== undefined))
    return publish(files, values.estate, terminal);
  const known = ['check', 'show', 'publish'].includes(command ?? '');
  const complaint = known
    ? `${command}: files are missing or too many`
    : `unknown command '${command ?? ''}': known are check, show, publish`;
  terminal.error(`${complaint}\n${USAGE}`);
  return 2;
}

process.exitCode = await main(process.argv.slice(2));
