import * as fc from 'fast-check';
import { COMMANDS, type CommandName } from '../../src/lib/core/inbox.ts';
import type { SignalKind } from '../../src/lib/core/training/state.ts';

export const ENVIRONMENTS = ['dev', 'prod'] as const;
export type Environment = (typeof ENVIRONMENTS)[number];

/** How a version does: at the gate, on live traffic, and beside the champion on the same requests. */
export type Quality = 'good' | 'bad' | 'failsLive' | 'answersOtherwise';

/** What becomes of a training job: a model that it leaves or registers, or no model at all. */
export type Fate = 'output' | 'registers' | 'nothing' | 'code' | 'platform' | 'neverStarts' | 'lost';

/** People who sign in. `eve` is of no role. */
export const PEOPLE = ['ann', 'ben', 'cid', 'eve'] as const;
export type Person = (typeof PEOPLE)[number];

/** Version 1 serves; an endpoint without a deployment; no endpoint. */
export type Start = 'serving' | 'bare' | 'nothing';

/** Services that may not answer for a while. */
export const AWAY = ['azure', 'storage', 'metrics', 'mail'] as const;
export type Away = (typeof AWAY)[number];

/** What Event Grid does to an event: minutes until each delivery; none, it is lost. */
export type Deliveries = readonly number[];

export type Happening =
  | { readonly do: 'register'; readonly where: Environment; readonly quality: Quality; readonly by?: Person | undefined; readonly deliveries: Deliveries }
  | { readonly do: 'finds'; readonly where: Environment; readonly kinds: readonly SignalKind[]; readonly deliveries: Deliveries }
  /** A run that the team started itself has ended, and left a model, registered or not, or nothing. */
  | { readonly do: 'teamRun'; readonly where: Environment; readonly leaves: 'output' | 'version' | 'nothing'; readonly quality: Quality; readonly deliveries: Deliveries }
  | { readonly do: 'newData'; readonly where: Environment }
  | { readonly do: 'fate'; readonly fate: Fate; readonly quality: Quality }
  | { readonly do: 'command'; readonly where: Environment; readonly name: Exclude<CommandName, 'approve'>; readonly names: 'this' | 'other' | 'none'; readonly by?: Person | undefined; readonly untilMinutes?: number | undefined; readonly version: 'newest' | 'before' }
  /** Of the newest version: its files, or what its evaluation measured. */
  | { readonly do: 'changes'; readonly where: Environment; readonly what: 'files' | 'metrics' }
  | { readonly do: 'portal'; readonly where: Environment; readonly what: Hand; readonly pick: number }
  | { readonly do: 'away'; readonly who: Away; readonly minutes: number }
  | { readonly do: 'jobsFail' | 'deploymentsFail' | 'smokeFails' | 'quota'; readonly minutes: number }
  | { readonly do: 'policy'; readonly which: number | 'removed' | 'unreadable' }
  /** For a while these instances run another version, which does not know some words of this one. */
  | { readonly do: 'otherVersion'; readonly instances: readonly (0 | 1)[]; readonly cannotRead: Unread; readonly minutes: number }; // prettier-ignore

export type Unread = 'rows' | 'items' | 'policies';
/** `whileUpdating`: right after what is being written, before anybody has read it back. */
export type Hand = 'traffic' | 'whileUpdating' | 'mirror' | 'delete';

/** What a call meets. `after`: its effect has taken place. `late`: it takes place so many seconds after the caller gave up. */
export type Trouble =
  | { readonly meets: 'stall'; readonly when: 'before' | 'after'; readonly seconds: number }
  | { readonly meets: 'crash'; readonly when: 'before' | 'after'; readonly whole: boolean }
  | { readonly meets: 'failure'; readonly when: 'before' | 'after' }
  | { readonly meets: 'late'; readonly seconds: number }; // prettier-ignore

/** What somebody says so many minutes after people were asked to approve, or what he changes of what they were shown. */
export interface Saying {
  readonly who: Person;
  readonly says: 'approve' | 'reject' | 'files' | 'metrics';
  readonly afterMinutes: number;
}

