import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { DataSets } from '../../../examples/spam-filter/data.js';
import { breaksPercentDecoding, buildDataSets } from '../../../examples/spam-filter/data.js';
import { parseEstate } from '../../../src/lib/core/policy/parseEstate.ts';
import { parsePolicy } from '../../../src/lib/core/policy/parsePolicy.ts';
import { schemaFault } from '../../../src/lib/core/smoke/body.ts';
import { checkPublication } from '../../../src/lib/core/policy/publicationRules.ts';
import { example, linesOf, outcome, runScript, type Mail, type Prediction } from './given.ts';

interface ScoreScript {
  readonly init: () => Promise<void>;
  readonly run: (body: unknown) => Promise<{ predictions: { label: string; score: number }[] }>;
}

interface BatchScript {
  readonly run: (files: readonly string[]) => Promise<{ id: string; label: string; score: number }[]>;
}

const root = mkdtempSync(join(tmpdir(), 'spam-filter-test-'));
let sets: DataSets;
let holdout: Mail[];

const job = (script: string, options: Record<string, string>, environment: Record<string, string> = {}) =>
  runScript(root, script, options, environment);

function readExample(name: string): string {
  return readFileSync(join(example, name), 'utf8');
}

async function train(name: keyof DataSets, options: Record<string, string> = {}): Promise<string> {
  const model = join(root, `model-${name}-${Object.values(options).join('-')}`);
  await job('train.js', { data: sets[name].path, model, ...options });
  return model;
}

async function evaluate(champion: string, challenger: string): Promise<Prediction[]> {
  const predictions = join(mkdtempSync(join(root, 'out-')), 'new', 'predictions');
  await job('evaluate.js', { champion, challenger, data: sets.holdout.path, predictions });
  return linesOf<Prediction>(predictions);
}

async function scriptIn(folder: string, model: string): Promise<ScoreScript> {
  const code = mkdtempSync(join(root, 'deployment-'));
  cpSync(join(example, folder), code, { recursive: true });
  const script = (await import(/* @vite-ignore */ pathToFileURL(join(code, 'score.js')).href)) as ScoreScript;
  process.env['AZUREML_MODEL_DIR'] = model;
  await script.init();
  return script;
}

function ids(name: keyof DataSets): string[] {
  return linesOf<Mail>(sets[name].path).map(({ id }) => id);
}

function kindOf(id: string): string | undefined {
  return id.split('/')[0];
}

const models: Record<'v1' | 'v2' | 'v3' | 'wrong' | 'reseeded', string> = {
  v1: '',
  v2: '',
  v3: '',
  wrong: '',
  reseeded: '',
};

beforeAll(async () => {
  sets = buildDataSets(join(root, 'data'));
  holdout = linesOf<Mail>(sets.holdout.path);
  models.v1 = await train('train1');
  models.v2 = await train('train2');
  models.v3 = await train('train3');
  models.wrong = await train('trainWrongLabels');
  models.reseeded = await train('train2', { seed: '2' });
});

afterAll(() => {
  delete process.env['AZUREML_MODEL_DIR'];
  rmSync(root, { recursive: true });
});

