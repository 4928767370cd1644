import { describe, expect, test } from 'vitest';
import { evidenceShown } from '../../../../src/lib/core/approval.ts';
import type { Evidence } from '../../../../src/lib/core/gate/evidence.ts';
import type { Command, Identity } from '../../../../src/lib/core/inbox.ts';
import type { Lifecycle } from '../../../../src/lib/core/lifecycle.ts';
import type { Artifact, Release } from '../../../../src/lib/core/release/state.ts';
import { deploymentName } from '../../../../src/lib/core/names.ts';
import type { ApprovalPolicy } from '../../../../src/lib/core/policy/policy.ts';
import type { Facts } from '../../../../src/lib/core/step.ts';
import {
  after, AWAY, command, DAY_MS, HOUR_MS, iso, KEY, MINUTE_MS, needed, pass, policyOf, registered, releasing,
} from '../given.ts'; // prettier-ignore
import { decide } from '../../../../src/lib/core/decide.ts';

const RULE: ApprovalPolicy = { role: 'ModelRisk', count: 2, fourEyes: true, expiresMs: 48 * HOUR_MS, onTimeout: 'reject' }; // prettier-ignore
const asking = (change: Partial<ApprovalPolicy> = {}) => policyOf('', (p) => ({ ...p, approval: { ...RULE, ...change } })); // prettier-ignore
const by = asking();

const evaluation = { job: 'e8', template: 't', data: 'spam-holdout', dataVersion: '4', submittedAt: iso() };
const paired = { n: 1000, bothRight: 900, championOnly: 1, challengerOnly: 20, bothWrong: 79, majority: 700, majorityLabel: 'ham' }; // prettier-ignore
const evidence: Evidence = { job: 'e8', data: 'spam-holdout', dataVersion: '4', n: 1000, metrics: {}, faults: [], paired }; // prettier-ignore
const artifact: Artifact = { digest: 'files', files: 1, verifiable: true };
const facts: Facts = { evidence, artifact };

const gating = releasing('gating', { evaluation, artifact });
const passed = pass(gating, { facts, policy: by });
/** People have been asked. */
const asked = pass(passed.next, { policy: by });
const release = (row: Lifecycle): Release => {
  if (!row.release) throw new Error('there is no release');
  return row.release;
};

function person(id: string, change: Partial<Identity> = {}): Identity {
  return { id, names: [`${id}@example.com`], roles: ['ModelRisk'], ...change };
}
function says(name: 'approve' | 'reject', identity: Identity | undefined, more: Partial<Command> = {}) {
  return command(name, { release: 7, actor: identity?.names[0] ?? 'ada', ...(identity ? { identity } : {}), ...more });
}
const approves = (id: string, more: Partial<Command> = {}) => says('approve', person(id), more);
const whoApproved = (row: Lifecycle) => row.release?.approval?.given.map((given) => given.by);
/** With what is published now. */
const look = (row: Lifecycle, read: Facts, publishedHash: string) =>
  decide({ lifecycle: row, items: [], facts: read, policy: by, policyHash: 'p1', publishedHash, estate: { calendars: {}, computes: {} }, now: after(MINUTE_MS) }); // prettier-ignore
const twice = pass(asked.next, { policy: by, items: [approves('ann'), approves('ben')] });

