import type { Models } from '../ports.ts';
import { openArm, type ArmOptions } from './arm.ts';
import type { DatastoreOptions } from './datastoreFiles.ts';
import { lineageOf } from './modelsLineage.ts';
import { bringVersion } from './modelsBring.ts';
import {
  modelVersionNames,
  modelVersionOf,
  newestModelVersion,
  nextToldVersion,
  numberAfter,
} from './modelVersions.ts';

/** Registered models and their versions. */
export function armModels(options: ArmOptions & DatastoreOptions): Models {
  const arm = openArm(options);
  return {
    version: async (workspace, model, version) => (await modelVersionOf(arm, workspace, model, version)) ?? 'absent',
    lineage: (workspace, model, wanted) => lineageOf(arm, workspace, model, wanted, options),
    newest: (workspace, model) => newestModelVersion(arm, workspace, model),
    async next(workspace, model) {
      const told = await nextToldVersion(arm, workspace, model);
      if (told !== undefined) return told;
      return numberAfter(await modelVersionNames(arm, workspace, model));
    },
    bring: (workspace, model, version) => bringVersion(arm, workspace, { model, version }, options),
  };
}