describe('the data sets', () => {
  test('are the same each time', () => {
    const again = buildDataSets(join(root, 'again'));
    const changed = (Object.keys(again) as (keyof DataSets)[]).filter(
      (name) => readFileSync(again[name].path, 'utf8') !== readFileSync(sets[name].path, 'utf8'),
    );
    expect(changed).toEqual([]);
  });

  test('differ with the seed', () => {
    const other = buildDataSets(join(root, 'other'), { seed: 2 });
    expect(linesOf<Mail>(other.holdout.path)[0]?.id).not.toBe(holdout[0]?.id);
  });

  test('share no mail between training, holdout and live traffic, not even under another id', () => {
    const mails = (['train3', 'holdout', 'live'] as const).flatMap((name) => linesOf<Mail>(sets[name].path));
    expect(mails).toHaveLength(1965 + 1000 + 1000);
    expect(new Set(mails.map(({ id }) => id)).size).toBe(mails.length);
    expect(new Set(mails.map(({ text }) => text.slice(text.indexOf('\n\n')).trim())).size).toBe(mails.length);
  });

  test('grow: each training set holds the one before, and wrong labels differ in the second batch only', () => {
    const [first, second, hard, third, wrong] = (
      ['train1', 'train2', 'train2Hard', 'train3', 'trainWrongLabels'] as const
    ).map((name) => linesOf<Mail>(sets[name].path));
    expect(third!.slice(0, hard!.length)).toEqual(hard);
    expect(hard!.slice(0, second!.length)).toEqual(second);
    expect(hard).toHaveLength(second!.length + 15);
    expect(second!.slice(0, first!.length)).toEqual(first);
    const differing = second!.flatMap((mail, row) => (mail.label === wrong![row]?.label ? [] : [row]));
    expect(differing).toEqual(second!.map((_, row) => row).slice(first!.length));
  });

  test('live traffic has mails of kinds that the first delivery has, and newer ones', () => {
    const [all, familiar, newer] = (['live', 'liveFamiliar', 'liveNewer'] as const).map((name) => ids(name)) as [
      string[],
      string[],
      string[],
    ];
    const kinds = new Set(ids('train1').map(kindOf));
    expect(familiar.every((id) => kinds.has(kindOf(id)))).toBe(true);
    expect(newer.some((id) => kinds.has(kindOf(id)))).toBe(false);
    expect([...familiar, ...newer].toSorted()).toEqual(all.toSorted());
  });

  test('the holdout has half of the hard ham, and none of the kind that live traffic has in about 5 %', () => {
    expect(holdout.filter(({ id }) => id.startsWith('hard-ham-1/'))).toHaveLength(125);
    expect(holdout.filter(({ text }) => breaksPercentDecoding(text))).toHaveLength(0);
    const live = linesOf<Mail>(sets.live.path);
    const share = live.filter(({ text }) => breaksPercentDecoding(text)).length / live.length;
    expect(share).toBeGreaterThan(0.04);
    expect(share).toBeLessThan(0.06);
  });
});

describe('training and evaluation', () => {
  test('more mails make a better model, and more with hard ham a better one still', async () => {
    const first = outcome(await evaluate(models.v1, models.v2));
    const second = outcome(await evaluate(models.v2, models.v3));
    expect(first.champion).toBeCloseTo(0.85, 1);
    expect(first.challenger).toBeGreaterThan(0.9);
    expect(first.challenger).toBeLessThan(0.94);
    expect(first.p).toBeLessThan(0.001);
    expect(second.challenger).toBeGreaterThan(0.97);
    expect(second.p).toBeLessThan(0.001);
  });

  test('the same data in another order makes no better model', async () => {
    const weights = [models.v2, models.reseeded].map((model) => readFileSync(join(model, 'model.json'), 'utf8'));
    expect(weights[0] === weights[1]).toBe(false);
    const { challenger, p } = outcome(await evaluate(models.v2, models.reseeded));
    expect(challenger).toBeGreaterThan(0.9);
    expect(p).toBeGreaterThan(0.05);
  });

  test('swapped labels make a model that is right less often than always answering ham', async () => {
    const { challenger, p } = outcome(await evaluate(models.v2, models.wrong));
    expect(challenger).toBeLessThan(sets.holdout.ham / sets.holdout.rows);
    expect(p).toBeGreaterThan(0.999);
  });

  test('the predictions are one line for each mail of the data, in the form of the contract', async () => {
    const predictions = await evaluate(models.v1, models.v2);
    expect(predictions.map(({ id, label }) => ({ id, label }))).toEqual(
      holdout.map(({ id, label }) => ({ id, label })),
    );
    for (const line of predictions) {
      expect(Object.keys(line)).toEqual(['id', 'label', 'champion', 'challenger', 'slice']);
      expect(['ham', 'spam']).toContain(line.champion);
      expect(['ham', 'spam']).toContain(line.challenger);
      expect(['html', 'plain']).toContain(line.slice['format']);
    }
  });

  test('a job without its inputs names all that is missing', async () => {
    await expect(job('train.js', {})).rejects.toThrow('--data is missing; --model is missing');
    await expect(job('evaluate.js', { champion: models.v1 })).rejects.toThrow(
      '--challenger is missing; --data is missing; --predictions is missing',
    );
  });
});

