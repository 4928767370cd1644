import { Refused } from '../../src/lib/core/errors.ts';
import type { JobFact, TrainingJobFact, TrainingNeeds, TrainingPlanFact } from '../../src/lib/core/step.ts';
import type { Pin } from '../../src/lib/core/training/state.ts';
import type { WorkspaceId } from '../../src/lib/ports.ts';
import type { TrainingJob, Trainings } from '../../src/lib/ports/training.ts';
import type { DataAssetsTwin } from './dataAssets.ts';
import type { ModelsTwin } from './models.ts';

export interface TwinTraining {
  state: JobFact['state'];
  readonly at: Date;
  readonly tags: Readonly<Record<string, string>>;
  /** Input -> what it points at: `azureml:<data>:<version>`, `azureml:<data>@latest`, or a path. */
  readonly inputs: Readonly<Record<string, string>>;
  /** Output -> its type. */
  readonly outputs: Readonly<Record<string, string>>;
  readonly compute?: string;
  readonly commit?: string;
  /** Of a step or child: the job that it belongs to. */
  readonly root?: string;
  /** Of a sweep: the child that did best. */
  readonly best?: string;
  /** What Azure says of it once it runs, ends, fails. */
  facts?: Omit<TrainingJobFact, 'name' | 'state'>;
  /** What it was made from, where we submitted it. */
  readonly made?: TrainingJob;
}

export interface TwinComponent {
  /** The newest last. */
  readonly versions: readonly string[];
  readonly inputs: readonly string[];
  readonly outputs: Readonly<Record<string, string>>;
}

export interface TrainingsTwin extends Trainings {
  /** `<workspace>|<name>` -> job: put sources here, end submitted ones by setting `state`. */
  readonly all: Map<string, TwinTraining>;
  /** `<workspace>|<component>` */
  readonly components: Map<string, TwinComponent>;
}

interface Store {
  readonly all: Map<string, TwinTraining>;
  readonly components: Map<string, TwinComponent>;
  readonly models: ModelsTwin;
  readonly data: DataAssetsTwin;
  readonly now: () => Date;
  readonly workspace: WorkspaceId;
}

type From = NonNullable<TrainingNeeds['plan']>['from'];
/** What a training is made from: a job or a component, in the same words. */
type Source = Pick<TwinTraining, 'inputs' | 'outputs' | 'compute' | 'commit'> & { readonly name: string };

/** Trainings in memory; jobs run until somebody sets their state. */
export function trainingsTwin(
  models: ModelsTwin,
  data: DataAssetsTwin,
  now: () => Date = () => new Date(),
): TrainingsTwin {
  const [all, components] = [new Map<string, TwinTraining>(), new Map<string, TwinComponent>()];
  const store = (workspace: WorkspaceId): Store => ({ all, components, models, data, now, workspace });
  return {
    all,
    components,
    plan: async (workspace, model, { from, champion }) => planOf(store(workspace), model, from, champion),
    submit: async (workspace, job) => submit(store(workspace), job),
    async job(workspace, name) {
      const found = all.get(`${workspace}|${name}`);
      return found === undefined ? 'absent' : { name, state: found.state, ...found.facts, ...templateOf(found) };
    },
    async completed(workspace, template, { since, most }) {
      const here = [...all].filter(([key, { state, at }]) => key.startsWith(`${workspace}|`) && state === 'completed' && at > since);
      const theirs = here.filter(([, job]) => job.tags['steward.template'] === template && !isOurs(job) && job.root === undefined);
      const byTime = theirs.toSorted(([, a], [, b]) => a.at.getTime() - b.at.getTime());
      return byTime.slice(-most).map(([key]) => key.slice(workspace.length + 1));
    }, // prettier-ignore
    async result(workspace, model, { job, output }) {
      const { version, nextVersion } = versionsOf(store(workspace), model, job);
      if (version !== undefined) return { version, nextVersion };
      const source = all.get(`${workspace}|${job}`)?.best ?? job;
      const type = all.get(`${workspace}|${source}`)?.outputs[output];
      if (type === undefined) return { nextVersion };
      return { output: { uri: `azureml://jobs/${source}/outputs/${output}/paths/`, type }, nextVersion };
    },
    async register(workspace, model, { version, job, tags, stewardId }) {
      const known = models.versions(workspace, model).find((fact) => fact.version === version);
      if (known?.tags['stewardId'] === stewardId) return;
      if (known !== undefined) throw new Refused('foreign', 'twin', `${model}:${version} is not ours`);
      if (!all.has(`${workspace}|${job}`)) throw new Refused('invalid', 'twin', `no job ${job}`);
      models.register(workspace, model, version, { tags: { ...tags, stewardId }, jobName: job });
    },
  };
}

