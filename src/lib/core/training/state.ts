import type { TrainingPolicy } from '../policy/policy.ts';

/** One input of a job, pinned to a concrete version of a data asset. */
export interface Pin {
  readonly input: string;
  readonly data: string;
  readonly version: string;
}

/** What a monitor's signal measures: inputs that changed, answers that got worse, or inputs that are broken. */
export type SignalKind = 'drift' | 'performance' | 'quality';

/** One feature over its threshold, as far as the monitor said so. */
export interface BreachedFeature {
  readonly feature: string;
  readonly metric?: string;
  readonly value?: number;
  readonly threshold?: number;
  readonly group?: string;
}

/** A signal of one run of a monitor that went over its threshold. */
export interface Breach {
  readonly signal: string;
  readonly kind: SignalKind;
  /** Name of the monitor's root run. */
  readonly run: string;
  /** ISO time at which that run began. */
  readonly at: string;
  /** At most three, in the monitor's order; `more` counts the others. */
  readonly features: readonly BreachedFeature[];
  readonly more: number;
}

/** Why a model should be trained again. `id` is the same however often the fact is told. */
export type Cause = {
  /** At most 200 characters. */
  readonly id: string;
  /** ISO time of the fact itself; for commands, of their receipt. */
  readonly at: string;
  /** The environment in which it was found, where that is another one. */
  readonly from?: string;
} & (
  | { readonly kind: 'monitor'; readonly monitor: string; readonly run: string; readonly breaches: readonly Breach[] }
  | { readonly kind: 'datasetDrift'; readonly name: string; readonly coefficient?: number }
  | { readonly kind: 'newData'; readonly data: string; readonly version: string }
  | { readonly kind: 'schedule'; readonly slot: string }
  | { readonly kind: 'command'; readonly actor: string; readonly by?: string; readonly reason: string }
  /** A run that the team started, by hand or by a schedule: it asks for nothing, its model is registered. */
  | { readonly kind: 'outside'; readonly run: string }
);

/** Why a request does not become a job now. */
export const REFUSALS = [
  'badData', 'paused', 'freeze', 'oneAtATime', 'cooldown', 'budget', 'noSource', 'sameDataAsChampion', 'sameDataAsLastRejected',
  'computeBusy', 'notCollected', 'unreachable',
] as const; // prettier-ignore
export type Refusal = (typeof REFUSALS)[number];

export interface Refused {
  readonly reason: Refusal;
  readonly sentence: string;
  readonly since: string;
  /** When the reason ends by itself, where that is known; else it is looked at again from time to time. */
  readonly until?: string;
}

/** Of what an endpoint was asked, and what it answered: the files of these collections for complete hours in (from, to]. */
export interface CollectedWindow {
  readonly data: string;
  readonly collections: readonly string[];
  readonly from: string;
  readonly to: string;
}

/** What one version may take in: copying it must fit into a pass, and reading it into a training. */
export const MOST_COLLECTED = { files: 5000, bytes: 20 * 1024 ** 3 } as const;

/** A version of data that is being made from what was collected: number and window are saved before anything is copied. */
export interface Collecting extends CollectedWindow {
  readonly version: string;
  /** The version is there; it is made once for a request. */
  readonly done?: true;
  /** What the last try met, and when the next one is due. */
  readonly trouble?: { readonly reason: Refusal; readonly sentence: string; readonly notBefore: string };
}

/** Everything that asks for one training, coalesced; it stays until a job is submitted for it, or nothing asks any more. */
export interface TrainingRequest {
  readonly since: string;
  /** Ordered by time, then id; at most six, `more` counts the others. */
  readonly causes: readonly Cause[];
  readonly more: number;
  /** Marks of causes that `more` counts, so that each is counted once; capped. */
  readonly counted?: readonly string[];
  readonly refused?: Refused;
  /** The reason that people were told last, also while another one stands before it. */
  readonly told?: { readonly reason: Refusal; readonly sentence: string };
  /** These causes (by id) go to the environment that trains; they leave the request when that one knows them. */
  readonly handOver?: {
    readonly to: string;
    readonly number: number;
    readonly ids: readonly string[];
    readonly more: number;
  };
  readonly collecting?: Collecting;
}

export const TRAINING_PHASES = ['submitted', 'running', 'registering'] as const;
export type TrainingPhase = (typeof TRAINING_PHASES)[number];