describe('people are asked', () => {
  test('after the gate, before anything is deployed', () => {
    expect(release(passed.next)).toMatchObject({ phase: 'awaitingApproval', gate: { verdict: 'pass' } });
    expect(release(passed.next).deployment).toBeUndefined();
    expect(release(asked.next).approval).toEqual({
      role: 'ModelRisk', count: 2, fourEyes: true, evidence: evidenceShown(release(passed.next)), askedAt: iso(), until: iso(48 * HOUR_MS), given: [],
    }); // prettier-ignore
    expect(asked.lookInMs).toBe(HOUR_MS);
  });

  test('once, with what they need to decide', () => {
    expect(asked.notices).toMatchObject([
      {
        id: 'r7-approvalNeeded', kind: 'approvalNeeded', audience: 'decide', deadline: iso(48 * HOUR_MS), data: 'spam-holdout:4',
        approval: { role: 'ModelRisk', count: 2, given: [], fourEyes: true, onTimeout: 'reject', evidence: release(asked.next).approval?.evidence },
      },
    ]); // prettier-ignore
    expect(asked.notices[0]?.steps?.map(({ percent }) => percent)).toEqual([10, 50, 100]);
    expect(asked.notices[0]?.reasons).toEqual(release(asked.next).gate?.reasons);
    expect(pass(asked.next, { policy: by, at: HOUR_MS })).toMatchObject({ notices: [], actions: [] });
  });

  test('with the shadow that comes before the steps', () => {
    const shadowed = policyOf('shadow: {percent: 20%, for: 4h}', (p) => ({ ...p, approval: RULE }));
    const [notice] = pass(passed.next, { policy: shadowed }).notices;
    expect(notice?.steps?.[0]).toEqual({ percent: 10, at: iso(4 * HOUR_MS) });
    expect(notice?.approval).toMatchObject({ copiedPercent: 20, doneAt: iso(6 * HOUR_MS + 20 * MINUTE_MS) });
    expect(asked.notices[0]?.approval).not.toHaveProperty('copiedPercent');
  });

  test('with the next freeze', () => {
    const frozen = policyOf('', (p) => ({ ...p, approval: RULE, freeze: { calendar: 'bank', inFlight: 'hold' } }));
    const calendars = { bank: { timeZone: 'UTC', closed: [{ from: '2026-03-20 18:00', to: '2026-03-21 00:00' }, { from: '2026-03-06 18:00', to: '2026-03-07 00:00' }, { from: '2026-01-01 18:00', to: '2026-01-07 00:00' }] } }; // prettier-ignore
    const { notices } = pass(passed.next, { policy: frozen, estate: { calendars, computes: {} } });
    expect(notices[0]?.approval?.freeze).toEqual({ calendar: 'bank', from: '2026-03-06T18:00:00.000Z' });
  });

  test('also where a person decided in the stead of the gate', () => {
    const decision = { actor: 'ada', reason: 'r', at: iso() };
    const { next } = pass(releasing('awaitingDecision', { decision }), { policy: by });
    expect(next.release?.phase).toBe('awaitingApproval');
  });

  test('and nobody, where the policy asks for nobody', () => {
    expect(pass(gating, { facts }).next.release?.phase).toBe('deploying');
  });
});

describe('an approval counts', () => {
  test('of different people of the role, with what they said', () => {
    expect(release(twice.next).approval?.given).toMatchObject([
      { by: 'ann', actor: 'ann@example.com', reason: 'because', at: iso() },
      { by: 'ben', actor: 'ben@example.com' },
    ]);
  });

  const tooFew: [string, ReturnType<typeof approves>[]][] = [
    ['nobody', []],
    ['one', [approves('ann')]],
    ['one twice', [approves('ann'), approves('ann')]],
    ['one twice under another name', [approves('ann'), says('approve', person('ann', { names: ['other@example.com'] }))]], // prettier-ignore
  ];
  test.each(tooFew)('%s is too few', (_, items) => {
    const { next } = pass(asked.next, { policy: by, items });
    expect(pass(next, { policy: by, facts, at: MINUTE_MS }).next.release?.phase).toBe('awaitingApproval');
  });

  const refusals: [string, ReturnType<typeof approves>, RegExp][] = [
    ['a name that is only claimed', says('approve', undefined), /^only a person of ModelRisk who is signed in can approve/],
    ['somebody of another role', says('approve', person('eve', { roles: ['Others'] })), /^only a person of ModelRisk can approve/],
    ['evidence that is no more', approves('ann', { evidence: 'old' }), /^the evidence changed since then: it is [0-9a-f]{16} now, not old/],
    ['another release', approves('ann', { release: 6 }), /^release 6 is not the current one \(7\)/],
    ['no release', command('approve', { identity: person('ann') }), /^approve must name the release it means/],
    ['a reject by a name that is only claimed', says('reject', undefined), /^only a person of ModelRisk who is signed in can reject/],
    ['a reject by another role', says('reject', person('eve', { roles: [] })), /^only a person of ModelRisk can reject/],
    ['a reject of nothing', command('reject', { identity: person('ann') }), /^reject must name the release it means/],
  ]; // prettier-ignore
  test.each(refusals)('not of %s', (_, item, why) => {
    const { next, refused } = pass(asked.next, { policy: by, items: [item] });
    expect(refused[item.factKey]).toMatch(why);
    expect(refused[item.factKey]).toMatch(/allowed now: pause, approve, reject, rollback$/);
    expect(next.release).toEqual(asked.next.release);
  });

  test('with the evidence that was looked at', () => {
    const { next } = pass(asked.next, { policy: by, items: [approves('ann', { evidence: release(asked.next).approval?.evidence ?? '' })] }); // prettier-ignore
    expect(whoApproved(next)).toEqual(['ann']);
  });

  test('only while people are asked', () => {
    const { refused } = pass(releasing('deploying'), { policy: by, items: [approves('ann')] });
    expect(Object.values(refused)[0]).toMatch(/^approve does nothing now/);
    const early = pass(passed.next, { policy: by, items: [approves('ann')] });
    expect(Object.keys(early.refused)).toHaveLength(1);
  });
});

