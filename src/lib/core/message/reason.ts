import { shown } from '../gate/holdouts.ts';
import type { Reason, Unit } from '../verdict.ts';
import { count, hundredths, many, milliseconds, minutes, percent, plain, signed, signedHundredths, times, versionName } from './figures.ts'; // prettier-ignore

/** Who is meant by champion and challenger in a reason. */
export interface Arms {
  readonly version?: string;
  readonly champion?: string;
}

/** One row of an evidence table. */
export interface Check {
  readonly what: string;
  readonly challenger?: string;
  readonly champion?: string;
  /** Measured against allowed, with the sample size. */
  readonly result: string;
  readonly verdict: Reason['verdict'];
}

/** A judged statement as one English sentence: measured versus allowed, with units and sample sizes. */
export function reasonSentence(reason: Reason, arms: Arms): string {
  const sentence = bare(reason, arms);
  const note = reason.note === undefined || sentence.includes(reason.note) ? '' : ` (${trimmed(reason.note)})`;
  return `${capital(trimmed(sentence))}${note}.`;
}

export function checkOf(reason: Reason): Check {
  const { champion, challenger } = reason;
  const show = (value: number | undefined) => (value === undefined ? undefined : inUnit(value, reason.unit));
  const mine = show(challenger);
  const theirs = show(champion);
  return {
    what: reason.what,
    result: [[judged(reason), sizes(reason)].filter((part) => part !== undefined).join('; '), noteOf(reason)]
      .filter((part) => part !== '')
      .join('. '),
    verdict: reason.verdict,
    ...(mine === undefined ? {} : { challenger: mine }),
    ...(theirs === undefined ? {} : { champion: theirs }),
  };
}

function bare(reason: Reason, arms: Arms): string {
  const mine = arms.version === undefined ? 'the challenger' : versionName(arms.version);
  const theirs = arms.champion === undefined ? 'the champion' : versionName(arms.champion);
  const { challenger, champion, samples } = reason;
  if (challenger === undefined) return `${reason.what}: ${reason.note ?? judged(reason) ?? 'not measured'}`;
  switch (reason.rule) {
    case 'canary.errors':
    case 'canary.errorLimit': {
      const own = `${mine} failed ${failures(challenger, samples)}`;
      const other = champion === undefined ? '' : `, ${theirs} ${failures(champion, reason.championSamples, false)}`;
      return `${within(reason)}${own}${other}${tail(reason)}`;
    }
    case 'shadow.flips':
      return `${mine} answered otherwise than ${theirs} to ${percent(challenger)} of ${many(samples ?? 0, 'different input')}${tail(reason)}`;
    case 'canary.latencyTail':
      return `${within(reason)}the slowest twentieth of requests took ${inUnit(challenger, 'ratio')} as long on ${mine} as on ${theirs}, allowed ${inUnit(reason.limit ?? 1, 'ratio')}`;
    case 'canary.memory':
      return `memory of ${mine} went from ${percent(champion ?? 0)} to ${percent(challenger)}`;
    case 'canary.latency':
    case 'canary.latencyLimit': {
      const own = `${mine} took ${milliseconds(challenger)} on average`;
      const other = champion === undefined ? '' : `, ${theirs} ${milliseconds(champion)}`;
      return `${within(reason)}${own}${other}${tail(reason)}`;
    }
    default: {
      const own = `${reason.what} of ${mine} is ${inUnit(challenger, reason.unit)}`;
      const other = champion === undefined ? '' : `, of ${theirs} ${inUnit(champion, reason.unit)}`;
      const rows =
        samples === undefined ? '' : ` on ${champion === undefined ? '' : 'the same '}${sizes({ ...reason, samples })}`;
      return `${own}${other}${rows}${tail(reason)}`;
    }
  }
}

function tail(reason: Reason): string {
  const text = judged(reason);
  return text === undefined ? '' : `: ${text}`;
}

