import { randomUUID } from 'node:crypto';
import { Hono, type Context } from 'hono';
import { z } from 'zod';
import { assetVersion, isAssetReference, UnknownReference } from '../../runtime/assets.ts';
import { requireToken } from '../../tokens.ts';
import type { BatchDeployment, BatchEndpoint, Job, TokenFault, Workspace, World } from '../../world.ts';
import { invocationBody } from './invocation.ts';
import { jobProperties } from './jobProperties.ts';

const deploymentHeader = 'azureml-model-deployment';

/** The address of batch endpoints: each invocation is a new job of a deployment, the default one unless the header names another. */
export function batch(world: World): Hono {
  const app = new Hono();
  app.use(requireToken(world, 'https://ml.azure.com', unauthorized));
  app.post('/batch/:endpoint/jobs', async (c) => {
    const found = endpointNamed(world, c.req.param('endpoint'));
    if (found === undefined) return refusal(404, 'NotFound', 'There is no such batch endpoint.');
    const { workspace, endpoint } = found;
    const deployment = deploymentFor(endpoint, c.req.header(deploymentHeader));
    if (typeof deployment === 'string') return refusal(404, 'NotFound', deployment);
    if (deployment.state !== 'Succeeded') return refusal(409, 'Conflict', `Deployment ${deployment.name} is in ${deployment.state} provisioning state.`); // prettier-ignore
    const body = invocationBody.safeParse(await c.req.json().catch(() => undefined));
    if (!body.success) return refusal(400, 'ValidationError', z.prettifyError(body.error));
    try {
      const job = start(world, workspace, { endpoint, deployment, asked: body.data.properties });
      return c.json(jobView(job), 201);
    } catch (error) {
      if (error instanceof UnknownReference) return refusal(400, 'UserError', error.message);
      throw error;
    }
  });
  app.get('/batch/:endpoint/jobs/:job', (c) => {
    const job = endpointNamed(world, c.req.param('endpoint'))?.workspace.jobs.get(c.req.param('job'));
    return job === undefined ? refusal(404, 'NotFound', 'There is no such job.') : c.json(jobView(job));
  });
  return app;
}

function start(world: World, workspace: Workspace, invoked: Parameters<typeof jobProperties>[1]): Job {
  for (const input of Object.values(invoked.asked.InputData))
    if (input.JobInputType !== 'Literal' && isAssetReference(input.Uri)) assetVersion(workspace, 'data', input.Uri);
  const name = `batchjob-${randomUUID()}`;
  const now = world.clock.now();
  const { properties, ...rest } = jobProperties(workspace, invoked);
  const job: Job = {
    id: `${workspace.id}/jobs/${name}`,
    name,
    type: 'Microsoft.MachineLearningServices/workspaces/jobs',
    tags: { ...invoked.asked.tags },
    properties: { displayName: name, experimentName: invoked.endpoint.name, isArchived: false, ...properties },
    createdAt: now,
    modifiedAt: now,
    status: 'NotStarted',
    log: '',
    ...rest,
  };
  workspace.jobs.set(name, job);
  world.runJob(workspace, job);
  return job;
}

function jobView({ id, name, type, status, tags }: Job): object {
  return { id, name, type, properties: { status, tags } };
}

function deploymentFor(
  { deployments, properties }: BatchEndpoint,
  asked: string | undefined,
): BatchDeployment | string {
  const name = asked ?? (properties['defaults'] as { deploymentName?: string } | undefined)?.deploymentName;
  if (name === undefined) return 'The endpoint has no default deployment.';
  return deployments.get(name) ?? `The endpoint has no deployment named ${name}.`;
}

function endpointNamed(world: World, name: string): { workspace: Workspace; endpoint: BatchEndpoint } | undefined {
  for (const workspace of world.workspaces.values()) {
    const endpoint = workspace.batchEndpoints.get(name);
    if (endpoint !== undefined) return { workspace, endpoint };
  }
  return undefined;
}

function unauthorized(_: Context, fault: TokenFault): Response {
  return refusal(401, 'Unauthorized', `The access token is ${fault}.`);
}

function refusal(status: number, code: string, message: string): Response {
  return Response.json({ error: { code, message } }, { status });
}