const cause = (actor: string, id?: string) => ({ kind: 'command', id: 'c', at: iso(), actor, reason: 'r', ...(id === undefined ? {} : { by: id }) }) as const; // prettier-ignore

const many = (of: string) => Array.from({ length: 20 }, (_, n) => `${of}-${n}`);

describe('four eyes: who had a part in its start may not approve', () => {
  const starts: [string, Partial<Release>][] = [
    ['asked for the training', { origin: { causes: [cause('somebody', 'ann')] } }],
    ['asked for the training by a name that was claimed', { origin: { causes: [cause('ANN@example.com')] } }],
    ['started it in the environment before', { origin: { startedBy: ['ann'] } }],
    ['registered it', { origin: { registeredBy: 'Ann@Example.com' } }],
    ['decided in the stead of the gate', { decision: { actor: 'x', by: 'ann', reason: 'r', at: iso() } }],
    ['asked for another try', { retry: { of: 6, actor: 'x', by: 'ann', reason: 'r', startedBy: [] } }],
    ['started what is tried again', { retry: { of: 6, actor: 'x', reason: 'r', startedBy: ['ann'] } }],
  ];
  test.each(starts)('%s', (_, change) => {
    const row: Lifecycle = { ...asked.next, release: { ...release(asked.next), ...change } };
    const { next, refused } = pass(row, { policy: by, items: [approves('ann'), approves('ben')] });
    expect(Object.values(refused)).toEqual([expect.stringMatching(/^the policy wants four eyes/)]);
    expect(whoApproved(next)).toEqual(['ben']);
    expect(whoApproved(pass(row, { policy: asking({ fourEyes: false }), items: [approves('ann')] }).next)).toEqual(['ann']); // prettier-ignore
  });

  test('who is known by a sign-in or by Azure is not washed off by many names that were claimed', () => {
    for (const change of [
      { origin: { causes: many('asked').map((actor) => cause(actor)), registeredBy: 'ann@example.com' } },
      { origin: { startedBy: many('dev'), registeredBy: 'ann@example.com' } },
      { origin: { startedBy: many('dev') }, retry: { of: 6, actor: 'x', by: 'ann', reason: 'r', startedBy: many('before') } },
    ]) {
      const row: Lifecycle = { ...asked.next, release: { ...release(asked.next), ...change } };
      expect(whoApproved(pass(row, { policy: by, items: [approves('ann'), approves('ben')] }).next)).toEqual(['ben']);
    }
  }); // prettier-ignore

  test('nor does what was said before that was known count', () => {
    const known: Release = { ...release(twice.next), origin: { causes: [cause('x', 'ann')] } };
    const row: Lifecycle = { ...twice.next, release: known };
    expect(needed(row, { policy: by })).toEqual({});
    expect(pass(row, { policy: by, facts }).next.release?.phase).toBe('awaitingApproval');
    const third = pass(row, { policy: by, items: [approves('cid')] }).next;
    expect(pass(third, { policy: by, facts }).next.release?.phase).toBe('deploying');
  });

  test('but may reject', () => {
    const row: Lifecycle = { ...asked.next, release: { ...release(asked.next), origin: { registeredBy: 'ann@example.com' } } }; // prettier-ignore
    expect(pass(row, { policy: by, items: [says('reject', person('ann'))] }).next.ended[0]?.end).toBe('rejected');
  });
});

