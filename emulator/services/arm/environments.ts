import { z } from 'zod';
import type { AssetFamily } from './assets.ts';
import { described, resourceReadOnly, writable } from './body.ts';
import { userError } from './errors.ts';

/** What a job or deployment runs in. The image is not pulled; its name chooses what is on the PATH. */
export const environments: AssetFamily = {
  segment: 'environments',
  container: writable(resourceReadOnly, {
    properties: writable(['latestVersion', 'nextVersion', 'provisioningState'], {
      ...described,
      isArchived: z.boolean().exactOptional(),
    }),
  }),
  version: writable(resourceReadOnly, {
    properties: writable(['provisioningState', 'environmentType'], {
      ...described,
      isArchived: z.boolean().exactOptional(),
      isAnonymous: z.boolean().exactOptional(),
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
  versionFault: (version) =>
    /^[a-zA-Z0-9][a-zA-Z0-9\-_.]{0,254}$/.test(version) ? undefined : `'${version}' is not a valid version.`,
  complete(_workspace, properties) {
    const { image, build } = properties;
    if ((image === undefined) === (build === undefined)) throw userError('Exactly one of image and build is required.');
    return { osType: 'Linux', environmentType: 'UserCreated', ...properties };
  },
};
