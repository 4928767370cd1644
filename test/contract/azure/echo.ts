import type { Deployment, Endpoint, Workspace, World } from '../../../emulator/world.ts';
import { seedAsset, seedDeployment } from './seeds.ts';
import { containerOf } from '../../emulated.ts';

const scripts = {
  good: 'export const run = (body) => body;',
  bad: 'export const run = () => { throw new Error("as it must"); };',
};

/** A deployment that really serves: `good` answers what it was sent, `bad` always fails. */
export async function seedEcho(
  world: World,
  workspace: Workspace,
  endpoint: Endpoint,
  kind: keyof typeof scripts,
): Promise<Deployment> {
  const script = scripts[kind];
  await containerOf(world, workspace)
    .getBlockBlobClient(`code/${kind}/score.mjs`)
    .upload(script, Buffer.byteLength(script));
  const codeUri = `azureml://datastores/workspaceblobstore/paths/code/${kind}/`;
  seedAsset(workspace, 'codes', kind, '1', { properties: { codeUri } });
  seedAsset(workspace, 'environments', 'node', '1', { properties: { image: 'node:24' } });
  const deployment = seedDeployment(workspace, endpoint, kind, { version: '1' });
  const { model: _, ...properties } = deployment.properties;
  const codeId = `${workspace.id}/codes/${kind}/versions/1`;
  deployment.properties = { ...properties, codeConfiguration: { codeId, scoringScript: 'score.mjs' } };
  await world.startDeployment(workspace, endpoint, deployment);
  if (deployment.state !== 'Succeeded') throw new Error(`${kind} does not serve: ${deployment.log}`);
  return deployment;
}
