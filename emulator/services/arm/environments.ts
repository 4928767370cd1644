import { z } from 'zod';
import { plainContainer, versionDescribed, versionFault } from './assetBody.ts';
import type { AssetFamily } from './assets.ts';
import { resourceReadOnly, writable } from './body.ts';
import { userError } from './errors.ts';

/** What a job or deployment runs in. The image is not pulled; its name chooses what is on the PATH. */
export const environments: AssetFamily = {
  segment: 'environments',
  container: plainContainer,
  version: writable(resourceReadOnly, {
    properties: writable(['provisioningState', 'environmentType'], {
      ...versionDescribed,
      image: z.string().min(1).exactOptional(),
      build: z.strictObject({ contextUri: z.string(), dockerfilePath: z.string().exactOptional() }).exactOptional(),
      condaFile: z.string().exactOptional(),
      osType: z.enum(['Linux', 'Windows']).exactOptional(),
      autoRebuild: z.enum(['Disabled', 'OnBaseImageUpdate']).exactOptional(),
      inferenceConfig: z.record(z.string(), z.unknown()).exactOptional(),
      stage: z.string().exactOptional(),
    }),
  }),
  immutable: ['image', 'build', 'condaFile', 'osType', 'inferenceConfig'],
  versionFault,
  complete(_workspace, properties) {
    const { image, build } = properties;
    if ((image === undefined) === (build === undefined)) throw userError('Exactly one of image and build is required.');
    return { osType: 'Linux', environmentType: 'UserCreated', ...properties };
  },
};
