import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { WorkspaceEvent } from '../../../emulator/world.ts';
import { containerOf, startTestEmulator, type TestEmulator } from '../../emulated.ts';
import { addCode, addEnvironment, addJob, addVersion, ended, upload } from './runtimeWorld.ts';

let emulator: TestEmulator;
let environmentId: string;

beforeAll(async () => {
  emulator = await startTestEmulator();
  environmentId = addEnvironment(emulator.workspace);
});
afterAll(() => emulator.stop());

/** Runs a job to its end and answers it with what was raised meanwhile. */
async function ran(name: string, properties: Record<string, unknown>) {
  const { world, workspace } = emulator;
  const events: WorkspaceEvent[] = [];
  world.onEvent((event) => {
    if ('run' in event && event.run.id === name) events.push(event);
  });
  const end = ended(world, name);
  const job = addJob(workspace, name, { environmentId, ...properties });
  world.runJob(workspace, job);
  const run = await end;
  return { job, run, told: events.map((event) => ('status' in event ? `${event.kind} ${event.status}` : event.kind)) };
}

/** Starts two that ignore the polite signal; their inherited output keeps the job's log open while they live. */
async function familyJob(name: string, after: string) {
  const { world, workspace } = emulator;
  const codeId = await addCode(world, workspace, name, {
    'family.mjs': `import { spawn } from 'node:child_process';
      const code = 'process.on("SIGTERM", () => {}); console.log("started"); setInterval(() => {}, 1000)';
      const child = spawn(process.execPath, ['-e', code], { stdio: ['ignore', 'pipe', 'inherit'] });
      spawn(process.execPath, ['-e', code], { stdio: 'inherit' });
      child.stdout.once('data', () => { ${after} });`,
  });
  return addJob(workspace, name, { environmentId, codeId, command: 'node family.mjs' });
}

async function stored(path: string): Promise<string> {
  const blob = containerOf(emulator.world, emulator.workspace).getBlobClient(path);
  return (await blob.downloadToBuffer()).toString('utf8');
}

