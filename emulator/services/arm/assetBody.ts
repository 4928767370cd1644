import { z } from 'zod';
import { described, resourceReadOnly, writable } from './body.ts';

/** The container of code, components, environments and models: it has nothing of its own. */
export const plainContainer = writable(resourceReadOnly, {
  properties: writable(['latestVersion', 'nextVersion', 'provisioningState'], {
    ...described,
    isArchived: z.boolean().exactOptional(),
  }),
});

/** What a version of any asset has in `properties`. */
export const versionDescribed = {
  ...described,
  isArchived: z.boolean().exactOptional(),
  isAnonymous: z.boolean().exactOptional(),
};

/** The rule for versions of assets other than models, and for names of all. */
export const ASSET_NAME = /^[a-zA-Z0-9][a-zA-Z0-9\-_.]{0,254}$/;

export function versionFault(version: string): string | undefined {
  return ASSET_NAME.test(version) ? undefined : `'${version}' is not a valid version.`;
}