describe('once enough have approved', () => {
  test('everything they were shown is read again, not before', () => {
    expect(needed(pass(asked.next, { policy: by, items: [approves('ann')] }).next, { policy: by })).toEqual({});
    expect(needed(twice.next, { policy: by })).toEqual({ artifact: '7', evidence: { job: 'e8', metrics: ['accuracy'], predictions: 'predictions' } }); // prettier-ignore
    expect([twice.lookInMs, release(twice.next).phase]).toEqual([0, 'awaitingApproval']);
  });

  test('and nothing changed, it is deployed', () => {
    const { next, actions } = pass(twice.next, { policy: by, facts, at: MINUTE_MS });
    expect(next.release).toMatchObject({ phase: 'deploying', deployment: deploymentName(KEY, '7', 7) });
    expect([whoApproved(next), actions]).toEqual([['ann', 'ben'], []]);
  });

  test('but one of the facts is missing, it is looked for', () => {
    for (const some of [{}, { evidence }, { artifact }])
      expect(pass(twice.next, { policy: by, facts: some })).toMatchObject({ lookInMs: 0, next: { release: { phase: 'awaitingApproval' } } }); // prettier-ignore
  });

  test('it goes no further while it is paused, and does not expire then', () => {
    const paused: Lifecycle = { ...twice.next, conditions: { paused: { since: iso(), actor: 'a', reason: 'r' } } };
    expect(needed(paused, { policy: by })).toEqual({});
    expect(pass(paused, { policy: by, facts, at: 3 * DAY_MS }).next.release?.phase).toBe('awaitingApproval');
  });

  test('files that cannot be listed any more are left to the deployment to judge', () => {
    const hidden = { ...artifact, verifiable: false, why: 'HTTP 403' } as const;
    expect(pass(twice.next, { policy: by, facts: { evidence, artifact: hidden } }).next.release?.phase).toBe('deploying'); // prettier-ignore
  });

  test('what can never be read again ends it', () => {
    const unreachable = { since: iso(), provider: 'Azure ML', reason: 'r', until: iso(), tries: 9 };
    const row: Lifecycle = { ...twice.next, conditions: { unreachable } };
    expect(pass(row, { policy: by, facts: AWAY, at: 6 * HOUR_MS }).next.release).toBeDefined();
    expect(pass(row, { policy: by, facts: AWAY, at: 6 * HOUR_MS + 1 }).next.ended[0]).toMatchObject({ end: 'aborted', cause: 'deadline' }); // prettier-ignore
  });
});

describe('what was approved is void when it is not what is there any more', () => {
  const worse = { ...evidence, paired: { ...paired, challengerOnly: 19, bothRight: 901 } };
  const changes: [string, Facts, string, RegExp][] = [
    ['files', { evidence, artifact: { ...artifact, digest: 'others' } }, 'p1', /its files are no longer those that were judged/],
    ['metrics', { evidence: worse, artifact }, 'p1', /its evaluation no longer says what it said/],
    ['policy', facts, 'p2', /another policy was published/],
  ]; // prettier-ignore
  test.each(changes)('%s: told, judged again from the beginning, and asked for anew', (_, read, publishedHash, why) => {
    const { next, notices, actions } = look(twice.next, read, publishedHash);
    expect([next.release?.phase, next.release?.policy, actions]).toEqual(['registered', publishedHash, []]);
    expect(notices).toMatchObject([{ id: 'r7-approvalVoid', kind: 'approvalVoid', audience: 'decide', approval: { given: [{ actor: 'ann@example.com' }, { actor: 'ben@example.com' }] } }]); // prettier-ignore
    expect(notices[0]?.sentence).toMatch(why);
    const gone = release(next);
    expect([gone.evaluation, gone.artifact, gone.gate, gone.decision, gone.approval]).toEqual(Array(5).fill(undefined));

    const again: Lifecycle = { ...next, release: { ...gone, phase: 'awaitingApproval', evaluation, artifact } };
    const anew = pass(again, { policy: by });
    expect(whoApproved(anew.next)).toEqual([]);
    expect(anew.notices).toMatchObject([{ id: 'r7-approvalNeeded-2', sentence: gone.voided?.sentence }]);
    expect(look(anew.next, {}, publishedHash).next.release?.phase).toBe('awaitingApproval');
  });

  test('what the gate demands of its lineage is looked at again, too', () => {
    const carded = policyOf('', ({ gate, ...p }) => ({ ...p, approval: RULE, ...(gate && { gate: { ...gate, require: ['tag:card'] } }) })); // prettier-ignore
    const all = { ...facts, lineage: { tags: { card: 'card-7.md' } } };
    const first = pass(pass(gating, { facts: all, policy: carded }).next, { policy: carded });
    const agreed = pass(first.next, { policy: carded, items: [approves('ann'), approves('ben')] }).next;
    expect(needed(agreed, { policy: carded }).lineage).toMatchObject({ version: '7', demands: ['tag:card'] });
    expect(pass(agreed, { policy: carded, facts: all }).next.release?.phase).toBe('deploying');
    expect(pass(agreed, { policy: carded, facts }).next.release?.phase).toBe('awaitingApproval');
    const { next, notices } = pass(agreed, {
      policy: carded,
      facts: { ...facts, lineage: { tags: { card: 'another.md' } } },
    });
    expect([next.release?.phase, notices[0]?.kind]).toEqual(['registered', 'approvalVoid']);
  });

  test('a policy that is published while nobody has approved is noticed too', () => {
    expect(look(asked.next, {}, 'p2').next.release).toMatchObject({ phase: 'registered', policy: 'p2' });
    expect(look(asked.next, {}, 'p1').next.release?.phase).toBe('awaitingApproval');
  });

  test('what people are shown has another name when any of it differs', () => {
    const shown = release(asked.next);
    const others: Partial<Release>[] = [{ policy: 'p2' }, { artifact: { ...artifact, digest: 'x' } }, { version: '8' }, { fallback: { version: '5', deployment: 'd' } }, { evaluation: { ...evaluation, dataVersion: '5' } }, { gate: { verdict: 'pass', reasons: [], at: iso() } }]; // prettier-ignore
    const names = [shown, ...others.map((change) => ({ ...shown, ...change }))].map(evidenceShown);
    expect(new Set(names).size).toBe(7);
    expect(evidenceShown({ ...shown, phaseSince: iso(5), number: 9 })).toBe(names[0]);
  });
});

