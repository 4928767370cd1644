import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { startTestEmulator, type TestEmulator } from '../../emulated.ts';
import { armClient, type ArmClient } from './armClient.ts';
import { addCode, addEnvironment } from './runtimeWorld.ts';

let emulator: TestEmulator;
let arm: ArmClient;
let codeId: string;
let environmentId: string;

beforeAll(async () => {
  emulator = await startTestEmulator();
  const { world, workspace } = emulator;
  arm = armClient(world, workspace);
  codeId = await addCode(world, workspace, 'wait', { 'wait.mjs': 'setInterval(() => {}, 1000);' });
  environmentId = addEnvironment(workspace);
});
afterAll(() => emulator.stop());

async function count(compute: string, nodes: number, workspace = 'ml-prod') {
  const body = JSON.stringify({ compute, nodes });
  const { status } = await fetch(`${emulator.world.origin}/_control/workspaces/${workspace}/nodes`, { method: 'PUT', body }); // prettier-ignore
  return status;
}

async function submit(name: string, compute: string): Promise<void> {
  const properties = { jobType: 'Command', command: 'node wait.mjs', codeId, environmentId, computeId: compute };
  expect((await arm.send('PUT', `/jobs/${name}`, { properties })).status).toBe(201);
}

const reached = (job: string, status: string) =>
  vi.waitFor(() => expect(emulator.workspace.jobs.get(job)?.status).toBe(status), 20_000);

describe('a compute with one node', () => {
  it('runs one job at a time, and the next one when that has ended', async () => {
    expect(await count('small', 1)).toBe(204);
    const small = `${emulator.workspace.id}/computes/small`;
    await submit('first', small);
    await reached('first', 'Running');
    await submit('second', 'azureml:small');
    await submit('elsewhere', 'azureml:other');
    await reached('elsewhere', 'Running');
    await reached('second', 'Queued');
    await arm.send('POST', '/jobs/first/cancel');
    await reached('second', 'Running');
  });

  it('lets a job that waits be canceled', async () => {
    await submit('third', 'azureml:small');
    await reached('third', 'Queued');
    await arm.send('POST', '/jobs/third/cancel');
    await reached('third', 'Canceled');
    expect(emulator.workspace.jobs.get('second')?.status).toBe('Running');
  });

  it('is refused for a workspace that does not exist', async () => {
    expect(await count('small', 1, 'none')).toBe(404);
    expect(await count('small', -1)).toBe(400);
  });
});
