import { isDeepStrictEqual } from 'node:util';
import type { z } from 'zod';
import { notImplemented } from '../../front.ts';
import { UnknownReference } from '../../runtime/assets.ts';
import { parsePipelineJob } from '../../runtime/pipelineJob.ts';
import { parseSweepJob } from '../../runtime/sweepJob.ts';
import type { Job, Workspace, World } from '../../world.ts';
import { addedProperties, readBody } from './body.ts';
import { ArmError, notFound, userError, type ErrorDetail } from './errors.ts';
import {
  commandJobBody,
  jobKind,
  pipelineJobBody,
  type CommandJobProperties,
  type PipelineJobProperties,
} from './jobBody.ts';
import type { Operations } from './operations.ts';
import { hasTags, inView, ordered, page } from './paging.ts';
import { namedAsset } from './references.ts';
import { closePath, unreadOption, type ArmContext, type ArmRoutes } from './routes.ts';
import { sweepJobBody, sweepNotDone, type SweepJobProperties } from './sweepJobBody.ts';
import { view } from './view.ts';

const jobName = /^[a-zA-Z0-9][a-zA-Z0-9\-_]{0,254}$/;
/** "Only description, tags, displayName, properties, and isArchived can be updated." */
const mutable = ['description', 'tags', 'displayName', 'properties', 'isArchived'];
const ended = ['Completed', 'Failed', 'Canceled'];
const otherKinds = ['AutoML', 'Spark'];

type JobProperties = CommandJobProperties | PipelineJobProperties | SweepJobProperties;
const bodies = new Map<string, z.ZodType<{ properties: JobProperties }>>([
  ['Pipeline', pipelineJobBody],
  ['Sweep', sweepJobBody],
]);

export function jobRoutes(world: World, routes: ArmRoutes, running: Operations): void {
  routes.get('/jobs', (c) => {
    const workspace = c.get('workspace');
    const listed = ordered(c, workspace.jobs.values()).filter(
      (job) =>
        job.part === undefined &&
        inView(c, job.properties['isArchived'] === true) &&
        (c.req.query('jobType') ?? job.properties['jobType']) === job.properties['jobType'] &&
        hasTags(tagsOf(workspace, job), c.req.query('tag')),
    );
    const views = listed.map((job) => jobView(world, workspace, job));
    return unreadOption(world, c, ['$skip', 'jobType', 'tag', 'listViewType']) ?? page(world, c, views);
  });
  closePath(world, routes, '/jobs');

  routes.get('/jobs/:name', (c) => c.json(jobView(world, c.get('workspace'), jobNamed(c))));
  routes.put('/jobs/:name', async (c) => {
    const { jobType } = (await readBody(c, jobKind)).properties;
    if (otherKinds.includes(jobType)) return notImplemented(world, 'PUT', `${c.req.path} (${jobType} job)`);
    const { properties } = await readBody(c, bodies.get(jobType) ?? commandJobBody);
    const notDone = notDoneIn(properties);
    if (notDone !== undefined) return notImplemented(world, 'PUT', `${c.req.path} (${notDone})`);
    const workspace = c.get('workspace');
    const existing = workspace.jobs.get(c.req.param('name'));
    const job = existing ?? createJob(world, workspace, c.req.param('name'), properties);
    if (existing !== undefined) updateJob(world, workspace, existing, properties);
    return c.json(jobView(world, workspace, job), existing === undefined ? 201 : 200);
  });
  closePath(world, routes, '/jobs/:name', ['DELETE']);

  routes.post('/jobs/:name/cancel', (c) => {
    const workspace = c.get('workspace');
    const job = jobNamed(c);
    if (job.part !== undefined) return notImplemented(world, 'POST', `${c.req.path} (a part of ${job.part.of})`);
    if (ended.includes(job.status)) return c.body(null, 200);
    world.cancelJob(workspace, job);
    const state = () => ({ status: ended.includes(job.status) ? 'Succeeded' : 'InProgress' }) as const;
    return running.accepted(c, workspace, running.start(workspace, 'job', state));
  });
  closePath(world, routes, '/jobs/:name/cancel');
}

function createJob(world: World, workspace: Workspace, name: string, asked: JobProperties): Job {
  if (!jobName.test(name)) throw userError(`'${name}' is not a valid job name.`);
  refuseUnknownAssets(workspace, name, asked);
  const { tags, properties, ...definition } = asked;
  const now = world.clock.now();
  const job: Job = {
    id: `${workspace.id}/jobs/${name}`,
    name,
    type: 'Microsoft.MachineLearningServices/workspaces/jobs',
    tags: tags ?? {},
    properties: {
      displayName: name,
      experimentName: 'Default',
      isArchived: false,
      ...definition,
      properties: { runSource: 'MFE', runType: 'HTTP', ...properties },
    },
    createdAt: now,
    modifiedAt: now,
    status: 'NotStarted',
    log: '',
  };
  workspace.jobs.set(name, job);
  world.runJob(workspace, job);
  return job;
}

