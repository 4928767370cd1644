import type { Cause, Pin } from './training/state.ts';

/** How a version came to be: the job that made it (none: registered by hand), and the training of ours that this job was. */
export interface Origin {
  /** The environment that released it before it came here, and what it was called there. */
  readonly from?: { readonly environment: string; readonly version: string };
  readonly job?: string;
  /** The person who registered it, as Azure calls him. */
  readonly registeredBy?: string;
  /** People who had a part in its release where it came from, by whatever name is known of them. */
  readonly startedBy?: readonly string[];
  readonly training?: number;
  readonly causes?: readonly Cause[];
  readonly more?: number;
  readonly commit?: string;
  readonly data?: readonly Pin[];
  /** Demands of `gate.require` that were found met where it came from; absent in what an older version handed over. */
  readonly met?: readonly string[];
}