async function planOf(
  store: Store,
  model: string,
  from: From,
  champion: string | undefined,
): Promise<TrainingPlanFact> {
  const own = championJob(store, model, champion);
  const championPins = own && exactPins(own.inputs);
  const known = championPins && { championPins };
  const source = sourceOf(store, from, own);
  if (source === undefined) return { pins: [], unpinned: [], onCompute: 0, ...known };
  const { name, inputs, compute, commit } = source;
  const pins: Pin[] = [];
  for (const [input, uri] of Object.entries(inputs)) {
    const { data, version: named } = dataOf(uri);
    const version = (data && (await store.data.newest(store.workspace, data))?.version) ?? named;
    if (data !== undefined && version !== undefined) pins.push({ input, data, version });
  }
  const pinned = new Set(pins.map(({ input }) => input));
  const busy = [...store.all].filter(
    ([key, job]) =>
      key.startsWith(`${store.workspace}|`) && job.compute === compute && isOurs(job) && !hasEnded(job.state),
  );
  return {
    source: name,
    pins,
    unpinned: Object.keys(inputs).filter((input) => !pinned.has(input)),
    onCompute: compute === undefined ? 0 : busy.length,
    ...(compute !== undefined && { compute }),
    ...(commit !== undefined && { commit }),
    ...known,
  };
}

function sourceOf({ all, components, workspace }: Store, from: From, own: Source | undefined): Source | undefined {
  if (from.kind === 'champion') return own;
  if (from.kind === 'component') {
    const component = components.get(`${workspace}|${from.component}`);
    const version = component?.versions.at(-1);
    if (component === undefined || version === undefined) return undefined;
    const name = `${workspace}/components/${from.component}/versions/${version}`;
    return { name, inputs: pointers(from.inputs), outputs: component.outputs, compute: from.compute };
  }
  const exact = all.get(`${workspace}|${from.job}`);
  if (exact !== undefined) return { name: from.job, ...exact };
  const [newest] = [...all]
    .filter(([key, job]) => key.startsWith(`${workspace}|`) && job.state === 'completed')
    .filter(([, job]) => job.tags['steward.template'] === from.job)
    .toSorted(([, a], [, b]) => b.at.getTime() - a.at.getTime());
  return newest && { name: newest[0].slice(workspace.length + 1), ...newest[1] };
}

/** The job that made a version: of a step, the pipeline that it is a step of. */
function championJob({ all, models, workspace }: Store, model: string, version?: string): Source | undefined {
  const run = models.versions(workspace, model).find((fact) => fact.version === version)?.jobName;
  const name = run && (all.get(`${workspace}|${run}`)?.root ?? run);
  const job = name === undefined ? undefined : all.get(`${workspace}|${name}`);
  return name === undefined || job === undefined ? undefined : { name, ...job };
}

function submit({ all, components, data, now, workspace }: Store, job: TrainingJob): void {
  const known = all.get(`${workspace}|${job.job}`);
  if (known?.tags['stewardId'] === job.stewardId) return;
  if (known !== undefined) throw new Refused('foreign', 'twin', `${job.job} is not ours`);
  const source = submittable({ all, components, workspace }, job);
  for (const { input, data: name, version } of job.pins) {
    if (source.inputs[input] === undefined) throw new Refused('invalid', 'twin', `${job.source} has no input ${input}`);
    const versions = data.all.get(`${workspace}|${name}`) ?? [];
    if (!versions.some((one) => one.version === version)) {
      throw new Refused('invalid', 'twin', `no data ${name}:${version}`);
    }
  }
  const { outputs, compute, commit } = source;
  all.set(`${workspace}|${job.job}`, {
    state: 'waiting',
    at: now(),
    tags: { ...job.tags, stewardId: job.stewardId },
    inputs: { ...source.inputs, ...Object.fromEntries(job.pins.map((pin) => [pin.input, `azureml:${pin.data}:${pin.version}`])) },
    outputs,
    ...(compute !== undefined && { compute }),
    ...(commit !== undefined && { commit }),
    made: job,
  }); // prettier-ignore
}

