import type { Minute, Rates } from './canary/state.ts';
import type { Evidence } from './gate/evidence.ts';
import type { InboxItem } from './inbox.ts';
import type { Action, Facts, TrainingFacts } from './step.ts';

/** Facts as the audit keeps them: a long stretch of minutes as what it pools to, by deployment; of long lists the first. */
export type RecordedFacts = Omit<Facts, 'minutes' | 'training' | 'evidence'> & {
  readonly minutes?: readonly Minute[] | { readonly count: number; readonly pooled: Readonly<Record<string, Rates>> };
  readonly training?: RecordedTraining;
  readonly evidence?: Evidence & { readonly left?: number };
};

/** `left` counts what was read and is not kept. */
export type RecordedTraining = TrainingFacts & { readonly left?: number };

/** One saved pass: what was known, what was decided, by which rules. The patches alone rebuild the row. */
export interface AuditRow {
  readonly sequence: number;
  readonly at: string;
  /** Digest of the audit row before; absent for the first. */
  readonly previous?: string;
  readonly policy?: string;
  readonly items: readonly InboxItem[];
  /** Refused items: fact key -> why. */
  readonly refused: Readonly<Record<string, string>>;
  readonly facts: RecordedFacts;
  readonly rules: readonly string[];
  readonly actions: readonly Action[];
  readonly notices: readonly string[];
  /** RFC 7396 merge patch from the row before to the row after, and the row after's digest. */
  readonly patch: unknown;
  readonly rowDigest: string;
}
