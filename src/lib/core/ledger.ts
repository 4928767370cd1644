import mergePatch from 'json-merge-patch';
import type { AuditRow, RecordedFacts } from './audit.ts';
import type { Lifecycle } from './lifecycle.ts';
import { digest } from './names.ts';
import { pool } from './release/transitions.ts';
import type { Facts } from './step.ts';

/** What the audit can rebuild: the row without the fields that only say when to look, and without the chain itself. */
export type Recorded = Omit<Lifecycle, 'nextLook' | 'checkBy' | 'auditDigest'>;

export function recorded(lifecycle: Lifecycle): Recorded {
  const { nextLook: _, checkBy: __, auditDigest: ___, ...rest } = lifecycle;
  return rest;
}

/** More minutes than this are kept as their sum: a row may hold 1 MiB, and a day has 1,440 minutes. */
const MINUTES_KEPT = 120;

export function recordedFacts({ minutes, ...facts }: Facts): RecordedFacts {
  if (!minutes) return facts;
  if (minutes.length <= MINUTES_KEPT) return { ...facts, minutes };
  const names = new Set(minutes.flatMap(({ arms }) => Object.keys(arms)));
  return {
    ...facts,
    minutes: {
      count: minutes.length,
      pooled: Object.fromEntries([...names].map((name) => [name, pool(minutes, name)])),
    },
  };
}

/** The audit row of a pass, chained to the one before, and the lifecycle that carries its digest. */
export function record(
  before: Lifecycle | undefined,
  after: Lifecycle,
  pass: Omit<AuditRow, 'sequence' | 'previous' | 'patch' | 'rowDigest'>,
): { readonly row: AuditRow; readonly lifecycle: Lifecycle } {
  const sequence = (before?.sequence ?? 0) + 1;
  const numbered = { ...after, sequence };
  const patch = mergePatch.generate(before ? copy(recorded(before)) : {}, copy(recorded(numbered)));
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
  return rows.reduce<unknown>((row, { patch }) => (patch === undefined ? row : mergePatch.apply(copy(row), patch)), {});
}

export interface ChainFault {
  readonly sequence: number;
  readonly fault: string;
}

/** Finds rows that were altered, removed or put in: each names the digest of the one before and of the row it led to. */
export function verifyChain(rows: readonly AuditRow[]): readonly ChainFault[] {
  const faults: ChainFault[] = [];
  let state: unknown = {};
  let previous: AuditRow | undefined;
  for (const row of rows) {
    if (row.sequence !== (previous?.sequence ?? 0) + 1)
      faults.push({ sequence: row.sequence, fault: 'a row before it is missing' });
    if (previous && row.previous !== digest(previous))
      faults.push({ sequence: row.sequence, fault: 'the row before it was altered' });
    state = row.patch === undefined ? state : mergePatch.apply(copy(state), row.patch);
    if (digest(state) !== row.rowDigest)
      faults.push({ sequence: row.sequence, fault: 'its patch does not lead to the row it names' });
    previous = row;
  }
  return faults;
}

/** The library patches in place, and drops nothing: undefined properties must not reach it. */
function copy<T>(value: T): T {
  return JSON.parse(JSON.stringify(value));
}