/** All of a simulated day: what happens, so many minutes after what was before, and what which calls meet. */
export interface Plan {
  /** What is published, and what becomes of jobs, until something else happens. */
  readonly policy: number;
  readonly fate: Fate;
  readonly happenings: readonly { readonly afterMinutes: number; readonly happening: Happening }[];
  /** Each time they are asked. */
  readonly sayings: readonly Saying[];
  /** After so many calls that met nothing. */
  readonly troubles: readonly { readonly afterCalls: number; readonly trouble: Trouble }[];
  /** What there is when the day begins. */
  readonly starts: Readonly<Record<Environment, Start>>;
  /** The endpoint in prod is a batch endpoint. */
  readonly batch: boolean;
  /** Minutes by which the clocks of the app's two instances are off. */
  readonly skewMinutes: readonly [number, number];
  readonly noise: number;
}

const where = fc.constantFrom<Environment>('dev', 'dev', 'prod');
const quality = fc.constantFrom<Quality>(
  'good',
  'good',
  'good',
  'good',
  'bad',
  'failsLive',
  'failsLive',
  'answersOtherwise',
);
const person = fc.constantFrom(...PEOPLE);
/** As often as not. */
const somebody = fc.option(person, { nil: undefined, freq: 2 });
const deliveries: fc.Arbitrary<Deliveries> = fc.oneof(
  { weight: 5, arbitrary: fc.constant([0]) },
  { weight: 2, arbitrary: fc.array(fc.integer({ min: 0, max: 30 }), { minLength: 1, maxLength: 3 }) },
  { weight: 1, arbitrary: fc.constant([]) },
  { weight: 1, arbitrary: fc.array(fc.integer({ min: 60, max: 1000 }), { minLength: 1, maxLength: 2 }) },
);
const which = fc.oneof({ weight: 4, arbitrary: fc.nat(4) }, { weight: 1, arbitrary: fc.constantFrom('removed' as const, 'unreadable' as const) }); // prettier-ignore
const orders = COMMANDS.filter((name) => name !== 'approve');

const fate = fc.constantFrom<Fate>('output', 'output', 'registers', 'nothing', 'code', 'platform', 'neverStarts', 'lost'); // prettier-ignore

const happening: fc.Arbitrary<Happening> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant('register' as const), where, quality, by: somebody, deliveries }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('finds' as const), where: fc.constantFrom<Environment>('dev', 'prod', 'prod'), kinds: fc.uniqueArray(fc.constantFrom<SignalKind>('drift', 'drift', 'performance', 'quality'), { maxLength: 2 }), deliveries }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('teamRun' as const), where, leaves: fc.constantFrom('output' as const, 'output' as const, 'version' as const, 'nothing' as const), quality, deliveries }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('newData' as const), where }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('fate' as const), fate, quality }) },
  { weight: 5, arbitrary: fc.record({ do: fc.constant('command' as const), where, name: fc.constantFrom(...orders), names: fc.constantFrom('this' as const, 'this' as const, 'other' as const, 'none' as const), by: somebody, untilMinutes: fc.option(fc.integer({ min: 1, max: 90 }), { nil: undefined }), version: fc.constantFrom('newest' as const, 'newest' as const, 'before' as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('command' as const), where, name: fc.constant('breakGlass' as const), names: fc.constant('none' as const), by: fc.constantFrom<Person>('ann', 'ben'), untilMinutes: fc.option(fc.integer({ min: 1, max: 90 }), { nil: undefined }), version: fc.constantFrom('newest' as const, 'newest' as const, 'before' as const) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('changes' as const), where, what: fc.constantFrom('files' as const, 'metrics' as const) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('portal' as const), where, what: fc.constantFrom<Hand>('traffic', 'whileUpdating', 'mirror', 'delete'), pick: fc.nat(11) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('away' as const), who: fc.constantFrom(...AWAY), minutes: fc.integer({ min: 1, max: 45 }) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom('jobsFail' as const, 'deploymentsFail' as const, 'smokeFails' as const, 'quota' as const), minutes: fc.integer({ min: 1, max: 30 }) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('policy' as const), which }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('otherVersion' as const), instances: fc.constantFrom<readonly (0 | 1)[]>([0], [1], [0, 1]), cannotRead: fc.constantFrom<Unread>('rows', 'items', 'policies'), minutes: fc.integer({ min: 1, max: 40 }) }) },
); // prettier-ignore

