import { mcNemarP } from '../statistics/mcnemar.ts';
import type { SlicesPolicy } from '../policy/policy.ts';
import type { Reason, Unit } from '../verdict.ts';
import { fewestOf, gainInterval, gainOf, LEAST_ROWS } from './compare.ts';
import type { Compared, Evidence, Slice } from './evidence.ts';
import { metricOf, type Direction } from './metrics.ts';

/** What failed is told one by one up to here, and counted beyond. */
const MAX_TOLD = 5;
/** Of the slices that a champion was judged on so many are remembered, as many of each name. */
const MAX_REMEMBERED = 40;

/** A slice that can be judged. */
interface Judged {
  readonly slice: Slice;
  readonly unit: Unit;
  readonly champion: number;
  readonly challenger: number;
  /** In its own order of how much speaks for being worse: least first. */
  readonly chance: number;
  /** Shown to be worse than the champion, where that may come by chance in so many cases. */
  readonly worseAt: (level: number) => boolean;
}

export interface SlicesAsked {
  readonly policy: SlicesPolicy;
  readonly confidence: number;
  readonly hasChampion: boolean;
  /** `region=south`: what the champion was judged on. */
  readonly before: readonly string[];
}

/**
 * The parts of the data that the policy names. None may be shown to be worse than with the champion, corrected for the number of
 * looks by Holm's method: of equal models 1 - confidence would be refused, however many slices there are. Between the
 * challenger's best and worst slice of one name there may be no larger gap than the policy says, as it was measured. What was asked for
 * and cannot be looked at is never a pass.
 */
export function judgeSlices({ policy, confidence, hasChampion, before }: SlicesAsked, { slices, data, dataVersion }: Evidence): Reason[] {
  const metric = metricOf(policy.metric);
  const named = `${policy.metric} by ${policy.by.join(', ')}`;
  if (!metric) return [flaw(named, `Slices are compared by the metrics of the list in docs/policy.md; ${policy.metric} is none of them.`)];
  if (!slices) return [flaw(named, 'The policy asks for slices, and there are no predictions that have them.')];
  const gone = before.filter((name) => isAsked(name, policy) && !slices.some((slice) => nameOf(slice) === name));
  const shrunk = slices.filter((slice) => slice.compared === undefined && before.includes(nameOf(slice))).map(nameOf);
  const vanished = gone.length === 0 ? [] : [flaw(named, `The champion was judged on ${listed(gone)}, and no row of ${data}:${dataVersion} is of it.`)];
  const large = slices.filter(({ compared }) => compared !== undefined);
  const judged = large.flatMap((slice) => judgedOf(slice, metric.better) ?? []);
  const unclear = large.filter((slice) => !judged.some((one) => one.slice === slice));
  const small = policy.by.filter((by) => !large.some((slice) => slice.by === by));
  const worse = hasChampion ? shownWorse(judged, 1 - confidence) : [];
  return [
    ...vanished,
    ...(shrunk.length === 0 ? [] : [open(named, `The champion was judged on ${listed(shrunk)}, of which less than ${policy.minRows} rows are left.`)]),
    ...small.map((by) => tooSmall(policy, slices, by)),
    ...policy.by.filter((by) => large.filter((slice) => slice.by === by).length === 1).map((by) => alone(policy, by)),
    ...unclear.slice(0, MAX_TOLD).map((slice) => cannotBeJudged(policy, slice)),
    ...worse.slice(0, MAX_TOLD).map((one) => isWorse(policy, metric.better, one, judged.length)),
    ...summary({ policy, confidence, hasChampion }, judged, worse.length, slices.length - large.length),
  ];
} // prettier-ignore

/** What is to be there again when the next one is judged. */
export function slicesJudged({ slices = [] }: Evidence): readonly string[] {
  const judged = slices.filter(({ compared }) => compared !== undefined);
  const names = [...new Set(judged.map(({ by }) => by))];
  const each = Math.floor(MAX_REMEMBERED / names.length);
  return names.flatMap((name) => judged.filter(({ by }) => by === name).slice(0, each).map(nameOf)); // prettier-ignore
}

function nameOf({ by, value }: Slice): string {
  return `${by}=${value}`;
}

/** A name that the policy does not ask for any more is not missed. */
function isAsked(name: string, { by }: SlicesPolicy): boolean {
  return by.some((one) => name.startsWith(`${one}=`));
}

function judgedOf(slice: Slice, better: Direction): Judged | undefined {
  const { compared } = slice;
  if (!compared || 'why' in compared) return undefined;
  if ('right' in compared) return ofClasses(slice, compared.right, better);
  const { estimate } = compared;
  const { champion, challenger, error, fewest } = estimate;
  if (fewest < LEAST_ROWS || error === 0) return undefined;
  return {
    slice, unit: 'plain', champion, challenger, chance: gainOf(better, estimate) / error,
    worseAt: (level) => gainInterval(better, estimate, 1 - level).high < 0,
  }; // prettier-ignore
}

