import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { APPROVED, STARTER, Walk } from './walk.ts';
import { World, type Quality } from './world.ts';

const MINUTE_MS = 60_000;
const START_MS = Date.parse('2026-03-02T10:00:00.000Z');
const seed = Number(process.env['PROPERTY_SEED'] ?? 20_260_302);

/** People of the role, one who started everything, one of another role, and one who only claims a name. */
const PEOPLE = ['ann', 'ben', 'cid', STARTER, 'stranger', 'claims'] as const;

type Event =
  | { readonly do: 'wait'; readonly minutes: number }
  | { readonly do: 'register'; readonly version: number; readonly quality: Quality }
  | { readonly do: 'say'; readonly what: 'approve' | 'reject'; readonly who: (typeof PEOPLE)[number]; readonly meant: number; readonly evidence: 'seen' | 'old' | 'none' }
  | { readonly do: 'order'; readonly name: 'retry' | 'rollback' | 'pause' | 'resume' | 'promote' }
  | { readonly do: 'rewrite' }
  | { readonly do: 'away'; readonly minutes: number }
  | { readonly do: 'crash' }; // prettier-ignore

const event: fc.Arbitrary<Event> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant('wait' as const), minutes: fc.integer({ min: 0, max: 15 }) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('register' as const), version: fc.integer({ min: 2, max: 6 }), quality: fc.constantFrom<Quality>('good', 'good', 'good', 'failsLive', 'bad') }) },
  { weight: 8, arbitrary: fc.record({ do: fc.constant('say' as const), what: fc.constantFrom('approve' as const, 'approve' as const, 'approve' as const, 'approve' as const, 'approve' as const, 'reject' as const), who: fc.constantFrom(...PEOPLE, 'ann' as const, 'ben' as const), meant: fc.constantFrom(0, 0, 0, 0, 1), evidence: fc.constantFrom('seen' as const, 'none' as const, 'none' as const, 'old' as const) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('order' as const), name: fc.constantFrom('retry' as const, 'retry' as const, 'rollback' as const, 'pause' as const, 'resume' as const, 'promote' as const) }) },
  { weight: 1, arbitrary: fc.constantFrom({ do: 'rewrite' as const }, { do: 'crash' as const }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('away' as const), minutes: fc.integer({ min: 1, max: 40 }) }) },
); // prettier-ignore

function happen(walk: Walk, happened: Event): void {
  const { world, lifecycle } = walk;
  const current = lifecycle.release?.number ?? lifecycle.ended[0]?.number ?? 0;
  switch (happened.do) {
    case 'wait':
      return walk.runTo(world.nowMs + happened.minutes * MINUTE_MS);
    case 'register': {
      const version = String(happened.version);
      if (!world.qualities.has(version)) world.qualities.set(version, happened.quality);
      return walk.tell({ kind: 'modelRegistered', version, source: 'event' }, `version-${version}`);
    }
    case 'say': {
      const { what, who, meant, evidence } = happened;
      const identity = { id: who, names: [`${who}@example.com`], roles: who === 'stranger' ? ['Others'] : ['ModelRisk'] }; // prettier-ignore
      const seen = lifecycle.release?.approval?.evidence;
      const named = evidence === 'none' || (evidence === 'seen' && seen === undefined) ? {} : { evidence: evidence === 'seen' ? (seen ?? '') : 'old' }; // prettier-ignore
      const command = { name: what, actor: who, reason: 'because', release: current + meant, ...named, ...(who === 'claims' ? {} : { identity }) }; // prettier-ignore
      return walk.tell({ kind: 'command', command });
    }
    case 'order': {
      const { name } = happened;
      const release = name === 'pause' || name === 'resume' ? {} : { release: current };
      return walk.tell({ kind: 'command', command: { name, actor: 'ada', reason: 'because', ...release } });
    }
    case 'rewrite':
      world.rewritten += 1;
      return;
    case 'away':
      world.away.azure = world.nowMs + happened.minutes * MINUTE_MS;
      return;
    case 'crash':
      return walk.crash();
  }
}

test('no version takes traffic without the approvals asked for, and no question stands for ever', () => {
  const ends = new Set<string>();
  const causes = new Set<string>();
  const walks = fc.property(
    fc.option(fc.constantFrom('1'), { nil: undefined }),
    fc.array(event, { minLength: 5, maxLength: 50, size: 'max' }),
    (champion, happened) => {
      const walk = new Walk(new World(START_MS, champion), APPROVED);
      for (const each of happened) happen(walk, each);
      walk.runTo(walk.world.nowMs);
      walk.comeToRest();
      walk.checkAudit();
      for (const { end, cause } of walk.ended.values()) {
        ends.add(end);
        causes.add(cause);
      }
    },
  );
  fc.assert(walks, { seed, numRuns: 400, interruptAfterTimeLimit: 20_000, endOnFailure: false });
  // Walks in which nobody ever agrees, or nobody ever refuses, prove nothing.
  expect([...ends].toSorted()).toEqual(['aborted', 'rejected', 'released', 'rolledBack']);
  expect([...causes]).toEqual(expect.arrayContaining(['approvalExpired', 'notApproved', 'watched']));
}, 60_000);
