import { Refused } from '../../src/lib/core/errors.ts';
import type { JobFact } from '../../src/lib/core/step.ts';
import type { EvaluationJob, Jobs, WorkspaceId } from '../../src/lib/ports.ts';

export interface TwinJob {
  state: JobFact['state'];
  readonly at: Date;
  readonly tags: Readonly<Record<string, string>>;
  /** Names of its inputs. */
  readonly inputs: readonly string[];
  readonly evaluates?: EvaluationJob;
}

export interface TwinComponent {
  /** ARM id of the version. */
  readonly id: string;
  readonly inputs: readonly string[];
}

export interface JobsTwin extends Jobs {
  /** `<workspace>|<name>` -> job: put templates here, end submitted ones by setting `state`. */
  readonly all: Map<string, TwinJob>;
  /** `<workspace>|<data>` -> versions, the newest last. */
  readonly data: Map<string, string[]>;
  /** `<workspace>|<component>` -> its versions, the newest last. */
  readonly components: Map<string, TwinComponent[]>;
}

/** Jobs in memory; they run until somebody sets their state. */
export function jobsTwin(now: () => Date = () => new Date()): JobsTwin {
  const all = new Map<string, TwinJob>();
  const data = new Map<string, string[]>();
  const components = new Map<string, TwinComponent[]>();
  const contract = ['champion', 'challenger', 'data'];
  const submit = (workspace: WorkspaceId, job: EvaluationJob) => {
    const known = all.get(`${workspace}|${job.job}`);
    if (known?.tags['stewardId'] === job.stewardId) return;
    if (known !== undefined) throw new Refused('foreign', 'twin', `${job.job} is not ours`);
    const versions = [...components].filter(([key]) => key.startsWith(`${workspace}|`)).flatMap(([, found]) => found);
    const template =
      job.compute === undefined
        ? all.get(`${workspace}|${job.template}`)
        : versions.find(({ id }) => id === job.template);
    if (template === undefined) throw new Refused('notFound', 'twin', `no job ${job.template}`);
    const missing = contract.filter((input) => !template.inputs.includes(input));
    if (missing.length > 0) throw new Refused('invalid', 'twin', `${job.template} lacks ${missing.join(', ')}`);
    if (data.get(`${workspace}|${job.data}`)?.includes(job.dataVersion) !== true) {
      throw new Refused('invalid', 'twin', `no data ${job.data}:${job.dataVersion}`);
    }
    const tags = { stewardId: job.stewardId };
    all.set(`${workspace}|${job.job}`, { state: 'running', at: now(), tags, inputs: contract, evaluates: job });
  };
  return {
    all,
    data,
    components,
    async job(workspace, name) {
      const found = all.get(`${workspace}|${name}`);
      return found === undefined ? 'absent' : { name, state: found.state };
    },
    async evaluationPlan(workspace, { template, component, data: name }) {
      const [newest] = [...all]
        .filter(([key, job]) => key.startsWith(`${workspace}|`) && job.state === 'completed')
        .filter(([, job]) => template !== undefined && job.tags['steward.template'] === template)
        .toSorted(([, a], [, b]) => b.at.getTime() - a.at.getTime());
      const dataVersion = data.get(`${workspace}|${name}`)?.at(-1);
      const found =
        component === undefined
          ? newest?.[0].slice(workspace.length + 1)
          : components.get(`${workspace}|${component}`)?.at(-1)?.id;
      return {
        ...(found !== undefined && { template: found }),
        ...(dataVersion !== undefined && { dataVersion }),
      };
    },
    async submitEvaluation(workspace, job) {
      submit(workspace, job);
    },
    async ours(workspace) {
      const here = [...all].filter(([key]) => key.startsWith(`${workspace}|`));
      return here.flatMap(([key, { state, tags }]) => {
        const { stewardId } = tags;
        const goesOn = state === 'waiting' || state === 'running';
        return goesOn && stewardId !== undefined ? [{ name: key.slice(workspace.length + 1), stewardId }] : [];
      });
    },
    async cancel(workspace, name) {
      const found = all.get(`${workspace}|${name}`);
      if (found?.state === 'waiting' || found?.state === 'running') found.state = 'canceled';
    },
  };
}
