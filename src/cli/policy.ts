import { parseArgs } from 'node:util';
import { check } from './policy/check.ts';
import type { Terminal } from './policy/files.ts';
import type { Connected } from './policy/publish.ts';
import { publish } from './policy/publish.ts';
import { show } from './policy/show.ts';

const USAGE = `Usage:
  npm run policy -- check FILE... [--estate ESTATE] [--json]
                                                        tells every fault and doubt; exit code 1 when there is a fault
  npm run policy -- show FILE ENVIRONMENT               what holds there, and where each value comes from
  npm run policy -- publish FILE... [--estate ESTATE]   checks, then makes the files what Steward goes by
Reference: docs/policy.md; what check looks for: docs/policy-checks.md`;

const terminal: Terminal = { out: (line) => console.log(line), error: (line) => console.error(line) };

/** The exit code: 0 done, 1 faults in the files, 2 not understood. */
async function main(args: readonly string[]): Promise<number> {
  const [command, ...rest] = args;
  if (command === undefined || command === '--help' || command === '-h') {
    terminal.out(USAGE);
    return command === undefined ? 2 : 0;
  }
  const options = optionsIn(rest);
  return 'complaint' in options ? notUnderstood(options.complaint) : run(command, options);
}

interface Options {
  readonly files: readonly string[];
  readonly estate: string | undefined;
  readonly json: boolean;
}

function optionsIn(args: readonly string[]): Options | { readonly complaint: string } {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: { estate: { type: 'string' }, json: { type: 'boolean', default: false } },
    });
    return { files: positionals, estate: values.estate, json: values.json };
  } catch (error) {
    return { complaint: error instanceof Error ? error.message : String(error) };
  }
}

async function run(command: string, { files, estate, json }: Options): Promise<number> {
  if (json && command !== 'check') return notUnderstood(`${command}: --json is for check`);
  switch (command) {
    case 'check':
      if (files.length === 0 && estate === undefined) return notUnderstood('check: expected FILE... or --estate');
      return check(files, estate, terminal, { json });
    case 'show': {
      const [file, environment] = files;
      if (file === undefined || environment === undefined || files.length > 2)
        return notUnderstood('show: expected FILE ENVIRONMENT');
      return show(file, environment, terminal);
    }
    case 'publish':
      if (files.length === 0 && estate === undefined) return notUnderstood('publish: expected FILE... or --estate');
      return publish(files, estate, terminal, connectStore);
    default:
      return notUnderstood(`unknown command '${command}': known are check, show, publish`);
  }
}

/** Loaded only to publish: check and show work without settings and SDKs. */
async function connectStore(): Promise<Connected> {
  const { connect } = await import('../lib/deps.ts');
  const { policyStore, clock } = connect();
  return { store: policyStore, now: clock.now() };
}

function notUnderstood(why: string): number {
  terminal.error(`${why}\n${USAGE}`);
  return 2;
}

process.exitCode = await main(process.argv.slice(2));
