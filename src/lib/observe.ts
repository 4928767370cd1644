import { BadInput, Refused, Unavailable } from './core/errors.ts';
import type { EnvironmentPolicy } from './core/policy/policy.ts';
import { ofKind } from './core/policy/serves.ts';
import type {
  Facts, HandOverFacts, HandOverNeeds, Needs, TrainingFacts, TrainingNeeds, Unreachable,
} from './core/step.ts'; // prettier-ignore
import type {
  Artifacts,
  Capacity,
  Endpoints,
  Jobs,
  Lifecycles,
  Models,
  Runs,
  TrafficMetrics,
  WorkspaceId,
} from './ports.ts';
import type { BatchRuns } from './ports/batch.ts';
import type { LoggedAnswers } from './ports/loggedAnswers.ts';
import type { DataAssets, Monitors, Trainings } from './ports/training.ts';

export interface ObserveDeps {
  readonly models: Pick<Models, 'version' | 'next' | 'lineage'>;
  readonly jobs: Jobs;
  readonly runs: Runs;
  readonly artifacts: Artifacts;
  readonly endpoints: Endpoints;
  readonly batchEndpoints: Endpoints;
  readonly batchRuns: Pick<BatchRuns, 'output'>;
  readonly trafficMetrics: TrafficMetrics;
  readonly trafficLog: TrafficMetrics;
  readonly capacity: Capacity;
  readonly loggedAnswers: LoggedAnswers;
  readonly trainings: Pick<Trainings, 'plan' | 'job' | 'result'>;
  readonly monitors: Monitors;
  readonly dataAssets: Pick<DataAssets, 'collected' | 'has'>;
  readonly lifecycles: Pick<Lifecycles, 'knows'>;
}

/** Reads the facts that a stage named, no others. What cannot be reached is an answer too; only bugs throw. */
export async function observe(
  needs: Needs,
  policy: EnvironmentPolicy,
  workspace: WorkspaceId,
  deps: ObserveDeps,
): Promise<Facts | { readonly unreachable: Unreachable }> {
  try {
    return await read(needs, policy, workspace, deps);
  } catch (error) {
    return { unreachable: unreachable(error) };
  }
}

/** Why something could not be read; anything else is a bug and goes on. */
function unreachable(error: unknown): Unreachable {
  // A read that is refused (a role not granted yet, a workspace gone) heals or runs into the phase's deadline.
  if (error instanceof Refused)
    return { provider: error.provider, reason: error.message, ...(error.code === 'noWorkspace' ? { gone: 'azure' } : {}) }; // prettier-ignore
  // An answer of a shape that we do not know: people are told, and the phase's deadline ends it.
  if (error instanceof BadInput) return { provider: 'Azure', reason: error.message };
  if (!(error instanceof Unavailable)) throw error;
  const { provider, message, retryAfterMs } = error;
  return { provider, reason: message, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) };
}

/** What only tells more about a release must not stop it: whatever it met, that is what people are told. */
function anyhow(error: unknown): Unreachable {
  try {
    return unreachable(error);
  } catch {
    return { provider: 'Steward', reason: error instanceof Error ? error.message : String(error) };
  }
}

async function read(
  needs: Needs,
  policy: EnvironmentPolicy,
  workspace: WorkspaceId,
  deps: ObserveDeps,
): Promise<Facts> {
  const { version, job, evidence, measured, lineage, artifact, evaluationPlan: plan, room, training, handOver } = needs;
  const { model, endpoint } = policy;
  // Side by side: a pass waits for the slowest answer, not for the sum.
  const parts: Promise<Facts>[] = endpointFacts(needs, policy, workspace, deps);
  if (version !== undefined)
    parts.push(deps.models.version(workspace, model, version).then((fact) => ({ version: fact })));
  if (plan) parts.push(deps.jobs.evaluationPlan(workspace, plan).then((fact) => ({ evaluationPlan: fact })));
  if (job !== undefined) parts.push(deps.jobs.job(workspace, job).then((fact) => ({ job: fact })));
  if (evidence)
    parts.push(
      deps.runs
        .evidence(workspace, evidence.job, evidence.metrics, evidence.predictions, evidence)
        .then((fact) => ({ evidence: fact })),
    );
  if (measured) parts.push(readMeasured(measured, model, workspace, deps.runs).then((fact) => ({ measured: fact })));
  if (lineage) parts.push(deps.models.lineage(workspace, model, lineage).then((fact) => ({ lineage: fact })));
  if (artifact !== undefined)
    parts.push(deps.artifacts.identity(workspace, model, artifact).then((fact) => ({ artifact: fact })));
  if (room) parts.push(deps.capacity.room(workspace, endpoint, room).then((fact) => ({ room: fact })));
  if (training) parts.push(trainingFacts(training, policy, workspace, deps).then((fact) => ({ training: fact })));
  if (handOver) parts.push(handOverFacts(handOver, model, workspace, deps).then((fact) => ({ handOver: fact })));
  return Object.assign({}, ...(await Promise.all(parts)));
}

