import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { startTestEmulator, type TestEmulator } from '../../emulated.ts';
import { armClient, type ArmClient } from './armClient.ts';
import { addCode, addEnvironment } from './runtimeWorld.ts';

let emulator: TestEmulator;
let arm: ArmClient;
let code: string;
let environment: string;
const control = (path: string) => fetch(`${emulator.world.origin}/_control${path}`, { method: 'POST' });

beforeAll(async () => {
  emulator = await startTestEmulator();
  const { world, workspace } = emulator;
  arm = armClient(world, workspace);
  const scripts = { 'ok.mjs': '', 'fail.mjs': 'process.exit(3);', 'wait.mjs': 'setInterval(() => {}, 1000);' };
  code = await addCode(world, workspace, 'scripts', scripts);
  environment = addEnvironment(workspace);
});
afterAll(() => emulator.stop());

async function submit(name: string, script: string, environmentId = environment): Promise<void> {
  const properties = { jobType: 'Command', command: `node ${script}`, codeId: code, environmentId };
  expect((await arm.send('PUT', `/jobs/${name}`, { properties })).status).toBe(201);
}
const reached = (job: string, status: string) =>
  vi.waitFor(() => expect(emulator.workspace.jobs.get(job)?.status).toBe(status), 20_000);

async function details(run: string, experiment?: string, token?: string) {
  const { world, workspace } = emulator;
  const id = experiment ?? workspace.runs.get(run)?.experimentId;
  const bearer = token ?? world.tokens.issue('https://management.azure.com')?.token;
  const url = `${world.origin}/history/v1.0${workspace.id}/experimentids/${id}/runs/${run}/details`;
  const answer = await fetch(url, { headers: { authorization: `Bearer ${bearer}` } });
  const body: unknown = await answer.json();
  return { status: answer.status, body };
}

describe('the details of a run', () => {
  it('say nothing of an error when all went well', async () => {
    await submit('fine', 'ok.mjs');
    await reached('fine', 'Completed');
    const { status, body } = await details('fine');
    expect([status, body]).toEqual([200, expect.objectContaining({ runId: 'fine', status: 'Completed' })]);
    expect(body).not.toHaveProperty('error');
  });

  it('say with what status the process of a failed job exited', async () => {
    await submit('failing', 'fail.mjs');
    await reached('failing', 'Failed');
    expect((await details('failing')).body).toMatchObject({
      error: { error: { code: 'UserError', message: expect.stringContaining('status code 3') } },
    });
  });

  it('are there for runs of their own experiment, and for whoever has a token', async () => {
    expect((await details('failing', 'other')).status).toBe(404);
    expect((await details('nothing', 'other')).status).toBe(404);
    expect((await details('failing', undefined, 'no')).status).toBe(401);
  });
});

describe('taking a node away', () => {
  it('ends the process; the job fails and says why, and no later end follows', async () => {
    await submit('waiting', 'wait.mjs');
    await reached('waiting', 'Running');
    expect((await control('/jobs/waiting/preempt')).status).toBe(204);
    await reached('waiting', 'Failed');
    expect((await details('waiting')).body).toMatchObject({
      error: { error: { message: expect.stringContaining('PreemptionError') } },
    });
  });

  it('is refused for a job that does not run, or is unknown', async () => {
    expect((await control('/jobs/waiting/preempt')).status).toBe(409);
    expect((await control('/jobs/nothing/preempt')).status).toBe(404);
  });
});