/** The judged quantity against its limit, e.g. `4.9 times as often, allowed less than 2 times`. */
function judged({
  rule,
  unit: own,
  judged: unit = own,
  verdict,
  measured,
  limit,
  interval,
}: Reason): string | undefined {
  if (limit === undefined) return measured === undefined ? undefined : `measured ${inUnit(measured, unit)}`;
  switch (rule) {
    case 'canary.errors':
      return `${measured === undefined ? '' : `${inUnit(measured, unit, limit)} as often, `}allowed less than ${inUnit(limit, unit)}`;
    case 'canary.latency':
      return `${measured === undefined ? '' : `${inUnit(measured, unit, limit)} as long, `}allowed ${inUnit(limit, unit)}`;
    case 'gate.superior':
    case 'gate.nonInferior': {
      if (measured === undefined) return `required ${difference(limit, unit)}`;
      const range =
        interval === undefined ? '' : ` (${shown(interval.confidence)} interval: ${bounds(interval, unit)})`;
      return `difference ${difference(measured, unit)}${range}, required ${beyond(verdict, measured, limit)} ${limit === 0 ? '0' : difference(limit, unit)}`; // prettier-ignore
    }
    case 'shadow.flips':
      return `${interval === undefined ? '' : `${betweenShares(interval)}, `}allowed at most ${inUnit(limit, unit)}`;
    case 'shadow.shift':
      return `${measured === undefined ? '' : `moved by ${signed(measured)}${interval === undefined ? '' : ` (${shown(interval.confidence)} interval: ${bounds(interval, unit)})`}, `}allowed at most ${plain(limit)} up or down`;
    case 'gate.slice':
      return `difference ${measured === undefined ? 'unknown' : difference(measured, unit)}`;
    case 'gate.slices':
      return `allowed at most ${unit === 'fraction' ? `${hundredths(limit)} points` : inUnit(limit, unit)}`;
    case 'gate.min':
      return `required at least ${inUnit(limit, unit)}`;
    case 'gate.max':
    case 'canary.errorLimit':
    case 'canary.latencyLimit':
      return `allowed at most ${inUnit(limit, unit)}`;
    default:
      return `${measured === undefined ? '' : `measured ${inUnit(measured, unit)}, `}limit ${inUnit(limit, unit)}`;
  }
}

/**
 * Which side of the limit is the good one. A gate passes only what lies there and fails only what does not, so the
 * verdict tells; where the gate could not decide, the interval spans the limit and either side would have.
 */
function beyond(verdict: Reason['verdict'], measured: number, limit: number): string {
  if (verdict !== 'pass' && verdict !== 'fail') return 'all of the interval on one side of';
  return (verdict === 'pass') === measured > limit ? 'more than' : 'less than';
}

function within({ window }: Reason): string {
  return window === undefined ? '' : `in ${minutes(window.from, window.to)} `;
}

function failures(rate: number, requests: number | undefined, unit = true): string {
  if (requests === undefined) return `${percent(rate)} of requests`;
  const all = unit ? many(requests, 'request') : count(requests);
  return `${count(Math.round(rate * requests))} of ${all} (${percent(rate)})`;
}

function sizes({ rule, samples, championSamples }: Reason): string | undefined {
  if (samples === undefined) return undefined;
  if (rule.startsWith('shadow.')) return many(samples, 'different input');
  if (!rule.startsWith('canary.')) return many(samples, 'row');
  return championSamples === undefined
    ? many(samples, 'request')
    : `${many(samples, 'request')} against ${count(championSamples)}`;
}

/** `1.2 to 3.4 % (95 % interval)`, of a share. */
export function betweenShares({ low, high, confidence }: NonNullable<Reason['interval']>): string {
  return `${hundredths(low)} to ${percent(high)} (${shown(confidence)} interval)`;
}

function difference(value: number, unit: Unit): string {
  return unit === 'fraction'
    ? `${signedHundredths(value)} points`
    : unit === 'ms'
      ? milliseconds(value)
      : signed(value);
}

function bounds({ low, high }: { readonly low: number; readonly high: number }, unit: Unit): string {
  const show = unit === 'fraction' ? signedHundredths : signed;
  return `${show(low)} to ${show(high)}`;
}

function inUnit(value: number, unit: Unit, limit?: number): string {
  switch (unit) {
    case 'fraction':
      return percent(value);
    case 'ratio':
      return times(value, limit);
    case 'ms':
      return milliseconds(value);
    case 'count':
      return count(value);
    case 'plain':
      return plain(value);
  }
}

function noteOf({ note }: Reason): string {
  return note === undefined ? '' : `${note.slice(0, 1).toUpperCase()}${trimmed(note).slice(1)}.`;
}

function trimmed(text: string): string {
  return text.replace(/[\s.]+$/, '');
}

function capital(text: string): string {
  // A version or metric name at the start keeps its case.
  return text.startsWith('in ') ? `I${text.slice(1)}` : text;
}