const when = fc.constantFrom('before' as const, 'after' as const);
const trouble: fc.Arbitrary<Trouble> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ meets: fc.constant('stall' as const), when, seconds: fc.oneof(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 60, max: 900 })) }) },
  { weight: 2, arbitrary: fc.record({ meets: fc.constant('crash' as const), when, whole: fc.boolean() }) },
  { weight: 2, arbitrary: fc.record({ meets: fc.constant('failure' as const), when }) },
  { weight: 1, arbitrary: fc.record({ meets: fc.constant('late' as const), seconds: fc.integer({ min: 5, max: 600 }) }) },
); // prettier-ignore

const happenings = fc.array(
  fc.record({ afterMinutes: fc.oneof(fc.integer({ min: 0, max: 3 }), fc.integer({ min: 5, max: 60 })), happening }),
  { minLength: 1, maxLength: 5, size: 'max' },
);
const sayings = fc.oneof(
  { weight: 3, arbitrary: fc.integer({ min: 0, max: 20 }).map((afterMinutes): Saying[] => [{ who: 'ann', says: 'approve', afterMinutes: 1 }, { who: 'ben', says: 'approve', afterMinutes }]) },
  { weight: 2, arbitrary: fc.array(fc.record({ who: person, says: fc.constantFrom<Saying['says']>('approve', 'approve', 'approve', 'approve', 'reject', 'files', 'metrics'), afterMinutes: fc.integer({ min: 0, max: 30 }) }), { maxLength: 5, size: 'max' }) },
); // prettier-ignore
const troubles = fc.array(
  fc.record({ afterCalls: fc.oneof(fc.integer({ min: 0, max: 12 }), fc.integer({ min: 10, max: 160 })), trouble }),
  { maxLength: 12, size: 'max' },
);
const start = fc.oneof(
  { weight: 6, arbitrary: fc.constant<Start>('serving') },
  { weight: 1, arbitrary: fc.constantFrom<Start>('bare', 'nothing') },
);
/** A batch endpoint is never made. */
const begins = fc.oneof(
  { weight: 4, arbitrary: fc.record({ batch: fc.constant(false), starts: fc.record({ dev: start, prod: start }) }) },
  { weight: 1, arbitrary: fc.record({ batch: fc.constant(true), starts: fc.record({ dev: start, prod: fc.constant<Start>('serving') }) }) },
); // prettier-ignore
const skew = fc.oneof(
  { weight: 3, arbitrary: fc.constant(0) },
  { weight: 1, arbitrary: fc.integer({ min: -3, max: 3 }) },
);

/** A day in which nothing can be released shows little. */
const first = fc.record({ dev: somebody, prod: somebody }).map((by) =>
  ENVIRONMENTS.map((place) => ({
    afterMinutes: 0,
    happening: { do: 'register', where: place, quality: 'good', by: by[place], deliveries: [0] } as const,
  })),
);

export const plans: fc.Arbitrary<Plan> = fc
  .record({
    policy: fc.nat(4),
    fate,
    begins,
    happenings: fc.tuple(first, happenings).map(([begin, rest]) => [...begin, ...rest]),
    sayings, troubles, skewMinutes: fc.tuple(skew, skew), noise: fc.nat(1_000_000),
  })
  .map(({ begins: { batch, starts }, ...plan }) => ({ ...plan, batch, starts })); // prettier-ignore

/** The plan of a seed: always the same. */
export function planOf(seed: number): Plan {
  const [plan] = fc.sample(plans, { seed, numRuns: 1 });
  if (!plan) throw new Error(`no plan for seed ${seed}`);
  return plan;
}