/** What a job asks for that is known and not done, in words. */
function notDoneIn(asked: JobProperties): string | undefined {
  if (asked.jobType === 'Sweep') return sweepNotDone(asked);
  const kinds = asked.jobType === 'Pipeline' ? Object.values(asked.jobs ?? {}).map(({ type }) => type) : [];
  const other = kinds.find((kind) => kind !== 'command');
  return other && `${other} node`;
}

function refuseUnknownAssets(workspace: Workspace, name: string, asked: JobProperties): void {
  const faults: ErrorDetail[] = [];
  if (asked.jobType !== 'Pipeline') {
    const [command, at] = asked.jobType === 'Sweep' ? [asked.trial, 'properties.trial'] : [asked, 'properties'];
    namedAsset(workspace, 'environments', command.environmentId, `${at}.environmentId`, faults);
    namedAsset(workspace, 'codes', command.codeId, `${at}.codeId`, faults);
  }
  for (const [name, input] of Object.entries(asked.inputs ?? {})) {
    if (input.jobInputType === 'literal') continue;
    const kind = input.jobInputType.endsWith('_model') ? 'models' : 'data';
    namedAsset(workspace, kind, input.uri, `properties.inputs.${name}.uri`, faults);
  }
  if (faults.length > 0) throw userError(faults.map(({ target, message }) => `${target}: ${message}`).join('; '), faults); // prettier-ignore
  refuseBroken(workspace, name, asked);
}

/** What could never run, by what it says itself. */
function refuseBroken(workspace: Workspace, name: string, asked: JobProperties): void {
  try {
    if (asked.jobType === 'Pipeline') parsePipelineJob(workspace, asked);
    if (asked.jobType === 'Sweep') parseSweepJob(name, asked);
  } catch (error) {
    if (error instanceof UnknownReference) throw userError(error.message);
    throw error;
  }
}

/** A job's name is taken for good: whatever defines it must be the same. Tags are merged, never removed. */
function updateJob(world: World, workspace: Workspace, job: Job, asked: JobProperties): void {
  const before = definitionOf(job.properties);
  const wanted = definitionOf({ experimentName: 'Default', ...asked });
  if (!isDeepStrictEqual(before, wanted)) {
    throw new ArmError(
      400,
      'UserError',
      'A job with this name already exists. If you are trying to create a new job, use a different name. If you are trying to update an existing job, the existing job\'s definition cannot be changed. Only description, tags, displayName, properties, and isArchived can be updated.', // prettier-ignore
      { innererror: { code: 'Immutable', innererror: { code: 'JobPropertyImmutable' } } },
    );
  }
  const run = workspace.runs.get(job.name);
  const own = addedProperties(job.properties['properties'] as Record<string, string>, asked.properties);
  const { description, displayName, isArchived } = asked;
  job.properties = {
    ...job.properties,
    ...(description !== undefined && { description }),
    ...(displayName !== undefined && { displayName }),
    ...(isArchived !== undefined && { isArchived }),
    properties: own,
  };
  for (const [key, value] of Object.entries(asked.tags ?? {})) {
    job.tags[key] = value;
    run?.tags.set(key, value);
  }
  for (const [key, value] of Object.entries(own)) run?.properties.set(key, value);
  job.modifiedAt = world.clock.now();
}

function definitionOf(properties: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(properties).filter(([key]) => !mutable.includes(key)));
}

/** A job and its run are one thing: what MLflow clients tag is seen here. */
function tagsOf(workspace: Workspace, job: Job): Record<string, string> {
  return { ...job.tags, ...Object.fromEntries(workspace.runs.get(job.name)?.tags ?? []) };
}

/** Steps of pipelines and trials are runs: what ARM says of them has no properties, and MLflow has to be asked. */
function jobView(world: World, workspace: Workspace, job: Job): object {
  if (job.part !== undefined) return { ...view(job, {}), properties: null };
  const run = workspace.runs.get(job.name);
  return view(job, {
    ...job.properties,
    ...outputsOf(job),
    properties: { ...(job.properties['properties'] as object), ...Object.fromEntries(run?.properties ?? []) },
    tags: tagsOf(workspace, job),
    status: job.status,
    services: {
      Tracking: { jobServiceType: 'Tracking', endpoint: `azureml://${new URL(world.origin).host}/mlflow/v1.0${workspace.id}` }, // prettier-ignore
      Studio: { jobServiceType: 'Studio', endpoint: `https://ml.azure.com/runs/${job.name}?wsid=${workspace.id}` },
    },
  });
}

/** Of a pipeline, with the places of the steps that have written them. */
function outputsOf({ properties, outputs }: Job): { readonly outputs?: object } {
  if (outputs === undefined || properties['outputs'] === undefined) return {};
  const declared = Object.entries(properties['outputs'] as Record<string, object>);
  return {
    outputs: Object.fromEntries(
      declared.map(([name, output]) => [name, { ...output, ...(outputs.has(name) && { uri: outputs.get(name) }) }]),
    ),
  };
}

function jobNamed(c: ArmContext): Job {
  const workspace = c.get('workspace');
  const name = c.req.param('name') ?? '';
  const job = workspace.jobs.get(name);
  if (job === undefined) throw notFound(`workspaces/${workspace.name}/jobs`, name, workspace.resourceGroup);
  return job;
}