describe('MLflow', () => {
  const calls: { url: string; authorization: string | undefined; body: LogBatch }[] = [];
  let answers: number[] = [];
  let address: string;
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = JSON.parse(Buffer.concat(chunks).toString()) as LogBatch;
      calls.push({ url: request.url ?? '', authorization: request.headers.authorization, body });
      response.writeHead(answers.shift() ?? 200, { 'content-type': 'application/json' }).end('{}');
    });
  });

  interface LogBatch {
    readonly run_id: string;
    readonly metrics: readonly { key: string; value: number; timestamp: number; step: number }[];
    readonly params: readonly { key: string; value: string }[];
    readonly tags: readonly { key: string; value: string }[];
  }

  function environment(): Record<string, string> {
    const MLFLOW_TRACKING_URI = `${address}/mlflow/v1.0/subscriptions/s/workspaces/ml-prod?`;
    return { MLFLOW_TRACKING_URI, MLFLOW_RUN_ID: 'job-1', MLFLOW_TRACKING_TOKEN: 'secret' };
  }

  beforeAll(async () => {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });

  afterAll(() => server.close());

  test('a training logs its params, its metrics and the digest of the data, in one call', async () => {
    calls.length = 0;
    await job('train.js', { data: sets.train1.path, model: join(root, 'logged') }, environment());
    expect(calls).toHaveLength(1);
    const [{ url, authorization, body }] = calls as [(typeof calls)[0]];
    expect(url).toBe('/mlflow/v1.0/subscriptions/s/workspaces/ml-prod/api/2.0/mlflow/runs/log-batch');
    expect(authorization).toBe('Bearer secret');
    expect(body.run_id).toBe('job-1');
    expect(body.params).toContainEqual({ key: 'rate', value: '0.2' });
    expect(body.metrics.find(({ key }) => key === 'train.rows')?.value).toBe(560);
    expect(body.tags.find(({ key }) => key === 'data.digest')?.value).toMatch(/^[0-9a-f]{64}$/);
  });

  test("an evaluation logs n and both models' metrics, as the predictions say", async () => {
    calls.length = 0;
    const predictions = join(root, 'logged-predictions');
    const inputs = { champion: models.v1, challenger: models.v2, data: sets.holdout.path, predictions };
    await job('evaluate.js', inputs, environment());
    const metrics = Object.fromEntries(calls[0]!.body.metrics.map(({ key, value }) => [key, value]));
    const expected = outcome(linesOf<Prediction>(predictions));
    expect(metrics['champion.accuracy']).toBeCloseTo(expected.champion, 12);
    expect(metrics['challenger.accuracy']).toBeCloseTo(expected.challenger, 12);
    expect(metrics['n']).toBe(1000);
  });

  test('a passing failure is tried again; a refusal fails the job', async () => {
    calls.length = 0;
    answers = [503];
    await job('train.js', { data: sets.train1.path, model: join(root, 'retried') }, environment());
    expect(calls).toHaveLength(2);
    answers = [403];
    await expect(
      job('train.js', { data: sets.train1.path, model: join(root, 'refused') }, environment()),
    ).rejects.toThrow(/MLflow did not take the run.*403/);
    expect(calls).toHaveLength(3);
  });
});

describe('serving', () => {
  test('answers what the evaluation said of the same model', async () => {
    const { run } = await scriptIn('score', models.v2);
    const { predictions } = await run({ mails: holdout.map(({ text }) => ({ text })) });
    const evaluated = await evaluate(models.v1, models.v2);
    expect(predictions.map(({ label }) => label)).toEqual(evaluated.map(({ challenger }) => challenger));
  });

  test('finds a model that is mounted under its own name, and takes a body as text', async () => {
    const mount = mkdtempSync(join(root, 'mount-'));
    cpSync(models.v2, join(mount, 'model'), { recursive: true });
    const { run } = await scriptIn('score', mount);
    const smoke = readExample('smoke.json');
    const { predictions } = await run(smoke);
    expect(predictions.map(({ label }) => label)).toEqual(['ham', 'spam']);
  });

  test('refuses what is not a request', async () => {
    const { run } = await scriptIn('score', models.v2);
    await expect(run({ input: [] })).rejects.toThrow('expected {"mails"');
    await expect(run({ mails: [{ text: 'x' }, {}] })).rejects.toThrow('mails[1].text must be a string');
  });

  test('the regression answers the whole holdout, and fails on exactly one kind of live mail', async () => {
    const { run } = await scriptIn('score-regression', models.v3);
    expect((await run({ mails: holdout })).predictions).toHaveLength(holdout.length);
    const live = linesOf<Mail>(sets.live.path);
    const failed: string[] = [];
    for (const mail of live) await run({ mails: [mail] }).catch(() => failed.push(mail.id));
    expect(failed).toEqual(live.filter(({ text }) => breaksPercentDecoding(text)).map(({ id }) => id));
  });
});