function ofClasses(slice: Slice, right: Extract<Compared, { right: unknown }>['right'], better: Direction): Judged {
  const { n, bothRight, championOnly, challengerOnly } = right;
  const [theirs, mine] = [(bothRight + championOnly) / n, (bothRight + challengerOnly) / n];
  const [champion, challenger] = better === 'higher' ? [theirs, mine] : [1 - theirs, 1 - mine];
  const chance = mcNemarP(championOnly, challengerOnly);
  return { slice, unit: 'fraction', champion, challenger, chance, worseAt: (level) => championOnly > challengerOnly && chance < level }; // prettier-ignore
}

/** Holm (1979): from the one that speaks most for it on, each among those that are left, until one does not show it. */
function shownWorse(judged: readonly Judged[], level: number): readonly Judged[] {
  const inOrder = judged.toSorted((one, other) => one.chance - other.chance);
  const first = inOrder.findIndex(({ worseAt }, index) => !worseAt(level / (judged.length - index)));
  return first === -1 ? inOrder : inOrder.slice(0, first);
}

function isWorse(policy: SlicesPolicy, better: Direction, one: Judged, looks: number): Reason {
  const { slice, unit, champion, challenger } = one;
  const note = `shown to be worse than the champion there, also when it is counted that ${looks} slices were looked at`;
  return {
    rule: 'gate.slice', verdict: 'fail', what: `${policy.metric} where ${slice.by} is "${slice.value}"`, unit, champion, challenger,
    measured: challenger - champion, limit: 0, samples: slice.rows, note: `${note}; ${better} is better`,
  }; // prettier-ignore
}

/** The largest gap, and how the rest went. */
function summary({ policy, confidence, hasChampion }: Omit<SlicesAsked, 'before'>, judged: readonly Judged[], worse: number, small: number): Reason[] {
  const gaps = policy.by.map((by) => gapOf(judged.filter(({ slice }) => slice.by === by)));
  const [widest] = gaps.filter((gap) => gap !== undefined).toSorted((one, other) => other.challenger - one.challenger);
  if (!widest) return [];
  const { least, most, unit, challenger, champion, rows } = widest;
  const shown = `${worse === 0 ? 'none' : worse} of ${judged.length} slices shown to be worse than with the champion (with ${Number((confidence * 100).toFixed(2))} % for all of them together)`;
  const looked = hasChampion ? shown : `${judged.length} slices were looked at`;
  const left = small === 0 ? [] : [`${small} with less than ${policy.minRows} rows not judged`];
  return [
    {
      rule: 'gate.slices', verdict: challenger > policy.maxGap ? 'fail' : 'pass', what: `largest gap between slices in ${policy.metric}`, unit,
      ...(hasChampion && { champion }), challenger, measured: challenger, limit: policy.maxGap, samples: rows,
      note: [`furthest apart are ${nameOf(least.slice)} and ${nameOf(most.slice)}`, looked, ...left].join('; '),
    },
  ];
} // prettier-ignore

function gapOf(judged: readonly Judged[]) {
  const inOrder = judged.toSorted((one, other) => one.challenger - other.challenger);
  const [least, most] = [inOrder[0], inOrder.at(-1)];
  if (!least || !most) return undefined;
  const theirs = judged.map(({ champion }) => champion);
  return {
    least, most, unit: least.unit, challenger: most.challenger - least.challenger, champion: Math.max(...theirs) - Math.min(...theirs),
    rows: judged.reduce((sum, { slice }) => sum + slice.rows, 0),
  }; // prettier-ignore
}

function tooSmall({ metric, minRows }: SlicesPolicy, slices: readonly Slice[], by: string): Reason {
  const all = slices.filter((slice) => slice.by === by).map(({ rows }) => rows);
  const enough = Math.ceil((all.reduce((sum, rows) => sum + rows, 0) * minRows) / Math.max(...all));
  return open(`${metric} by ${by}`, `No slice has the ${minRows} rows that the policy asks for; about ${enough.toLocaleString('en')} rows like these would settle it for the largest.`); // prettier-ignore
}

function alone({ metric, minRows }: SlicesPolicy, by: string): Reason {
  return open(`${metric} by ${by}`, `Only one slice has the ${minRows} rows that the policy asks for: there is none to hold it against.`); // prettier-ignore
}

function cannotBeJudged({ metric }: SlicesPolicy, { by, value, rows, compared }: Slice): Reason {
  const what = `${metric} where ${by} is "${value}"`;
  if (!compared || 'why' in compared)
    return open(what, `It cannot be judged: ${compared?.why ?? 'there are no rows'}.`);
  const fewest = 'estimate' in compared ? compared.estimate.fewest : rows;
  const few = 'estimate' in compared ? fewestOf(compared.estimate) : `${rows} rows`;
  return open(what, `Only ${few} among ${rows} rows: about ${Math.ceil((rows * LEAST_ROWS) / Math.max(1, fewest)).toLocaleString('en')} rows like these would settle it.`); // prettier-ignore
}

function flaw(what: string, note: string): Reason {
  return { rule: 'gate.slices', verdict: 'error', what, unit: 'plain', note };
}

function open(what: string, note: string): Reason {
  return { rule: 'gate.slice', verdict: 'inconclusive', what, unit: 'plain', note };
}

function listed(names: readonly string[]): string {
  const told = names.slice(0, MAX_TOLD).join(', ');
  return names.length > MAX_TOLD ? `${told} and ${names.length - MAX_TOLD} more` : told;
}
