import * as fc from 'fast-check';
import { COMMANDS, type CommandName } from '../../src/lib/core/inbox.ts';

export const ENVIRONMENTS = ['dev', 'prod'] as const;
export type Environment = (typeof ENVIRONMENTS)[number];

/** How a version does: at the gate, and on live traffic. */
export type Quality = 'good' | 'bad' | 'failsLive';

/** What Event Grid does to an event: minutes until each delivery; none, it is lost. */
export type Deliveries = readonly number[];

export type Happening =
  | { readonly do: 'register'; readonly where: Environment; readonly quality: Quality; readonly deliveries: Deliveries }
  | { readonly do: 'command'; readonly where: Environment; readonly name: CommandName; readonly names: 'this' | 'other' | 'none'; readonly untilMinutes?: number | undefined }
  | { readonly do: 'portal'; readonly where: Environment; readonly pick: number }
  | { readonly do: 'away'; readonly who: 'azure' | 'metrics' | 'mail'; readonly minutes: number }
  | { readonly do: 'jobsFail' | 'deploymentsFail' | 'smokeFails' | 'quota'; readonly minutes: number }
  | { readonly do: 'policy'; readonly which: number }; // prettier-ignore

/** What a call meets. `after`: its effect has taken place. `late`: it takes place so many seconds after the caller gave up. */
export type Trouble =
  | { readonly meets: 'stall'; readonly when: 'before' | 'after'; readonly seconds: number }
  | { readonly meets: 'crash'; readonly when: 'before' | 'after'; readonly whole: boolean }
  | { readonly meets: 'failure'; readonly when: 'before' | 'after' }
  | { readonly meets: 'late'; readonly seconds: number }; // prettier-ignore

/** All of a simulated day: what happens, so many minutes after what was before, and what which calls meet. */
export interface Plan {
  readonly happenings: readonly { readonly afterMinutes: number; readonly happening: Happening }[];
  /** After so many calls that met nothing. */
  readonly troubles: readonly { readonly afterCalls: number; readonly trouble: Trouble }[];
  /** Minutes by which the clocks of the app's two instances are off. */
  readonly skewMinutes: readonly [number, number];
  readonly noise: number;
}

const where = fc.constantFrom<Environment>('dev', 'dev', 'prod');
const deliveries: fc.Arbitrary<Deliveries> = fc.oneof(
  { weight: 5, arbitrary: fc.constant([0]) },
  { weight: 2, arbitrary: fc.array(fc.integer({ min: 0, max: 30 }), { minLength: 1, maxLength: 3 }) },
  { weight: 1, arbitrary: fc.constant([]) },
  { weight: 1, arbitrary: fc.array(fc.integer({ min: 60, max: 4000 }), { minLength: 1, maxLength: 2 }) },
);

const happening: fc.Arbitrary<Happening> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant('register' as const), where, quality: fc.constantFrom<Quality>('good', 'good', 'good', 'bad', 'failsLive'), deliveries }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('command' as const), where, name: fc.constantFrom(...COMMANDS), names: fc.constantFrom('this' as const, 'this' as const, 'other' as const, 'none' as const), untilMinutes: fc.option(fc.integer({ min: 1, max: 90 }), { nil: undefined }) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('portal' as const), where, pick: fc.nat(11) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('away' as const), who: fc.constantFrom('azure' as const, 'metrics' as const, 'mail' as const), minutes: fc.integer({ min: 1, max: 45 }) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom('jobsFail' as const, 'deploymentsFail' as const, 'smokeFails' as const, 'quota' as const), minutes: fc.integer({ min: 1, max: 30 }) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('policy' as const), which: fc.nat(2) }) },
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
  { minLength: 1, maxLength: 4, size: 'max' },
);
const troubles = fc.array(
  fc.record({ afterCalls: fc.oneof(fc.integer({ min: 0, max: 12 }), fc.integer({ min: 10, max: 160 })), trouble }),
  { maxLength: 12, size: 'max' },
);
const skew = fc.oneof(
  { weight: 3, arbitrary: fc.constant(0) },
  { weight: 1, arbitrary: fc.integer({ min: -3, max: 3 }) },
);

export const plans: fc.Arbitrary<Plan> = fc.record({
  // A good version first: a day in which nothing can be released shows little.
  happenings: fc.tuple(fc.constant({ afterMinutes: 0, happening: { do: 'register', where: 'dev', quality: 'good', deliveries: [0] } as const }), happenings).map(([first, rest]) => [first, ...rest]),
  troubles, skewMinutes: fc.tuple(skew, skew), noise: fc.nat(1_000_000),
}); // prettier-ignore

/** The plan of a seed: always the same. */
export function planOf(seed: number): Plan {
  const [plan] = fc.sample(plans, { seed, numRuns: 1 });
  if (!plan) throw new Error(`no plan for seed ${seed}`);
  return plan;
}
