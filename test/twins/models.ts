import { Refused } from '../../src/lib/core/errors.ts';
import type { Lineage } from '../../src/lib/core/gate/lineage.ts';
import type { VersionFact } from '../../src/lib/core/step.ts';
import type { Artifacts, Models, WorkspaceId } from '../../src/lib/ports.ts';

export interface ModelsTwin extends Models {
  /** Registers a version; the latest call is the newest. */
  register(
    workspace: WorkspaceId,
    model: string,
    version: string,
    given?: {
      readonly tags?: Record<string, string>;
      readonly jobName?: string;
      readonly registeredBy?: string;
      readonly at?: Date;
    },
  ): void;
  /** Who knows the files of the versions; without it, they never change. */
  artifacts?: Artifacts;
  /** `<workspace>|<job>` -> what the job tells; a job that is not here is gone. */
  readonly jobs: Map<string, NonNullable<NonNullable<Lineage['job']>['told']>>;
  /** `<workspace>|<job>|<output>` -> files with content. */
  readonly outputs: Map<string, number>;
  /** Of a model, in order of registration. */
  versions(workspace: WorkspaceId, model: string): readonly VersionFact[];
}

/** Registered models in memory. */
export function modelsTwin(now: () => Date = () => new Date()): ModelsTwin {
  const versions = new Map<string, { fact: VersionFact; at: Date }[]>();
  const of = (workspace: WorkspaceId, model: string) => versions.get(`${workspace}|${model}`) ?? [];
  const jobs: ModelsTwin['jobs'] = new Map();
  const outputs: ModelsTwin['outputs'] = new Map();
  return {
    jobs,
    outputs,
    async lineage(workspace, model, { version, demands, evaluation }) {
      const fact = of(workspace, model).find((known) => known.fact.version === version)?.fact;
      if (fact === undefined) throw new Refused('notFound', 'twin', `no version ${version} of ${model}`);
      const { tags, jobName: name } = fact;
      const told = name === undefined ? undefined : jobs.get(`${workspace}|${name}`);
      const wanted = demands.filter((demand) => demand.startsWith('report:')).map((demand) => demand.slice(7));
      const report = (output: string) => {
        const at = [evaluation, name].find((job) => (outputs.get(`${workspace}|${job}|${output}`) ?? 0) > 0);
        return at === undefined ? { files: 0 } : { job: at, files: outputs.get(`${workspace}|${at}|${output}`) ?? 0 };
      };
      return {
        tags,
        ...(name !== undefined &&
          demands.some((demand) => !demand.startsWith('tag:')) && { job: { name, ...(told && { told }) } }),
        ...(wanted.length > 0 && { reports: Object.fromEntries(wanted.map((output) => [output, report(output)])) }),
      };
    },
    register(workspace, model, version, { tags = {}, jobName, registeredBy, at = now() } = {}) {
      const fact: VersionFact = {
        version,
        id: `${workspace}/models/${model}/versions/${version}`,
        archived: false,
        tags,
        ...(jobName !== undefined && { jobName }),
        ...(registeredBy !== undefined && { registeredBy }),
      };
      versions.set(`${workspace}|${model}`, [...of(workspace, model), { fact, at }]);
    },
    versions: (workspace, model) => of(workspace, model).map(({ fact }) => fact),
    async version(workspace, model, version) {
      return of(workspace, model).find(({ fact }) => fact.version === version)?.fact ?? 'absent';
    },
    async next(workspace, model) {
      const highest = Math.max(
        0,
        ...of(workspace, model)
          .map(({ fact }) => Number(fact.version))
          .filter(Number.isInteger),
      );
      return String(highest + 1);
    },
    async bring(workspace, model, { from, workspace: there, version, as, artifact, stewardId }) {
      const here = of(workspace, model).find(({ fact }) => fact.version === as)?.fact;
      if (here?.tags['stewardId'] === stewardId) return;
      if (here) throw new Refused('foreign', 'Azure ML', `There is a ${model}:${as} already that is not ours`);
      const source = of(there, model).find(({ fact }) => fact.version === version)?.fact;
      if (!source) throw new Refused('gone', 'Azure ML', `There is no ${model}:${version} in ${from} any more`);
      if (
        artifact !== undefined &&
        this.artifacts &&
        artifact !== (await this.artifacts.identity(there, model, version)).digest
      )
        throw new Refused(
          'stale',
          'the datastore',
          `The files of the version in ${from} changed since they were judged there`,
        );
      this.register(workspace, model, as, {
        tags: { ...source.tags, 'steward.from': `${from}:${version}`, stewardId },
      });
    },
    async newest(workspace, model) {
      const [newest] = of(workspace, model)
        .toReversed()
        .toSorted((a, b) => b.at.getTime() - a.at.getTime());
      return newest && { version: newest.fact.version, registeredAt: newest.at.toISOString() };
    },
  };
}
