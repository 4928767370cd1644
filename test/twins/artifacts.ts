import { sha256 } from '../../src/lib/core/names.ts';
import type { Artifacts } from '../../src/lib/ports.ts';

export interface TwinFile {
  readonly name: string;
  readonly content: string;
}

export interface ArtifactsTwin extends Artifacts {
  /** `<workspace>|<model>|<version>` -> its files, or why they cannot be listed; a version that is not here has one file. */
  readonly all: Map<string, readonly TwinFile[] | string>;
}

/** The files of model versions in memory. */
export function artifactsTwin(): ArtifactsTwin {
  const all = new Map<string, readonly TwinFile[] | string>();
  return {
    all,
    async identity(workspace, model, version) {
      const key = `${workspace}|${model}|${version}`;
      const found = all.get(key) ?? [{ name: 'model.json', content: key }];
      if (typeof found === 'string') return { digest: sha256(key), files: 0, verifiable: false, why: found };
      const files = found.map(({ name, content }) => `${name}|${sha256(content)}`).toSorted();
      return { digest: sha256([key, ...files].join('\n')), files: found.length, verifiable: true };
    },
  };
}