describe('a command job', () => {
  it('runs its code on downloaded inputs and uploads its outputs', async () => {
    const { world, workspace } = emulator;
    await upload(world, workspace, {
      'mails/1.ndjson': 'one\n',
      'folder/a.txt': 'A',
      'folder/b/c.txt': 'C',
      'model-1/model.json': '{"w":1}',
    });
    const place = 'azureml://datastores/workspaceblobstore/paths';
    const mails = addVersion(workspace, 'data', 'mails', { dataType: 'uri_file', dataUri: `${place}/mails/1.ndjson` });
    addVersion(workspace, 'models', 'spam', { modelType: 'custom_model', modelUri: `${place}/model-1/` });
    const codeId = await addCode(world, workspace, 'copy', {
      'copy.mjs': `
        import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
        const [file, folder, model, seed, out, one] = process.argv.slice(2);
        writeFileSync(out + '/seen.json', JSON.stringify({
          file: readFileSync(file, 'utf8'), folder: readdirSync(folder, { recursive: true }).sort(),
          model: readFileSync(model + '/model.json', 'utf8'), seed }));
        writeFileSync(one, 'one line');`,
    });

    const { job, told } = await ran('copy-1', {
      codeId,
      command:
        'node copy.mjs ${{inputs.file}} ${{inputs.folder}} ${{inputs.model}} ${{inputs.seed}} ${{outputs.out}} ${{outputs.one}}',
      inputs: {
        file: { jobInputType: 'uri_file', uri: mails },
        folder: { jobInputType: 'uri_folder', uri: `${place}/folder` },
        model: { jobInputType: 'custom_model', uri: 'azureml:spam:1' },
        seed: { jobInputType: 'literal', value: '7' },
      },
      outputs: { out: { jobOutputType: 'uri_folder' }, one: { jobOutputType: 'uri_file' } },
    });

    expect(job.log).toContain('exit code 0');
    expect(JSON.parse(await stored('azureml/copy-1/out/seen.json'))).toEqual({
      file: 'one\n',
      folder: ['a.txt', 'b', 'b/c.txt'],
      model: '{"w":1}',
      seed: '7',
    });
    expect(await stored('azureml/copy-1/one/one')).toBe('one line');
    expect(told).toEqual([
      ...['NotStarted', 'Queued', 'Preparing', 'Running', 'Finalizing', 'Completed'].map(
        (status) => `runStatusChanged ${status}`,
      ),
      'runCompleted Completed',
    ]);
  });

  it('gives an output of one job to the next as azureml://jobs', async () => {
    const { world, workspace } = emulator;
    const codeId = await addCode(world, workspace, 'chain', {
      'write.mjs': `import { writeFileSync } from 'node:fs'; writeFileSync(process.argv[2] + '/x', 'from the first');`,
      'read.mjs': `import { readFileSync } from 'node:fs'; console.log(readFileSync(process.argv[2] + '/x', 'utf8'));`,
    });
    await ran('chain-1', {
      codeId,
      command: 'node write.mjs ${{outputs.m}}',
      outputs: { m: { jobOutputType: 'custom_model' } },
    });
    const { job } = await ran('chain-2', {
      codeId,
      command: 'node read.mjs ${{inputs.m}}',
      inputs: { m: { jobInputType: 'custom_model', uri: 'azureml://jobs/chain-1/outputs/m' } },
    });
    expect(job.log).toContain('from the first');
  });

  it('knows its run and nothing of where the emulator lives', async () => {
    process.env['SECRET_OF_THE_EMULATOR'] = 'x';
    const { world, workspace } = emulator;
    const codeId = await addCode(world, workspace, 'env', {
      'env.mjs': `console.log(JSON.stringify({ env: process.env, cwd: process.cwd() }));`,
    });
    const { job } = await ran('env-1', {
      codeId,
      command: 'node env.mjs',
      experimentName: 'spam',
      environmentVariables: { GIT_COMMIT: 'abc' },
    });
    const seen = JSON.parse(job.log.split('\n')[0]!) as { env: Record<string, string>; cwd: string };
    const ours = Object.keys(seen.env).filter((key) => !['PWD', 'OLDPWD', 'SHLVL', '_'].includes(key));
    expect(ours.toSorted()).toEqual([
      'GIT_COMMIT',
      'LANG',
      'MLFLOW_EXPERIMENT_ID',
      'MLFLOW_EXPERIMENT_NAME',
      'MLFLOW_RUN_ID',
      'MLFLOW_TRACKING_TOKEN',
      'MLFLOW_TRACKING_URI',
      'NODE_EXTRA_CA_CERTS',
      'PATH',
    ]);
    expect(seen.cwd).toBe(join(world.folder, 'jobs', workspace.guid, 'env-1', 'code'));
    expect(seen.env['MLFLOW_RUN_ID']).toBe('env-1');
    expect(workspace.runs.get('env-1')?.experimentName).toBe('spam');
  });

  it.each([
    { case: 'exits with 3', command: 'exit 3', log: 'exit code 3' },
    { case: 'names an input that it lacks', command: 'node ${{inputs.nothing}}', log: '${{inputs.nothing}}' },
    { case: 'is of an image that cannot be run', command: 'true', environment: 'python:3.12', log: 'python:3.12' },
    {
      case: 'has an input that is not stored',
      command: 'true',
      inputs: { x: { jobInputType: 'uri_folder', uri: 'azureml://datastores/workspaceblobstore/paths/nowhere' } },
      log: 'nothing is stored at',
    },
    {
      case: 'has an asset input without uri',
      command: 'true',
      inputs: { x: { jobInputType: 'uri_folder' } },
      log: 'inputs.x',
    },
  ])('fails, and its log says why, when it $case', async ({ case: name, command, environment, inputs = {}, log }) => {
    const changed = environment === undefined ? {} : { environmentId: addEnvironment(emulator.workspace, environment) };
    const { job, told } = await ran(`fails-${name.replaceAll(' ', '-')}`, { command, inputs, ...changed });
    expect(job.status).toBe('Failed');
    expect(job.log).toContain(log);
    expect(told.at(-1)).toBe('runStatusChanged Failed');
    expect(told).not.toContain('runCompleted Completed');
  });

  it('is killed with all that it started when it is canceled', async () => {
    const { world, workspace } = emulator;
    const end = ended(world, 'family-1');
    const job = await familyJob('family-1', 'setInterval(() => {}, 1000)');
    world.runJob(workspace, job);
    await expect.poll(() => job.log, { timeout: 10_000 }).toContain('started');
    world.cancelJob(workspace, job);
    expect(job.status).toBe('CancelRequested');
    await end;
    expect(job.status).toBe('Canceled');
  });

  it('takes what it started with it when it ends', async () => {
    const end = ended(emulator.world, 'family-2');
    const job = await familyJob('family-2', 'process.exit(0)');
    emulator.world.runJob(emulator.workspace, job);
    await end;
    expect(job.status).toBe('Completed');
  });

  it('is canceled when it takes longer, in virtual time, than its limit', async () => {
    const codeId = await addCode(emulator.world, emulator.workspace, 'sleeper', {
      'sleep.mjs': `setInterval(() => {}, 1000);`,
    });
    const { job } = await ran('slow-1', {
      codeId,
      command: 'node sleep.mjs',
      limits: { jobLimitsType: 'Command', timeout: 'PT1M' },
    });
    expect(job.status).toBe('Canceled');
    expect(job.log).toContain('limits.timeout');
  });

  it('keeps tags and git keys in its run, and logs to MLflow with what it was given', async () => {
    const { world, workspace } = emulator;
    const codeId = await addCode(world, workspace, 'log', {
      'log.mjs': `
        const { MLFLOW_TRACKING_URI: base, MLFLOW_RUN_ID: run_id, MLFLOW_TRACKING_TOKEN: token } = process.env;
        const answer = await fetch(base + '/api/2.0/mlflow/runs/log-batch', {
          method: 'POST', headers: { authorization: 'Bearer ' + token, 'content-type': 'application/json' },
          body: JSON.stringify({ run_id, metrics: [{ key: 'accuracy', value: 0.98, timestamp: 1, step: 0 }] }) });
        console.log(answer.status); if (!answer.ok) process.exit(1);`,
    });
    const { run, job } = await ran('log-1', {
      codeId,
      command: 'node log.mjs',
      tags: { team: 'mail' },
      properties: { 'mlflow.source.git.commit': 'abc' },
    });
    expect(job).toMatchObject({ status: 'Completed', log: expect.stringContaining('200') });
    expect(run.metrics).toEqual([{ key: 'accuracy', value: 0.98, timestamp: 1, step: 0 }]);
    expect(run.tags.get('team')).toBe('mail');
    expect(run.properties.get('mlflow.source.git.commit')).toBe('abc');
  });

  it('leaves its code readable below the emulator folder', () => {
    const path = join(emulator.world.folder, 'jobs', emulator.workspace.guid, 'log-1', 'code', 'log.mjs');
    expect(readFileSync(path, 'utf8')).toContain('MLFLOW_RUN_ID');
  });
});