describe('nobody decides', () => {
  const one = pass(asked.next, { policy: by, items: [approves('ann')] }).next;

  test('in time: rejected, and told', () => {
    expect(pass(one, { policy: by, at: 48 * HOUR_MS - 1 })).toMatchObject({ lookInMs: 1, next: { release: {} } });
    const { next, notices } = pass(one, { policy: by, at: 48 * HOUR_MS });
    expect(next.ended[0]).toMatchObject({ end: 'rejected', cause: 'approvalExpired' });
    expect(notices).toMatchObject([{ kind: 'rejected', sentence: '1 of 2 of ModelRisk approved it within 2d.' }]);
    expect(next.traffic).toEqual(asked.next.traffic);
  });

  test('in time: what was said in time counts, however late it is read; what was said later does not', () => {
    const at = 48 * HOUR_MS + 1;
    const inTime = { ...approves('ben'), receivedAt: iso(48 * HOUR_MS - 1) };
    expect(whoApproved(pass(one, { policy: by, at, items: [inTime] }).next)).toEqual(['ann', 'ben']);
    const late = { ...approves('ben'), receivedAt: iso(48 * HOUR_MS) };
    const { next, refused } = pass(one, { policy: by, at, items: [late] });
    expect(refused[late.factKey]).toMatch(/^the time for approval was over at 2026-03-04T10:00/);
    expect(next.ended[0]?.cause).toBe('approvalExpired');
  });

  test('and the policy holds: told once, and whoever decides then is heard', () => {
    const holds = asking({ onTimeout: 'hold' });
    const late = pass(one, { policy: holds, at: 48 * HOUR_MS });
    expect(late.notices).toMatchObject([{ id: 'r7-approvalOverdue', kind: 'approvalOverdue', audience: 'decide' }]);
    expect(late.next.release?.approval?.overdueSince).toBe(iso(48 * HOUR_MS));
    const later = pass(late.next, { policy: holds, at: 60 * HOUR_MS });
    expect([later.notices, later.lookInMs, later.next.release?.phase]).toEqual([[], HOUR_MS, 'awaitingApproval']);
    const done = pass(later.next, {
      policy: holds,
      at: 61 * HOUR_MS,
      items: [{ ...approves('ben'), receivedAt: iso(61 * HOUR_MS) }],
    }).next;
    expect(pass(done, { policy: holds, at: 61 * HOUR_MS, facts }).next.release?.phase).toBe('deploying');
  });
});

describe('meanwhile', () => {
  test('a person of the role rejects it', () => {
    const { next, notices } = pass(asked.next, { policy: by, items: [says('reject', person('ann'), { reason: 'no model card' })] }); // prettier-ignore
    expect(next.ended[0]).toMatchObject({ end: 'rejected', cause: 'notApproved' });
    expect(notices).toMatchObject([{ kind: 'rejected', actor: 'ann@example.com', sentence: 'ann@example.com said no: no model card' }]); // prettier-ignore
  });

  test('reject still means a training where it names one', () => {
    const row: Lifecycle = { ...asked.next, request: { since: iso(), causes: [{ kind: 'schedule', id: 's', at: iso(), slot: iso() }], more: 0 } }; // prettier-ignore
    const { next } = pass(row, { policy: by, items: [command('reject', { training: 1 })] });
    expect([next.request, next.release?.phase]).toEqual([undefined, 'awaitingApproval']);
  });

  test('anybody can take it back, a pause holds it, a newer version waits', () => {
    expect(pass(asked.next, { policy: by, items: [command('rollback', { release: 7 })] }).next.ended[0]).toMatchObject({ end: 'aborted', cause: 'command' }); // prettier-ignore
    const { next } = pass(asked.next, { policy: by, items: [command('pause'), registered('8')] });
    expect([next.conditions.paused?.actor, next.waiting?.version, next.release?.version]).toEqual(['ada', '8', '7']);
  });
});
