import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Left } from './teamRuns.ts';
import { CollectedData, type Meets } from './collectedData.ts';
import type { Fate } from './fate.ts';
import { BUDGET, TrainingWalk } from './trainingWalk.ts';

const MINUTE_MS = 60_000;
const START_MS = Date.parse('2026-03-02T10:00:00.000Z');
/** The same walks each time; another seed walks elsewhere, and a failure prints the one that replays it. */
const seed = Number(process.env['PROPERTY_SEED'] ?? 20_260_302);

const kind = fc.constantFrom('drift' as const, 'performance' as const, 'quality' as const);
const left = fc.constantFrom<Left>(
  'output',
  'output',
  'output',
  'version',
  'nothing',
  'failed',
  'otherTag',
  'goesOn',
  'absent',
);
type Happened = (walk: TrainingWalk) => void;
const happened: fc.Arbitrary<Happened> = fc.oneof(
  { weight: 8, arbitrary: fc.integer({ min: 1, max: 90 }).map((minutes): Happened => (walk) => walk.runTo(walk.nowMs + minutes * MINUTE_MS)) },
  { weight: 4, arbitrary: fc.record({ kinds: fc.uniqueArray(kind), told: fc.integer({ min: 0, max: 3 }) }).map(({ kinds, told }): Happened => (walk) => walk.monitorRan(kinds, told)) },
  { weight: 1, arbitrary: fc.constant<Happened>((walk) => walk.tell({ kind: 'monitorTold', run: 'forged' })) },
  { weight: 4, arbitrary: fc.record({ left, told: fc.integer({ min: 0, max: 3 }) }).map(({ left: what, told }): Happened => (walk) => walk.teamRan(what, told)) },
  { weight: 1, arbitrary: fc.integer({ min: 1, max: 8 }).map((index): Happened => (walk) => walk.tellAgain(index)) },
  { weight: 2, arbitrary: fc.integer({ min: 1, max: 2 }).map((times): Happened => (walk) => {
    walk.dataVersion += 1;
    for (let time = 0; time < times; time += 1) walk.tell({ kind: 'newData', data: 'mails', version: String(walk.dataVersion) });
  }) },
  { weight: 1, arbitrary: fc.constant<Happened>((walk) => walk.tell({ kind: 'scheduleDue', slot: new Date(walk.nowMs).toISOString() })) },
  { weight: 2, arbitrary: fc.constantFrom('retrain' as const, 'reject' as const, 'pause' as const, 'resume' as const).map((name): Happened => (walk) =>
    walk.tell({ kind: 'command', command: { name, actor: 'ada', reason: 'r', ...(name === 'pause' ? { until: new Date(walk.nowMs + 30 * MINUTE_MS).toISOString() } : {}) } })) },
  { weight: 3, arbitrary: fc.constantFrom<Fate>('completed', 'completed', 'platform', 'code', 'neverStarts', 'neverEnds').map((fate): Happened => (walk) => void (walk.fate = fate)) },
  { weight: 1, arbitrary: fc.boolean().map((registers): Happened => (walk) => void (walk.registers = registers)) },
  { weight: 1, arbitrary: fc.integer({ min: 1, max: 120 }).map((minutes): Happened => (walk) => void (walk.unreachableUntilMs = walk.nowMs + minutes * MINUTE_MS)) },
  { weight: 1, arbitrary: fc.constant<Happened>((walk) => void (walk.crashNext = true)) },
); // prettier-ignore

test('however causes come and jobs end: never two at once, never past the budget, and every walk comes to rest', () => {
  let submitted = 0;
  let retried = 0;
  let registered = 0;
  fc.assert(
    fc.property(fc.array(happened, { minLength: 5, maxLength: 60 }), (happenings) => {
      const walk = new TrainingWalk(START_MS);
      for (const happen of happenings) happen(walk);
      walk.comeToRest();
      submitted += walk.jobs.size;
      registered += walk.team.registered;
      retried += [...walk.jobs.values()].filter(({ attempt }) => attempt > 1).length;
    }),
    { seed, numRuns: 400 },
  );
  // The walks meet what they are about.
  expect(submitted).toBeGreaterThan(200);
  expect(retried).toBeGreaterThan(10);
  expect(registered).toBeGreaterThan(50);
  expect(BUDGET.runs).toBe(3);
});

const meets = fc.constantFrom<Meets>('nothing', 'lostAnswer', 'outage', 'forbidden', 'foreign', 'crash');
const collecting: fc.Arbitrary<Happened> = fc.oneof(
  { weight: 9, arbitrary: happened },
  { weight: 2, arbitrary: meets.map((next): Happened => (walk) => void (walk.collected && Object.assign(walk.collected, { next }))) },
  { weight: 1, arbitrary: fc.boolean().map((silent): Happened => (walk) => void (walk.collected && Object.assign(walk.collected, { silent }))) },
); // prettier-ignore

test('however making a version of what was collected ends: each holds something new, none is made in a loop, and trainings go on', () => {
  let [submitted, made, tries] = [0, 0, 0];
  fc.assert(
    fc.property(fc.array(collecting, { minLength: 5, maxLength: 60 }), (happenings) => {
      const walk = new TrainingWalk(START_MS, new CollectedData());
      for (const happen of happenings) {
        happen(walk);
        // Here a process dies only while it makes a version.
        walk.crashNext = false;
      }
      walk.comeToRest();
      submitted += walk.jobs.size;
      made += [...(walk.collected?.versions.values() ?? [])].filter((to) => to !== undefined).length;
      tries += walk.collected?.tries ?? 0;
    }),
    { seed, numRuns: 300 },
  );
  expect(submitted).toBeGreaterThan(100);
  expect(made).toBeGreaterThan(50);
  expect(made).toBeLessThanOrEqual(submitted);
  expect(tries).toBeGreaterThan(made);
});
