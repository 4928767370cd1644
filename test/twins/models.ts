import type { VersionFact } from '../../src/lib/core/step.ts';
import type { Models, WorkspaceId } from '../../src/lib/ports.ts';

export interface ModelsTwin extends Models {
  /** Registers a version; the latest call is the newest. */
  register(
    workspace: WorkspaceId,
    model: string,
    version: string,
    given?: { readonly tags?: Record<string, string>; readonly jobName?: string; readonly at?: Date },
  ): void;
  /** Of a model, in order of registration. */
  versions(workspace: WorkspaceId, model: string): readonly VersionFact[];
}

/** Registered models in memory. */
export function modelsTwin(): ModelsTwin {
  const versions = new Map<string, { fact: VersionFact; at: Date }[]>();
  const of = (workspace: WorkspaceId, model: string) => versions.get(`${workspace}|${model}`) ?? [];
  return {
    register(workspace, model, version, { tags = {}, jobName, at = new Date() } = {}) {
      const fact: VersionFact = {
        version,
        id: `${workspace}/models/${model}/versions/${version}`,
        archived: false,
        tags,
        ...(jobName !== undefined && { jobName }),
      };
      versions.set(`${workspace}|${model}`, [...of(workspace, model), { fact, at }]);
    },
    versions: (workspace, model) => of(workspace, model).map(({ fact }) => fact),
    async version(workspace, model, version) {
      return of(workspace, model).find(({ fact }) => fact.version === version)?.fact ?? 'absent';
    },
    async newest(workspace, model) {
      const [newest] = of(workspace, model).toSorted((a, b) => b.at.getTime() - a.at.getTime());
      return newest && { version: newest.fact.version, registeredAt: newest.at.toISOString() };
    },
  };
}
