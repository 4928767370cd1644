import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { check } from '../../../src/cli/policy/check.ts';
import { publish } from '../../../src/cli/policy/publish.ts';
import { show } from '../../../src/cli/policy/show.ts';
import { Unavailable } from '../../../src/lib/core/errors.ts';
import { ESTATE, SIMPLE } from '../core/policy/given.ts';
import { PolicyStoreTwin } from './policyStoreTwin.ts';

let folder: string;
let lines: string[];
const terminal = { out: (line: string) => lines.push(line), error: (line: string) => lines.push(`! ${line}`) };
const NOW = new Date('2026-11-23T09:00:00Z');

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'policy-'));
  lines = [];
});
afterEach(() => rmSync(folder, { recursive: true }));

function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

function connectTo(store: PolicyStoreTwin) {
  return () => Promise.resolve({ store, now: NOW });
}

function unreachable(): Promise<never> {
  return Promise.reject(new Error('the store was opened'));
}

function run(...args: string[]): Promise<{ code: number; out: string; error: string }> {
  const command = ['--disable-warning=ExperimentalWarning', 'src/cli/policy.ts', ...args];
  return new Promise((resolve) => {
    const child = execFile(process.execPath, command, { env: {} }, (_, out, error) =>
      resolve({ code: child.exitCode ?? -1, out, error }),
    );
  });
}

/** Without the folder, which differs each time. */
function told(): string[] {
  return lines.map((line) => line.replaceAll(`${folder}/`, ''));
}

describe('check', () => {
  it('tells the faults of all files together and fails', () => {
    const a = file('a.yaml', SIMPLE.replace('metric: accuracy', 'metric: 7'));
    const b = file('b.yaml', SIMPLE.replace('spam-online', 'spam_online'));
    expect(check([a, b], undefined, terminal)).toBe(1);
    expect(told().filter((line) => !line.includes('warning:'))).toEqual([
      'a.yaml:8:22 gate.metric: expected the name of a metric that the evaluation logs, got 7',
      "b.yaml:5:40 environments.prod.endpoint: expected an endpoint name: 3 to 32 letters, digits and single dashes, beginning with a letter, got 'spam_online'",
      '2 files: 2 faults, 0 warnings; names and floors not checked, for want of --estate',
    ]);
  });

  it('warnings alone do not fail', () => {
    expect(check([file('a.yaml', `${SIMPLE}rollout: {bake: 5m}\n`)], undefined, terminal)).toBe(0);
    expect(told().at(-1)).toBe('1 file: 0 faults, 1 warning; names and floors not checked, for want of --estate');
  });

  it('tells machines the same in one list', () => {
    const policy = file('a.yaml', SIMPLE.replace('better: higher', 'better: higher, min: 0'));
    expect(check([policy], file('estate.yaml', ESTATE), terminal, { json: true })).toBe(1);
    expect(JSON.parse(told().join('\n'))).toEqual([
      {
        severity: 'fault', file: 'a.yaml', at: { line: 8, column: 53 }, key: 'gate.min', message: 'accuracy is never below 0: every version passes',
        code: 'SW102', page: 'docs/policy-checks.md#sw102-bound-cannot-fail',
      },
    ]); // prettier-ignore
    lines = [];
    expect(check([file('b.yaml', SIMPLE)], undefined, terminal, { json: true })).toBe(0);
    expect(told()).toEqual(['[]']);
  });

  it('holds policies against the estate', () => {
    const policy = file('a.yaml', SIMPLE.replace('ml-prod', 'ml-prdo'));
    expect(check([policy], file('estate.yaml', ESTATE), terminal)).toBe(1);
    expect(told()).toContain(
      "a.yaml:5:21 environments.prod.workspace: expected a workspace of the estate (ml-prod, ml-test), got 'ml-prdo' (did you mean 'ml-prod'?)",
    );
  });

  it('reads request files beside the policy', () => {
    file('smoke.json', '{"data": ["hello"]}');
    const policy = file('a.yaml', `${SIMPLE}rollout: {smokeTest: {request: smoke.json}}\n`);
    expect(check([policy], undefined, terminal)).toBe(0);
  });

  it('says which file cannot be read', () => {
    expect(check([join(folder, 'none.yaml')], undefined, terminal)).toBe(1);
    expect(told()[0]).toMatch(/^none\.yaml cannot be read: ENOENT/);
  });
});

