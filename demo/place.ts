import type { Workspace } from '../emulator/world.ts';
import type { Azure } from './azure.ts';

/** A model in one environment: what a policy speaks of, and where that is in Azure. */
export interface Place {
  readonly model: string;
  readonly environment: string;
  readonly endpoint: string;
  readonly workspace: Workspace;
  readonly azure: Azure;
}