describe('serving in batches', () => {
  test('answers each mail of the files in a line of its own, as the evaluation said', async () => {
    const { run } = (await scriptIn('score-batch', models.v2)) as unknown as BatchScript;
    const rows = await run([sets.holdout.path, sets.live.path]);
    const evaluated = await evaluate(models.v1, models.v2);
    expect(rows).toHaveLength(sets.holdout.rows + sets.live.rows);
    expect(rows.slice(0, evaluated.length).map(({ id, label }) => [id, label])).toEqual(evaluated.map(({ id, challenger }) => [id, challenger])); // prettier-ignore
  });

  test('says which line is no mail', async () => {
    const { run } = (await scriptIn('score-batch', models.v2)) as unknown as BatchScript;
    const file = join(root, 'no-mail.ndjson');
    writeFileSync(file, '{"id": "a", "text": "x"}\n{"id": "b"}\n');
    await expect(run([file])).rejects.toThrow('no-mail.ndjson:2: expected');
  });
});

describe('the files a team writes', () => {
  // The batch policy is of the same model, on an endpoint of another kind.
  test.each([{ files: ['policy.yaml', 'environments.yaml'] }, { files: ['policy-batch.yaml'] }])(
    '$files and estate pass the check without a word, and fit each other',
    ({ files }) => {
      const policies = files.map((file) => {
        const read = parsePolicy(readExample(file), file, { readRequest: readExample, schemaFault });
        if ('faults' in read) throw new Error(JSON.stringify(read));
        return read;
      });
      const estate = parseEstate(readExample('estate.yaml'), 'estate.yaml');
      if ('faults' in estate) throw new Error(JSON.stringify(estate));
      const warnings = policies.flatMap((policy) => policy.warnings);
      expect([...warnings, ...estate.warnings, ...checkPublication(policies, estate.estate)]).toEqual([]);
    },
  );

  test("each job's command names its own inputs and outputs, and a script that is there", () => {
    for (const name of ['train.json', 'evaluate.json']) {
      const { properties } = JSON.parse(readExample(`jobs/${name}`)) as JobBody;
      const named = [...properties.command.matchAll(/\$\{\{(\w+\.\w+)\}\}/g)].map(([, path]) => path);
      const declared = [
        ...Object.keys(properties.inputs).map((input) => `inputs.${input}`),
        ...Object.keys(properties.outputs).map((output) => `outputs.${output}`),
      ];
      expect(new Set(named)).toEqual(new Set(declared));
      expect(readdirSync(join(example, 'code'))).toContain(/^node (\S+)/.exec(properties.command)?.[1]);
    }
  });

  interface Component {
    readonly properties: { componentSpec: { command: string; inputs: object; outputs: object } };
  }

  interface Node {
    readonly componentId: string;
    readonly inputs: Record<string, { value: string }>;
    readonly outputs?: Record<string, { value: string }>;
  }

  const components = { prepareMails: 'prepare_mails', trainSpamFilter: 'train_spam_filter', mailFeatures: 'mail_features' }; // prettier-ignore
  const componentSpec = (name: string) => (JSON.parse(readExample(`components/${name}.json`)) as Component).properties.componentSpec; // prettier-ignore

  test.each(Object.values(components))("component %s: the command names its own inputs and outputs, and a script that is there", (name) => {
    const { command, inputs, outputs } = componentSpec(name);
    const named = [...command.matchAll(/\$\{\{(\w+\.\w+)\}\}/g)].map(([, path]) => path);
    const declared = [...Object.keys(inputs).map((input) => `inputs.${input}`), ...Object.keys(outputs).map((output) => `outputs.${output}`)];
    expect(new Set(named)).toEqual(new Set(declared));
    expect(readdirSync(join(example, 'code'))).toContain(/^node (\S+)/.exec(command)?.[1]);
  }); // prettier-ignore

  test('the pipeline gives each component what it needs, and takes its model from the last', () => {
    const { properties } = JSON.parse(readExample('jobs/train-pipeline.json')) as { properties: { inputs: object; outputs: object; jobs: Record<string, Node> } };
    const given = Object.values(properties.jobs).map(({ componentId, inputs }) => {
      const name = Object.entries(components).find(([key]) => componentId === `<${key}Id>`)?.[1] ?? '';
      expect(Object.keys(inputs)).toEqual(Object.keys(componentSpec(name).inputs));
      return Object.values(inputs).map(({ value }) => value);
    });
    expect(given).toEqual([['${{parent.inputs.mails}}'], ['${{parent.jobs.prepare.outputs.prepared}}', '${{parent.inputs.seed}}']]);
    expect(Object.keys(properties.inputs)).toEqual(['mails', 'seed']);
    expect(properties.jobs['train']?.outputs).toEqual({ model: { type: 'literal', value: '${{parent.outputs.model}}' } });
  }); // prettier-ignore

  interface JobBody {
    readonly properties: { command: string; inputs: Record<string, unknown>; outputs: Record<string, unknown> };
  }
});
