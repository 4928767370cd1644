import { z } from 'zod';
import type { AssetFamily } from './assets.ts';
import { described, resourceReadOnly, writable } from './body.ts';
import { userError } from './errors.ts';

/** Code snapshots: a folder in blob storage under a name. */
export const codes: AssetFamily = {
  segment: 'codes',
  container: writable(resourceReadOnly, {
    properties: writable(['latestVersion', 'nextVersion', 'provisioningState'], {
      ...described,
      isArchived: z.boolean().exactOptional(),
    }),
  }),
  version: writable(resourceReadOnly, {
    properties: writable(['provisioningState'], {
      ...described,
      isArchived: z.boolean().exactOptional(),
      isAnonymous: z.boolean().exactOptional(),
      codeUri: z.string().min(1).exactOptional(),
    }),
  }),
  immutable: ['codeUri'],
  versionFault: (version) =>
    /^[a-zA-Z0-9][a-zA-Z0-9\-_.]{0,254}$/.test(version) ? undefined : `'${version}' is not a valid version.`,
  complete(_workspace, properties) {
    if (typeof properties['codeUri'] !== 'string') throw userError('codeUri is required.');
    return { ...properties };
  },
};
