import type { ArmMinute, Minute } from '../../src/lib/core/canary/state.ts';

/** What a method may read of one arm's minute: all that the platform measures, and a percentile that only some want. */
export interface MeasuredArm extends ArmMinute {
  readonly p95LatencyMs?: number;
  readonly p99LatencyMs?: number;
  readonly memoryPercent?: number;
}

export interface MeasuredMinute extends Minute {
  readonly arms: Readonly<Partial<Record<'champion' | 'challenger', MeasuredArm>>>;
}

export interface Plan {
  /** A day of the champion alone, before the challenger got traffic. */
  readonly history: readonly MeasuredMinute[];
  /** The challenger's share of the requests. */
  readonly weight: number;
  /** Worse than this is bad: so many times the champion's errors, so much slower. */
  readonly limits: { readonly errors: number; readonly latencyPercent: number };
  /** How often a release that is as good may be rolled back. */
  readonly alpha: number;
  readonly horizonMinutes: number;
  /** Start of the first minute in which both serve. */
  readonly startedAt: Date;
}

/** What no method can know; the oracle is told. */
export interface Truth {
  readonly baseError: number;
  /** The challenger's error rate if it were bad in the way that this scenario is, or could be. Absent: not by errors. */
  readonly badError?: number;
}

export type Decision = 'rollBack' | 'promote' | 'goOn';

export interface Watch {
  /** Called once a minute with the minute that has just ended, until it says something else than `goOn`. */
  look(minute: MeasuredMinute): Decision;
}

/** One way to decide about a release: anything that answers minutes can be put here. */
export interface Method {
  readonly name: string;
  /** What happens to a release that is undecided at the horizon. */
  readonly undecided: 'promote' | 'held';
  readonly begin: (plan: Plan, truth: Truth) => Watch;
  /** Whether it takes the plan on at all; absent: always. */
  readonly preflight?: (plan: Plan) => 'accepted' | { readonly refused: string };
  /** Absent: all scenarios. */
  readonly judges?: (truth: Truth) => boolean;
}
