import type { Mischief } from '../../world.ts';
import type { GridEvent } from './envelope.ts';

/** One try to deliver one event to one subscription. `status` 0 = no answer. */
export interface Attempt {
  readonly at: Date;
  readonly subscription: string;
  readonly status: number;
}

/** Everything that happened to one event. */
export interface EventRecord {
  readonly event: GridEvent;
  readonly mischief?: Mischief['kind'];
  readonly attempts: Attempt[];
  /** Successful deliveries; above 1 when doubled or wanted by several subscriptions. */
  delivered: number;
  /** Deliveries given up: written to a dead-letter container, or dropped for want of one. */
  deadLettered: number;
  dropped: number;
}

export interface Summary {
  readonly events: number;
  readonly doubled: number;
  readonly delayed: number;
  readonly reordered: number;
  readonly lost: number;
  readonly delivered: number;
  readonly attempts: number;
  readonly deadLettered: number;
  readonly dropped: number;
}

export function summarize(records: readonly EventRecord[]): Summary {
  const suffering = (kind: Mischief['kind']) => records.filter(({ mischief }) => mischief === kind).length;
  const total = (count: (record: EventRecord) => number) => records.reduce((sum, record) => sum + count(record), 0);
  return {
    events: records.length,
    doubled: suffering('double'),
    delayed: suffering('delay'),
    reordered: suffering('reorder'),
    lost: suffering('lose'),
    delivered: total(({ delivered }) => delivered),
    attempts: total(({ attempts }) => attempts.length),
    deadLettered: total(({ deadLettered }) => deadLettered),
    dropped: total(({ dropped }) => dropped),
  };
}
