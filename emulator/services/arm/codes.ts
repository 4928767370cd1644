import { z } from 'zod';
import { plainContainer, versionDescribed, versionFault } from './assetBody.ts';
import type { AssetFamily } from './assets.ts';
import { resourceReadOnly, writable } from './body.ts';
import { userError } from './errors.ts';

/** Code snapshots: a folder in blob storage under a name. */
export const codes: AssetFamily = {
  segment: 'codes',
  container: plainContainer,
  version: writable(resourceReadOnly, {
    properties: writable(['provisioningState'], {
      ...versionDescribed,
      codeUri: z.string().min(1).exactOptional(),
    }),
  }),
  immutable: ['codeUri'],
  versionFault,
  complete(_workspace, properties) {
    if (typeof properties['codeUri'] !== 'string') throw userError('codeUri is required.');
    return { ...properties };
  },
};
