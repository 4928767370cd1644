import type { Workspace } from '../../world.ts';

/** What every route of a call knows: the workspace that its path names. */
export interface MlflowEnv {
  Variables: { workspace: Workspace };
}
