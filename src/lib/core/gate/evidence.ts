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

/** A metric of both on the same rows, and how much of the difference is chance. */
export interface PairedEstimate {
  readonly n: number;
  /** As the metric counts. */
  readonly champion: number;
  readonly challenger: number;
  /** Standard error of challenger less champion. */
  readonly error: number;
  /** Skewness of what the rows add to it. */
  readonly skew?: number;
  /** Rows of the rarer class, where there are two; else n. */
  readonly fewest: number;
  /** `fewest` are the positive answers of the one that gives fewer. */
  readonly counted?: 'answers';
}

/** What the rows say of one metric: of classes by the counts of who was right, else by an estimate; or why nothing. */
export type Compared =
  | { readonly right: Pick<PairedCounts, 'n' | 'bothRight' | 'championOnly' | 'challengerOnly' | 'bothWrong'> }
  | { readonly estimate: PairedEstimate }
  | { readonly why: string };

/** The rows that have one value of a slice. */
export interface Slice {
  readonly by: string;
  readonly value: string;
  readonly rows: number;
  /** Absent: fewer rows than the policy asks for. */
  readonly compared?: Compared;
}

/** What the gate wants to know of predictions. */
export interface Asked {
  readonly metrics: readonly string[];
  /** Which label is the positive one; absent: 1 of 0 and 1, true of true and false. */
  readonly positive?: string;
  readonly slices?: { readonly by: readonly string[]; readonly metric: string; readonly minRows: number };
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
  /** Rows of each of two classes, as the job logged them (`n_positive`, `n_negative`). */
  readonly classes?: { readonly positive: number; readonly negative: number };
  /** Present when the job wrote predictions that hold classes. */
  readonly paired?: PairedCounts;
  /** Present when the job wrote predictions without a fault: each known metric that was asked for. */
  readonly compared?: Readonly<Record<string, Compared>>;
  /** Present when slices were asked for and the rows have them. */
  readonly slices?: readonly Slice[];
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
  readonly classes?: { readonly positive: number; readonly negative: number };
}
