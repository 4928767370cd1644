import { z } from 'zod';
import type { AssetFamily } from './assets.ts';
import { described, resourceReadOnly, writable } from './body.ts';
import { userError } from './errors.ts';

const dataType = z.enum(['uri_file', 'uri_folder', 'mltable']);

/** Data assets: names for places, pinned by version. */
export const data: AssetFamily = {
  segment: 'data',
  container: writable(resourceReadOnly, {
    properties: writable(['latestVersion', 'nextVersion'], {
      ...described,
      isArchived: z.boolean().exactOptional(),
      dataType,
    }),
  }),
  version: writable(resourceReadOnly, {
    properties: z.strictObject({
      ...described,
      isArchived: z.boolean().exactOptional(),
      isAnonymous: z.boolean().exactOptional(),
      dataType,
      dataUri: z.string().min(1).exactOptional(),
      referencedUris: z.array(z.string()).exactOptional(),
    }),
  }),
  immutable: ['dataType', 'dataUri'],
  versionFault: (version) =>
    /^[a-zA-Z0-9][a-zA-Z0-9\-_.]{0,254}$/.test(version) ? undefined : `'${version}' is not a valid version.`,
  complete(_workspace, properties) {
    if (typeof properties['dataUri'] !== 'string') throw userError('dataUri is required.');
    return { ...properties };
  },
};