/** One training under way: at most one a lifecycle. */
export interface Training {
  readonly number: number;
  readonly phase: TrainingPhase;
  readonly phaseSince: string;
  /** When its first job was submitted; for a run of the team's own, when that began. */
  readonly since: string;
  readonly policy: string;
  readonly causes: readonly Cause[];
  readonly more: number;
  /** Name of the job of this attempt. */
  readonly job: string;
  readonly attempt: number;
  readonly submittedAt: string;
  /** What it was made from: a job's name, or a component's id; `from` says how that was found. */
  readonly source: string;
  readonly from?: TrainingPolicy['from'];
  readonly pins: readonly Pin[];
  /** Inputs that name a path and no data asset: their content is not pinned. */
  readonly unpinned: readonly string[];
  readonly compute?: string;
  /** The git commit that the source was made from, where it says so. */
  readonly commit?: string;
  /** Compute minutes of the attempts before this one. */
  readonly spentMinutes: number;
  /** The job is being canceled: when it has ended, this is how the training ends, or the next attempt begins. */
  readonly ending?: {
    readonly end: Exclude<TrainingEnd, 'succeeded'>;
    readonly cause: string;
    readonly sentence: string;
    readonly retry: boolean;
    readonly since: string;
  };
  /** The job was seen: what is not there any more was there, and is not submitted again. */
  readonly seen?: true;
  /** Since when the job that was seen is not found any more. */
  readonly missingSince?: string;
  /** The provider asked to be left alone until then. */
  readonly notBefore?: string;
  /** What the last registration was refused with. */
  readonly trouble?: string;
  /** The job ran to its end; no version is known to have come from it yet. */
  readonly finished?: { readonly at: string; readonly computeMinutes?: number };
}

export const TRAINING_ENDS = ['succeeded', 'failed', 'canceled'] as const;
export type TrainingEnd = (typeof TRAINING_ENDS)[number];

/** An entry of the ledger: what was spent, why, and what came of it. */
export interface EndedTraining {
  readonly number: number;
  readonly end: TrainingEnd;
  readonly cause: string;
  readonly sentence: string;
  readonly at: string;
  readonly submittedAt: string;
  /** At most three, `more` counts the others. */
  readonly causes: readonly Cause[];
  readonly more: number;
  readonly job: string;
  /** What it was made from: a job's name, or a component's id. Absent in entries that an older version wrote. */
  readonly source?: string;
  readonly attempts: number;
  /** At most five; `data` is the digest of all. */
  readonly pins: readonly Pin[];
  readonly data?: string;
  /** From the first submission to the end. */
  readonly durationMs: number;
  readonly computeMinutes: number;
  readonly commit?: string;
  readonly version?: string;
  /** What the release of that version came to. `gain`: by how much it was better in the gate's metric, whatever that counts. */
  readonly release?: { readonly number: number; readonly end: string; readonly gain?: number };
}

/** A data-quality breach, and the monitor whose later run ends what it holds; rows of older versions do not say it. */
export interface BrokenData extends Breach {
  readonly monitor?: string;
}

/** A run that the team started, and when its event was taken in. */
export interface OutsideRun {
  readonly run: string;
  readonly since: string;
}

/** What the row remembers of trainings, beside the one under way. */
export interface TrainingMemory {
  /** Runs that events named, not read from the world yet. Capped; a lost one is found when the monitor is read. */
  readonly hints: readonly string[];
  /** Completed runs of the team's own, as events named them, not read from the world yet; oldest first, capped. */
  readonly outside?: readonly OutsideRun[];
  /** Newest root run that was judged, of whichever monitor, and when it began. */
  readonly judgedRun?: { readonly run: string; readonly at: string };
  /** The data-quality breach that holds training. */
  readonly badData?: BrokenData;
  /** The same of the endpoint's other monitors. */
  readonly badDataToo?: readonly BrokenData[];
  /** What people were told last of monitors that cannot be told apart, or that are not there; nothing while one is. */
  readonly monitorTold?: string;
  /** What people were told of single monitors: `failing|NAME`, until a run of it ends well, and `strange|NAME`. */
  readonly monitorTroubles?: readonly string[];
  /** Newest version of `when.newData` that was taken in. */
  readonly dataVersion?: string;
  /** ISO times of submissions inside the budget's window, oldest first. */
  readonly starts: readonly string[];
  /** The last challenger that was turned down for what it is, and the digest of its data. */
  readonly rejected?: { readonly version: string; readonly data: string };
  /** Newest first, a handful; all of them are in rows of their own. */
  readonly ended: readonly EndedTraining[];
}
