/** Agreement of champion and challenger with the labels on the same rows: all that a paired test of accuracy needs. */
export interface PairedCounts {
  readonly n: number;
  readonly bothRight: number;
  /** b: the champion alone was right. */
  readonly championOnly: number;
  /** c: the challenger alone was right. */
  readonly challengerOnly: number;
  readonly bothWrong: number;
  /** Rows of the most frequent label: how often "always the same answer" would be right. */
  readonly majority: number;
  readonly majorityLabel: string;
}

/** What was measured of both versions on one pinned data version. */
export interface Evidence {
  /** The evaluation job, or the job that trained the challenger; absent: it was registered by hand. */
  readonly job?: string;
  readonly data: string;
  readonly dataVersion: string;
  /** `champion.<name>` and `challenger.<name>` as logged; not finite = absent. */
  readonly metrics: Readonly<Record<string, { readonly champion?: number; readonly challenger?: number }>>;
  /** Rows, as the job logged them. */
  readonly n?: number;
  /** Present when the job wrote predictions that hold classes. */
  readonly paired?: PairedCounts;
  /** What was wrong with the evidence, in words; a gate that needs it then errs. */
  readonly faults: readonly string[];
}

/** What the training of a version says of its quality. */
export interface Measured {
  readonly version: string;
  /** The job that made it; absent: it was registered by hand. */
  readonly job?: string;
  /** The runs that say what they evaluated on, at most three: the job's own where it does, else the trial's whose model it is, else its steps. */
  readonly runs: readonly MeasuringRun[];
}

export interface MeasuringRun {
  readonly run: string;
  /** As it was written, `NAME:VERSION`. */
  readonly evaluated: string;
  /** Those that were asked for, as logged; not finite = absent. */
  readonly metrics: Readonly<Record<string, number>>;
  readonly n?: number;
}