function endpointFacts(
  needs: Needs,
  policy: EnvironmentPolicy,
  workspace: WorkspaceId,
  { endpoints: online, batchEndpoints: batch, trafficMetrics, trafficLog, batchRuns, loggedAnswers }: ObserveDeps,
): Promise<Facts>[] {
  const endpoints = ofKind(policy, { online, batch });
  const { endpoint } = policy;
  const traffic = { metrics: trafficMetrics, log: trafficLog }[policy.rollout.canary.traffic];
  const { minutes, testOutput, answers } = needs;
  const parts: Promise<Facts>[] = [];
  if (needs.endpoint) parts.push(endpoints.endpoint(workspace, endpoint).then((fact) => ({ endpoint: fact })));
  if (needs.deployments) parts.push(endpoints.deployments(workspace, endpoint).then((fact) => ({ deployments: fact })));
  if (minutes)
    parts.push(
      traffic
        .minutes(workspace, endpoint, new Date(minutes.from), new Date(minutes.to))
        .then((fact) => ({ minutes: fact })),
    );
  if (answers)
    parts.push(
      loggedAnswers.compare(workspace, endpoint, answers).then(
        (fact) => ({ answers: fact }),
        (error: unknown) => ({ answers: { away: anyhow(error) } }),
      ),
    );
  if (testOutput) parts.push(batchRuns.output(workspace, testOutput).then((fact) => ({ testOutput: fact })));
  return parts;
}

async function readMeasured(
  { champion, challenger, metrics }: NonNullable<Needs['measured']>,
  model: string,
  workspace: WorkspaceId,
  runs: Runs,
): Promise<NonNullable<Facts['measured']>> {
  const [own, other] = await Promise.all([
    runs.measured(workspace, model, challenger, metrics),
    champion === undefined ? undefined : runs.measured(workspace, model, champion, metrics),
  ]);
  return { challenger: own, ...(other && { champion: other }) };
}

/** What cannot be looked at must not blind the rest: what each reading met stands beside the facts of the others. */
async function apart<F extends { readonly away?: unknown }>(readings: {
  readonly [P in Exclude<keyof F, 'away'>]?: Promise<F[P]> | undefined;
}): Promise<F> {
  const read = await Promise.all(
    Object.entries<Promise<unknown> | undefined>(readings).map(async ([part, reading]) => {
      try {
        return reading === undefined ? {} : { [part]: await reading };
      } catch (error) {
        return { away: { [part]: unreachable(error) } };
      }
    }),
  );
  const away = Object.assign({}, ...read.map((facts) => facts.away));
  return { ...Object.assign({}, ...read), ...(Object.keys(away).length > 0 ? { away } : {}) };
}

/** A training that cannot be looked at must not blind a canary, nor a monitor that cannot be read a training. */
function trainingFacts(
  { monitor, plan, job, result, handedOver, collected, collectedVersion }: TrainingNeeds,
  { model, endpoint }: EnvironmentPolicy,
  workspace: WorkspaceId,
  { monitors, trainings, dataAssets, lifecycles }: ObserveDeps,
): Promise<TrainingFacts> {
  return apart<TrainingFacts>({
    monitor: monitor && monitors.monitor(workspace, endpoint, monitor),
    plan: plan && trainings.plan(workspace, model, plan),
    job: job === undefined ? undefined : trainings.job(workspace, job),
    result: result && trainings.result(workspace, model, result),
    handedOver: handedOver && lifecycles.knows({ environment: handedOver.to, model }, handedOver.factKey),
    collected: collected && dataAssets.collected(workspace, endpoint, collected),
    collectedVersion: collectedVersion && dataAssets.has(workspace, collectedVersion),
  });
}

function handOverFacts(
  { know, arriving }: HandOverNeeds,
  model: string,
  workspace: WorkspaceId,
  { models, lifecycles }: ObserveDeps,
): Promise<HandOverFacts> {
  return apart<HandOverFacts>({
    know: know && knowing(know, model, lifecycles),
    arriving: arriving && versionNamed(arriving.as, model, workspace, models),
  });
}

/** Those of the environments whose inbox has had the fact. */
async function knowing(
  { of, factKey }: NonNullable<HandOverNeeds['know']>,
  model: string,
  lifecycles: ObserveDeps['lifecycles'],
): Promise<readonly string[]> {
  const known = await Promise.all(of.map((environment) => lifecycles.knows({ environment, model }, factKey)));
  return of.filter((_, index) => known[index]);
}

async function versionNamed(
  as: string | undefined,
  model: string,
  workspace: WorkspaceId,
  models: ObserveDeps['models'],
): Promise<NonNullable<HandOverFacts['arriving']>> {
  if (as === undefined) return { next: await models.next(workspace, model) };
  return { as, version: await models.version(workspace, model, as) };
}
