import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { example } from './given.ts';

/** What a team creates with `az ml ... --file` is what the demo puts into the emulated Azure, in the words of the CLI. */
const yaml = (file: string) => {
  const { $schema, ...written } = parse(readFileSync(join(example, file), 'utf8')) as Record<string, unknown>;
  expect($schema).toMatch(/^https:\/\/azuremlschemas\.azureedge\.net\/latest\/\w+\.schema\.json$/);
  return written;
};
const body = (file: string) =>
  (JSON.parse(readFileSync(join(example, file), 'utf8')) as { properties: object }).properties;

test.each(['prepare_mails', 'train_spam_filter', 'mail_features'])('component %s', (name) => {
  // The CLI refuses any other name.
  expect(name).toMatch(/^[a-z][a-z0-9_]*$/);
  const { componentSpec } = body(`components/${name}.json`) as { componentSpec: object };
  const places = { code: '../code', environment: 'azureml:node:1' };
  expect(yaml(`components/${name}.yml`)).toEqual({ ...componentSpec, ...places });
});

interface Port {
  readonly jobInputType?: string;
  readonly jobOutputType?: string;
  readonly uri?: string;
  readonly mode?: string;
  readonly value?: string;
}

type Bound = Readonly<Record<string, { readonly value: string }>>;

interface Job {
  readonly jobType: string;
  readonly displayName: string;
  readonly experimentName: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly inputs: Readonly<Record<string, Port>>;
  readonly outputs: Readonly<Record<string, Port>>;
}

/** What stands in `<...>` in the bodies. */
const NAMED: Readonly<Record<string, string>> = {
  mailsUri: 'azureml:mails:1', dataUri: 'azureml:spam-holdout:1',
  championUri: 'azureml:spam-filter:1', challengerUri: 'azureml:spam-filter:1',
  prepareMailsId: 'azureml:prepare_mails:1', trainSpamFilterId: 'azureml:train_spam_filter:1',
  codeId: '../code', environmentId: 'azureml:node:1', computeId: 'azureml:cpu',
}; // prettier-ignore
const MODES: Readonly<Record<string, string>> = { ReadOnlyMount: 'ro_mount', ReadWriteMount: 'rw_mount' };

function named(text: string): string {
  return text.replace(/^<(\w+)>$/, (_, key: string) => NAMED[key] ?? key);
}

function ports(all: Readonly<Record<string, Port>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(all).map(([name, one]) => [name, port(one)]));
}

function port({ jobInputType, jobOutputType, uri, mode = '', value }: Port): unknown {
  if (value !== undefined) return Number(value);
  return { type: jobInputType ?? jobOutputType, ...(uri !== undefined && { path: named(uri) }), mode: MODES[mode] };
}

function values(all: Bound): Record<string, string> {
  return Object.fromEntries(Object.entries(all).map(([name, { value }]) => [name, value]));
}

function common({ jobType, displayName, experimentName, tags, inputs, outputs }: Job) {
  return {
    type: jobType.toLowerCase(),
    display_name: displayName,
    experiment_name: experimentName,
    tags,
    inputs: ports(inputs),
    outputs: ports(outputs),
  };
}

test('the evaluation', () => {
  const job = body('jobs/evaluate.json') as Job & Record<'command' | 'codeId' | 'environmentId' | 'computeId', string>; // prettier-ignore
  expect(yaml('jobs/evaluate.yml')).toEqual({
    ...common(job),
    command: job.command,
    code: named(job.codeId),
    environment: named(job.environmentId),
    compute: named(job.computeId),
    limits: { timeout: 3600 },
  });
});

interface Step {
  readonly type: string;
  readonly componentId: string;
  readonly inputs: Bound;
  readonly outputs?: Bound;
}

test('the pipeline', () => {
  const job = body('jobs/train-pipeline.json') as Job & { settings: { default_compute: string }; jobs: Record<string, Step> }; // prettier-ignore
  const steps = Object.entries(job.jobs).map(([name, { type, componentId, inputs, outputs }]) => [
    name,
    { type, component: named(componentId), inputs: values(inputs), ...(outputs && { outputs: values(outputs) }) },
  ]);
  expect(yaml('jobs/train-pipeline.yml')).toEqual({
    ...common(job),
    settings: { default_compute: named(job.settings.default_compute) },
    jobs: Object.fromEntries(steps) as object,
  });
});

test('the guide fills in all that stands in the monitor, and names files that are there', () => {
  const guide = readFileSync(join(example, '../../docs/retraining.md'), 'utf8');
  const filled = [...guide.matchAll(/-e "s\|<(\w+)>\|/g)].map(([, key]) => key);
  const open = readFileSync(join(example, 'jobs/monitor.json'), 'utf8').matchAll(/<(\w+)>/g);
  expect(new Set(filled)).toEqual(new Set([...open].map(([, key]) => key)));
  for (const [, file = ''] of guide.matchAll(/--file (\w\S+)/g)) expect(() => yaml(file)).not.toThrow();
});