describe('show', () => {
  it('prints each value with its origin', () => {
    expect(show(file('a.yaml', SIMPLE), 'prod', terminal)).toBe(0);
    const rows = told().map((line) => line.trim().split(/ {2,}/));
    expect(rows).toContainEqual(['gate.metric', 'accuracy', 'top level, a.yaml:8']);
    expect(rows).toContainEqual(['rollout.bake', '10m', 'default']);
    expect(rows).toContainEqual(['endpoint', 'spam-online', 'environment, a.yaml:5']);
  });

  it('knows what was probably meant', () => {
    expect(show(file('a.yaml', SIMPLE), 'prd', terminal)).toBe(1);
    expect(told().at(-1)).toBe("! expected an environment of spam-filter (prod), got 'prd' (did you mean 'prod'?)");
  });
});

describe('publish', () => {
  it('never opens the store for a file with faults', async () => {
    expect(await publish([file('a.yaml', 'steward: 1\n')], undefined, terminal, unreachable)).toBe(1);
  });

  it('says what changed', async () => {
    const connect = connectTo(new PolicyStoreTwin());
    const files = [file('a.yaml', SIMPLE)];
    expect(await publish(files, file('estate.yaml', ESTATE), terminal, connect)).toBe(0);
    expect(await publish(files, undefined, terminal, connect)).toBe(0);
    expect(told().filter((line) => line.startsWith('published'))).toEqual([
      'published: spam-filter, estate; unchanged: nothing',
      'published: nothing; unchanged: spam-filter',
    ]);
  });

  it('says why the storage did not answer', async () => {
    const down = new Unavailable('unreachable', 'blobs', 'blobs do not answer');
    const connect = () => Promise.reject(down);
    const files = [file('a.yaml', SIMPLE)];
    expect(await publish(files, file('estate.yaml', ESTATE), terminal, connect)).toBe(1);
    expect(told().slice(-2)).toEqual(['storage: blobs do not answer', '! nothing was published']);
  });

  it('says what is missing the first time', async () => {
    const connect = connectTo(new PolicyStoreTwin());
    expect(await publish([file('a.yaml', SIMPLE)], undefined, terminal, connect)).toBe(1);
    expect(told().slice(-2)).toEqual(['! expected --estate: none has been published yet', '! nothing was published']);
  });
});

describe('the command line', () => {
  it('checks without any setting, cloud or store', async () => {
    const { code, out } = await run('check', file('a.yaml', SIMPLE), '--estate', file('estate.yaml', ESTATE));
    expect({ code, last: out.trim().split('\n').at(-1) }).toEqual({ code: 0, last: '2 files: 0 faults, 0 warnings' });
  });

  it('publish names the setting that is missing', async () => {
    const { code, out, error } = await run('publish', file('a.yaml', SIMPLE), '--estate', file('estate.yaml', ESTATE));
    expect({ code, error: error.trim() }).toEqual({ code: 1, error: 'nothing was published' });
    expect(out).toContain('settings AzureWebJobsStorage: expected a connection string');
  });

  it.each([
    { args: ['chekc', 'a.yaml'], says: "unknown command 'chekc': known are check, show, publish" },
    { args: ['show', 'a.yaml'], says: 'show: expected FILE ENVIRONMENT' },
    { args: ['check'], says: 'check: expected FILE...' },
    { args: ['check', 'a.yaml', '--esate', 'b'], says: "Unknown option '--esate'" },
  ])('$args is not understood', async ({ args, says }) => {
    const { code, error } = await run(...args);
    expect(code).toBe(2);
    expect(error).toContain(says);
  });
});
