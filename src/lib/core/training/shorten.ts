import type { Lifecycle } from '../lifecycle.ts';
import type { Origin } from '../origin.ts';
import type { Cause } from './state.ts';

/**
 * What a row may take in characters of JSON before details of causes are left out. Storage refuses it at 24 Ki, and a
 * row that is refused stops the release too.
 */
const LONGEST_CHARS = 16 * 1024;
/** Of a cause whose features were left out already; each has one for a signal of its monitor. */
const BREACHES_KEPT = 2;
const REASON_KEPT = 100;

type Shortening = (cause: Cause) => Cause;

/** Least missed first: what lies back before what is to come, single features before whole breaches. */
const SHORTENINGS: readonly ((lifecycle: Lifecycle) => Lifecycle)[] = [
  (row) => inMemory(row, withoutFeatures),
  (row) => inRelease(row, withoutFeatures),
  // What goes from one environment to the next is whole in the ledger of the one that trained.
  onTheWayCounted,
  (row) => inTraining(row, withoutFeatures),
  (row) => inRequest(row, withoutFeatures),
  ...[inMemory, inRelease, inTraining, inRequest].map((where) => (row: Lifecycle) => where(row, fewBreaches)),
];

/** The row as it is kept: long ones without the details of causes. Their numbers, names and times stay. */
export function shortened(lifecycle: Lifecycle): Lifecycle {
  let row = lifecycle;
  for (const shorten of SHORTENINGS) {
    if (!isLong(row)) break;
    row = shorten(row);
  }
  return row;
}

function isLong(lifecycle: Lifecycle): boolean {
  return JSON.stringify(lifecycle).length > LONGEST_CHARS;
}

/** The features of each breach are counted only. */
export function withoutFeatures(cause: Cause): Cause {
  if (cause.kind !== 'monitor') return cause;
  const breaches = cause.breaches.map((breach) => ({
    ...breach,
    features: [],
    more: breach.more + breach.features.length,
  }));
  return { ...cause, breaches };
}

/** What a person or a name may hold is long only by intent. */
function fewBreaches(cause: Cause): Cause {
  if (cause.kind === 'command') return { ...cause, reason: cause.reason.slice(0, REASON_KEPT) };
  return cause.kind === 'monitor' ? { ...cause, breaches: cause.breaches.slice(0, BREACHES_KEPT) } : cause;
}

function inMemory(lifecycle: Lifecycle, shorter: Shortening): Lifecycle {
  const { trained } = lifecycle;
  if (!trained) return lifecycle;
  const ended = trained.ended.map((training) => ({ ...training, causes: training.causes.map(shorter) }));
  return { ...lifecycle, trained: { ...trained, ended } };
}

function inRelease(lifecycle: Lifecycle, shorter: Shortening): Lifecycle {
  const { release } = lifecycle;
  if (!release?.origin?.causes) return lifecycle;
  const causes = release.origin.causes.map(shorter);
  return { ...lifecycle, release: { ...release, origin: { ...release.origin, causes } } };
}

function onTheWayCounted(lifecycle: Lifecycle): Lifecycle {
  const { sending, arriving, arrived } = lifecycle;
  return {
    ...lifecycle,
    ...(sending ? { sending: counted(sending) } : {}),
    ...(arriving ? { arriving: counted(arriving) } : {}),
    ...(arrived ? { arrived: counted(arrived) } : {}),
  };
}

function counted<T extends { readonly origin?: Origin }>(handed: T): T {
  const { causes = [], more = 0, ...origin } = handed.origin ?? {};
  return causes.length === 0 ? handed : { ...handed, origin: { ...origin, causes: [], more: more + causes.length } };
}

function inTraining(lifecycle: Lifecycle, shorter: Shortening): Lifecycle {
  const { training } = lifecycle;
  return training ? { ...lifecycle, training: { ...training, causes: training.causes.map(shorter) } } : lifecycle;
}

function inRequest(lifecycle: Lifecycle, shorter: Shortening): Lifecycle {
  const { request } = lifecycle;
  return request ? { ...lifecycle, request: { ...request, causes: request.causes.map(shorter) } } : lifecycle;
}
