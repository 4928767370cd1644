import type { Summary } from '../emulator/services/eventGrid/ledger.ts';
import type { LogLine } from '../emulator/host/log.ts';
import type { ActName } from './arguments.ts';
import { many } from './figures.ts';
import type { ActRecord } from './record.ts';

export interface Failure {
  /** Absent when it was no act's fault: the start, or what must hold over all acts. */
  readonly act: ActName | undefined;
  readonly sentence: string;
}

export interface Ending {
  readonly records: readonly ActRecord[];
  readonly failure: Failure | undefined;
  readonly summary: Summary;
  readonly report: string;
  readonly log: readonly LogLine[];
}

const LAST_ERRORS = 5;

/** What people read last. */
export function closing({ records, failure, summary, report, log }: Ending): string[] {
  const where = records.length > 0 ? [`report: ./${report}`] : [];
  if (failure) {
    const who = failure.act === undefined ? 'The demo' : `Act ${failure.act}`;
    const errors = log.filter(({ level }) => level === 'error' || level === 'critical').slice(-LAST_ERRORS);
    return [
      '',
      `${who} did not end as it must: ${failure.sentence}`,
      ...errors.map(({ at, message }) => `  the app at ${at}: ${message}`),
      ...where,
      'Next: npm run demo -- ACT to play one act alone . docs/architecture.md',
    ];
  }
  const outOfOrder = summary.reordered + summary.delayed;
  const events = `${many(summary.events, 'event')}, ${summary.doubled} doubled, ${outOfOrder} late or out of order, ${summary.lost} lost, every effect once`;
  return [
    '',
    [`${many(records.length, 'act')} as ${records.length === 1 ? 'it' : 'they'} must`, events, ...where].join(' . '),
    'Next: npm run demo -- regression . npm start . write your policy: docs/policy.md',
  ];
}

/** Of an act that played in several. `champion` and `traffic` are those of the last. */
function environmentsOf({ way }: ActRecord): object {
  if (!way) return {};
  const each = way.stops.map(({ environment, closed, traffic }) => [environment, { outcome: closed.end, traffic }]);
  return { environments: Object.fromEntries(each) };
}

/** For programs: the last line, whatever happened. */
export function jsonLine(records: readonly ActRecord[], failure: Failure | undefined): string {
  const acts: unknown[] = records.map((record) => ({
    name: record.name,
    outcome: record.closed.end,
    champion: record.champion,
    traffic: record.traffic,
    events: record.events,
    items: record.items,
    trainings: record.trainings,
    mails: record.mails.length,
    durationSeconds: Math.round(record.durationSeconds * 10) / 10,
    ...environmentsOf(record),
  }));
  if (failure?.act) acts.push({ name: failure.act, outcome: 'failed' });
  return JSON.stringify({ acts });
}