function submittable(
  { all, components, workspace }: Pick<Store, 'all' | 'components' | 'workspace'>,
  job: TrainingJob,
) {
  if (job.from.kind !== 'component') {
    const source = all.get(`${workspace}|${job.source}`);
    if (source === undefined) throw new Refused('notFound', 'twin', `no job ${job.source}`);
    return source;
  }
  const [, name, version] = /\/components\/([^/]+)\/versions\/([^/]+)$/.exec(job.source) ?? [];
  const component = components.get(`${workspace}|${name}`);
  if (component?.versions.includes(version ?? '') !== true) {
    throw new Refused('notFound', 'twin', `no component ${job.source}`);
  }
  const unknown = Object.keys(job.from.inputs).filter((input) => !component.inputs.includes(input));
  if (unknown.length > 0) throw new Refused('invalid', 'twin', `${job.source} has no inputs ${unknown.join(', ')}`);
  const { outputs } = component;
  return { inputs: pointers(job.from.inputs), outputs, compute: job.from.compute, commit: undefined };
}

function versionsOf({ all, models, workspace }: Store, model: string, job: string) {
  const versions = models.versions(workspace, model);
  const cameFrom = (run: string | undefined) =>
    run !== undefined && (run === job || all.get(`${workspace}|${run}`)?.root === job);
  const numbers = (facts: typeof versions) => facts.map(({ version }) => Number(version)).toSorted((a, b) => b - a);
  const [highest] = numbers(versions.filter(({ jobName }) => cameFrom(jobName)));
  const [last = 0] = numbers(versions);
  return { ...(highest !== undefined && { version: String(highest) }), nextVersion: String(last + 1) };
}

/** Undefined when one of the inputs does not say what it was given. */
function exactPins(inputs: TwinTraining['inputs']): readonly Pin[] | undefined {
  const { pins, unpinned } = givenData(inputs);
  return unpinned.length === 0 ? pins : undefined;
}

function givenData(inputs: TwinTraining['inputs']): Pick<TrainingPlanFact, 'pins' | 'unpinned'> {
  const all = Object.entries(inputs).map(([input, uri]) => ({ input, ...dataOf(uri) }));
  const pins = all.flatMap(({ input, data, version }) =>
    data === undefined || version === undefined ? [] : [{ input, data, version }],
  );
  const unpinned = all.filter(({ data, version }) => data === undefined || version === undefined);
  return { pins, unpinned: unpinned.map(({ input }) => input) };
}

/** Of a job of the team's own that carries a template's name, once it has begun: which, and what it was given. */
function templateOf({ state, tags, root, inputs, commit }: TwinTraining): Pick<TrainingJobFact, 'template' | 'given'> {
  const { 'steward.template': template, stewardId } = tags;
  if (template === undefined || stewardId !== undefined || root !== undefined || state === 'waiting') return {};
  return { template, given: { ...givenData(inputs), ...(commit !== undefined && { commit }) } };
}

function dataOf(uri: string): { readonly data?: string; readonly version?: string } {
  const [, data, version] = /^azureml:([^/:@]+)(?::([^/:@]+)|@latest)$/.exec(uri) ?? [];
  return data === undefined ? {} : { data, ...(version !== undefined && { version }) };
}

/** A component's inputs that point at something; the others are literals. */
function pointers(inputs: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(inputs).filter(([, value]) => value.startsWith('azureml:')));
}

function isOurs(job: TwinTraining): boolean {
  return job.tags['stewardId'] !== undefined;
}

function hasEnded(state: JobFact['state']): boolean {
  return state !== 'waiting' && state !== 'running';
}
