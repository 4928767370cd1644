import { Refused } from '../../src/lib/core/errors.ts';
import { sha256 } from '../../src/lib/core/names.ts';
import type { Artifacts, Models } from '../../src/lib/ports.ts';

export interface ArtifactsTwin extends Artifacts {
  /** `<workspace>|<model>|<version>` -> file name -> content, or why they cannot be listed; a version that is not here has one file. */
  readonly all: Map<string, Map<string, string> | string>;
}

/** The files of registered models in memory. */
export function artifactsTwin(models: Models): ArtifactsTwin {
  const all: ArtifactsTwin['all'] = new Map();
  return {
    all,
    async identity(workspace, model, version) {
      const key = `${workspace}|${model}|${version}`;
      if ((await models.version(workspace, model, version)) === 'absent') throw new Refused('notFound', 'twin', `no ${key}`); // prettier-ignore
      const found = all.get(key) ?? new Map([['model.json', '{}']]);
      if (typeof found === 'string') return { digest: sha256(key), files: 0, verifiable: false, why: found };
      const files = [...found].map(([name, content]) => `${name}|${sha256(content)}`).toSorted();
      return { digest: sha256([key, ...files].join('\n')), files: files.length, verifiable: true };
    },
  };
}
