import type { Breach, BreachedFeature, Cause, SignalKind } from '../training/state.ts';
import { count, many, plain, series, time } from './figures.ts';
import type { Item } from './letter.ts';

/** More of them make no subject and no line that anybody reads. */
const CAUSES_NAMED = 3;

/** A cause in a few words, e.g. `drift on 3 features`. */
export function causeInShort(cause: Cause): string {
  return cause.from === undefined ? bare(cause) : `${bare(cause)} in ${cause.from}`;
}

/** Causes in one line, e.g. `drift on 3 features (2 times), schedule and 4 more`. `more` are not among `causes`. */
export function causesInShort(causes: readonly Cause[], more: number): string {
  const texts = causes.map(causeInShort);
  const different = [...new Set(texts)];
  const named = different.slice(0, CAUSES_NAMED).map((text) => {
    const times = texts.filter((other) => other === text).length;
    return times === 1 ? text : `${text} (${count(times)} times)`;
  });
  const left = texts.filter((text) => different.indexOf(text) >= CAUSES_NAMED).length;
  return series(named, left + more);
}

/** A cause with all that is known of it, numbers included. `reference` is the ISO time at which it is told. */
export function causeInDetail(cause: Cause, reference: string): Item {
  const at = time(cause.at, reference);
  const short = causeInShort(cause);
  switch (cause.kind) {
    case 'monitor':
      return {
        text: `${short}: monitor ${cause.monitor}, run ${cause.run} of ${at}`,
        details: cause.breaches.flatMap(breachLines),
      };
    case 'datasetDrift': {
      const measured = cause.coefficient === undefined ? '' : `coefficient ${plain(cause.coefficient)}, `;
      return { text: `${short}: ${measured}told at ${at}`, details: [] };
    }
    case 'newData':
      return { text: `${short}: found at ${at}`, details: [] };
    case 'schedule':
      return { text: `${short}: due at ${at}`, details: [] };
    case 'command':
      return { text: `${short} at ${at}: ${cause.reason}`, details: [] };
    case 'outside':
      return { text: `${short}: ${cause.run}, ended at ${at}`, details: [] };
  }
}

/** Causes as a list, `more` as its last item. */
export function causeItems(causes: readonly Cause[], more: number, reference: string): readonly Item[] {
  const rest = more > 0 ? [{ text: `and ${count(more)} more`, details: [] }] : [];
  return [...causes.map((cause) => causeInDetail(cause, reference)), ...rest];
}

function bare(cause: Cause): string {
  switch (cause.kind) {
    case 'monitor':
      return cause.breaches.length === 0 ? `a finding of ${cause.monitor}` : breachesInShort(cause.breaches);
    case 'datasetDrift':
      return `drift of dataset monitor ${cause.name}`;
    case 'newData':
      return `new data ${cause.data}:${cause.version}`;
    case 'schedule':
      return 'schedule';
    case 'command':
      return `asked for by ${cause.actor}`;
    case 'outside':
      return 'a run that the team started';
  }
}

/** `drift on 3 features and worse performance`. */
export function breachesInShort(breaches: readonly Breach[]): string {
  const kinds = [...new Set(breaches.map(({ kind }) => kind))];
  return series(kinds.map((kind) => inWords(kind, featureCount(breaches.filter((breach) => breach.kind === kind)))));
}

function inWords(kind: SignalKind, features: number): string {
  switch (kind) {
    case 'drift':
      return features === 0 ? 'drift' : `drift on ${many(features, 'feature')}`;
    case 'performance':
      return 'worse performance';
    case 'quality':
      return features === 0 ? 'broken data' : `broken data in ${many(features, 'feature')}`;
  }
}

/** A feature that two signals or two groups name is one. */
function featureCount(breaches: readonly Breach[]): number {
  const named = new Set(breaches.flatMap(({ features }) => features.map(({ feature }) => feature)));
  return named.size + breaches.reduce((sum, { more }) => sum + more, 0);
}

/** What a signal measured, a line for each feature that the monitor named. */
function breachLines({ signal, features, more }: Breach): string[] {
  if (features.length === 0 && more === 0) return [`${signal}: no feature named`];
  return [
    ...features.map((feature) => `${signal}, ${feature.feature}: ${measured(feature)}`),
    ...(more > 0 ? [`${signal}: and ${count(more)} more`] : []),
  ];
}

/** The service judges by the metric (p-values must not be small, distances not large); its numbers say which it was. */
function measured({ metric, value, threshold, group }: BreachedFeature): string {
  const name = metric ?? 'measured';
  const where = group === undefined ? '' : `, group ${group}`;
  if (value === undefined) return `${name} past its threshold${threshold === undefined ? '' : ` ${plain(threshold)}`}${where}`; // prettier-ignore
  if (threshold === undefined) return `${name} ${plain(value)}${where}`;
  const side = value < threshold ? 'required at least' : 'allowed at most';
  return `${name} ${plain(value)}, ${side} ${plain(threshold)}${where}`;
}
