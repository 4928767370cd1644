import { z } from 'zod';
import { versionDescribed, versionFault } from './assetBody.ts';
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
      ...versionDescribed,
      dataType,
      dataUri: z.string().min(1).exactOptional(),
      referencedUris: z.array(z.string()).exactOptional(),
    }),
  }),
  immutable: ['dataType', 'dataUri'],
  versionFault,
  complete(_workspace, properties) {
    if (typeof properties['dataUri'] !== 'string') throw userError('dataUri is required.');
    return { ...properties };
  },
};
