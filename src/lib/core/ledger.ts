import type { Evidence } from './gate/evidence.ts';
import type { AuditRow, RecordedFacts, RecordedTraining } from './audit.ts';
import type { Lifecycle } from './lifecycle.ts';
import { patched, patchFrom } from './mergePatch.ts';
import { digest } from './names.ts';
import { pool } from './canary/rates.ts';
import type {
  Facts, MonitorFact, ReadMonitor, TrainingFacts, TrainingJobFact, TrainingPlanFact,
} from './step.ts'; // prettier-ignore

/** What the audit can rebuild: the row without the fields that only say when to look, and without the chain itself. */
export type Recorded = Omit<Lifecycle, 'nextLook' | 'checkBy' | 'auditDigest'>;

export function recorded(lifecycle: Lifecycle): Recorded {
  const { nextLook: _, checkBy: __, auditDigest: ___, ...rest } = lifecycle;
  return rest;
}

/** More minutes than this are kept as their sum: a row may hold 1 MiB, and a day has 1,440 minutes. */
const MINUTES_KEPT = 120;

/** Of slices, of which there may be hundreds. */
const SLICES_KEPT = 40;

/** Of each list in the facts of a training: monitors may have any number of runs, signals and namesakes. */
const LIST_KEPT = 10;

export function recordedFacts({ minutes, training, evidence, ...facts }: Facts): RecordedFacts {
  return {
    ...facts,
    ...(evidence ? { evidence: recordedEvidence(evidence) } : {}),
    ...(training ? { training: recordedTraining(training) } : {}),
    ...(minutes ? { minutes: recordedMinutes(minutes) } : {}),
  };
}

function recordedEvidence(evidence: Evidence): NonNullable<RecordedFacts['evidence']> {
  const { slices = [] } = evidence;
  if (slices.length <= SLICES_KEPT) return evidence;
  return { ...evidence, slices: slices.slice(0, SLICES_KEPT), left: slices.length - SLICES_KEPT };
}

function recordedMinutes(minutes: NonNullable<Facts['minutes']>): NonNullable<RecordedFacts['minutes']> {
  if (minutes.length <= MINUTES_KEPT) return minutes;
  const names = new Set(minutes.flatMap(({ arms }) => Object.keys(arms)));
  return {
    count: minutes.length,
    pooled: Object.fromEntries([...names].map((name) => [name, pool(minutes, name)])),
  };
}

function recordedTraining({ monitor, plan, job, ...facts }: TrainingFacts): RecordedTraining {
  let left = 0;
  const first: First = (list, most = LIST_KEPT) => {
    left += Math.max(0, list.length - most);
    return list.slice(0, most);
  };
  const kept: TrainingFacts = {
    ...facts,
    ...(monitor ? { monitor: recordedMonitor(monitor, first) } : {}),
    ...(plan ? { plan: recordedPlan(plan, first) } : {}),
    ...(job ? { job: recordedJob(job, first) } : {}),
  };
  return left === 0 ? kept : { ...kept, left };
}

type First = <T>(list: readonly T[], most?: number) => readonly T[];

function recordedPlan(plan: TrainingPlanFact, first: First): TrainingPlanFact {
  const { pins, unpinned, championPins } = plan;
  const known = championPins ? { championPins: first(championPins) } : {};
  return { ...plan, pins: first(pins), unpinned: first(unpinned), ...known };
}

function recordedJob(job: TrainingJobFact | 'absent', first: First): TrainingJobFact | 'absent' {
  if (job === 'absent' || !job.given) return job;
  const { pins, unpinned } = job.given;
  return { ...job, given: { ...job.given, pins: first(pins), unpinned: first(unpinned) } };
}

function recordedMonitor(monitor: MonitorFact, first: First): MonitorFact {
  if ('names' in monitor) return { ...monitor, names: first(monitor.names) };
  if (monitor.found === 'one') return { ...monitor, ...recordedRead(monitor, first) };
  const monitors = first(monitor.monitors);
  // What one may keep is shared between all.
  return { ...monitor, monitors: monitors.map((read) => recordedRead(read, first, Math.ceil(LIST_KEPT / monitors.length))) }; // prettier-ignore
}

function recordedRead(read: ReadMonitor, first: First, most = LIST_KEPT): ReadMonitor {
  return {
    ...read,
    runs: first(read.runs, most).map((run) => ({ ...run, breaches: first(run.breaches) })),
    rootOf: Object.fromEntries(first(Object.entries(read.rootOf), most)),
    ...(read.strangers ? { strangers: first(read.strangers, most) } : {}),
  };
}

/** What the audit must tell of the way from the one to the other; undefined where there is nothing. */
export function patchBetween(before: Lifecycle | undefined, after: Lifecycle): unknown {
  return before === after ? undefined : patchFrom(before ? recorded(before) : {}, recorded(after));
}

/** The audit row of a pass, chained to the one before, and the lifecycle that carries its digest. */
export function record(
  before: Lifecycle | undefined,
  after: Lifecycle,
  pass: Omit<AuditRow, 'sequence' | 'previous' | 'patch' | 'rowDigest'>,
): { readonly row: AuditRow; readonly lifecycle: Lifecycle } {
  const sequence = (before?.sequence ?? 0) + 1;
  const numbered = { ...after, sequence };
  const patch = patchBetween(before, numbered);
  const previous = before?.auditDigest;
  const row: AuditRow = {
    sequence,
    ...pass,
    ...(previous ? { previous } : {}),
    patch,
    rowDigest: digest(recorded(numbered)),
  };
  return { row, lifecycle: { ...numbered, auditDigest: digest(row) } };
}

/** The row as the patches alone say it was after the last of `rows` (all of them, from the first). */
export function rebuild(rows: readonly AuditRow[]): unknown {
  return rows.reduce<unknown>((row, { patch }) => (patch === undefined ? row : patched(row, patch)), {});
}

export interface ChainFault {
  readonly sequence: number;
  readonly fault: string;
}

/**
 * Finds rows that were altered, removed or put in: each names the digest of the one before and of the row it led to.
 * Nothing names the last one but `head`, the digest that the lifecycle carries; without it, its end is not vouched for.
 */
export function verifyChain(rows: readonly AuditRow[], head?: string): readonly ChainFault[] {
  const faults: ChainFault[] = [];
  let state: unknown = {};
  let previous: AuditRow | undefined;
  for (const row of rows) {
    if (row.sequence !== (previous?.sequence ?? 0) + 1)
      faults.push({ sequence: row.sequence, fault: 'a row before it is missing' });
    if (previous && row.previous !== digest(previous))
      faults.push({ sequence: row.sequence, fault: 'the row before it was altered' });
    state = row.patch === undefined ? state : patched(state, row.patch);
    if (digest(state) !== row.rowDigest)
      faults.push({ sequence: row.sequence, fault: 'its patch does not lead to the row it names' });
    previous = row;
  }
  if (head !== undefined && (previous === undefined || digest(previous) !== head))
    faults.push({ sequence: previous?.sequence ?? 0, fault: 'it is not the row that the lifecycle names as its last' });
  return faults;
}
