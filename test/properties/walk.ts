/** Steward's loop over the small world, without storage: what reconcile does around decide, and what must hold after each pass. */
import assert from 'node:assert/strict';
import type { AuditRow } from '../../src/lib/core/audit.ts';
import { decide, needs, type Decision } from '../../src/lib/core/decide.ts';
import type { Happening, InboxItem } from '../../src/lib/core/inbox.ts';
import { rebuild, record, recorded, verifyChain } from '../../src/lib/core/ledger.ts';
import {
  isQuiet,
  newLifecycle,
  sameRouting,
  wanted,
  type Lifecycle,
  type Routing,
  type Split,
} from '../../src/lib/core/lifecycle.ts';
import { type EndedRelease, type Release } from '../../src/lib/core/release/state.ts';
import type { EnvironmentPolicy } from '../../src/lib/core/policy/policy.ts';
import type { Action } from '../../src/lib/core/step.ts';
import { KEY, policyOf } from '../unit/core/given.ts';
import type { World } from './world.ts';

const MINUTE_MS = 60_000;
const NO_ESTATE = { calendars: {}, computes: {} };
/** More passes than this without any time going by are a loop. */
const MOST_AT_ONCE = 40;
/** Far more than the longest deadlines need. */
const MOST_LOOKS = 3000;

/** Everything takes minutes, so that a walk of a few hours meets every deadline. */
export const FAST: EnvironmentPolicy = policyOf(
  'smokeTest: {request: smoke.json, expect: {status: 200}}, bake: 3m, watch: 5m, keepPrevious: 10m, deadline: 30m',
  (policy) => ({
    ...policy,
    ...(policy.evaluation ? { evaluation: { ...policy.evaluation, deadlineMs: 20 * MINUTE_MS } } : {}),
    rollout: {
      ...policy.rollout,
      deployDeadlineMs: 10 * MINUTE_MS,
      canary: { ...policy.rollout.canary, settleMs: MINUTE_MS, negligible: 0.05 },
    },
  }),
);

/** Whoever is called so had a part in the start of every release of `APPROVED`. */
export const STARTER = 'starter';

/** The same with people who must agree. */
export const APPROVED: EnvironmentPolicy = {
  ...FAST,
  approval: { role: 'ModelRisk', count: 2, fourEyes: true, expiresMs: 30 * MINUTE_MS, onTimeout: 'reject' },
};

/** The same with copies of live requests before any live ones. */
export const SHADOWED: EnvironmentPolicy = {
  ...FAST,
  rollout: { ...FAST.rollout, shadow: { percent: 20, forMs: 4 * MINUTE_MS } },
};

/** And a newer version takes the place of one that is under way; the watch is long enough that one comes in the middle of it. */
export const SUPERSEDING: EnvironmentPolicy = {
  ...SHADOWED,
  rollout: { ...SHADOWED.rollout, onNewerVersion: 'supersede', watchMs: 60 * MINUTE_MS },
};

const { smokeTest: _, ...withoutSmokeTest } = FAST.rollout;

/** A batch endpoint: no minutes, one default deployment, a test job before it. */
export const BATCH: EnvironmentPolicy = {
  ...FAST,
  serves: 'batch',
  rollout: {
    ...withoutSmokeTest,
    testRun: { input: 'mails', as: 'data', output: 'score', deadlineMs: 10 * MINUTE_MS },
    stepsPercent: [100],
    bakeMs: 0,
  },
};

export class Walk {
  readonly world: World;
  lifecycle: Lifecycle = newLifecycle(KEY);
  readonly audit: AuditRow[] = [];
  /** Everything that ended, by number: the row itself keeps a handful. */
  readonly ended = new Map<number, EndedRelease>();
  /** What came of shadows: `shifted`, or why they were turned back. */
  readonly shadowed = new Set<string>();
  #inbox: InboxItem[] = [];
  #seen = new Set<string>();
  #nextLookMs: number | undefined;
  #passesNow = 0;
  #crashNext = false;
  #facts = 0;
  readonly #policy: EnvironmentPolicy;
  /** By release: who said yes since people were last asked, whether it was counted or not. */
  readonly #ordered = new Set<string>();
  /** Versions that got traffic by break-glass. */
  readonly brokeGlass = new Set<string>();
  readonly #agreed = new Map<number, Set<string>>();

  constructor(world: World, policy = FAST) {
    this.world = world;
    this.#policy = policy;
  }

  /** Told again, a fact that is known changes nothing but when a pass runs. */
  tell(happening: Happening, factKey = `fact-${++this.#facts}`): void {
    const receivedAt = new Date(this.world.nowMs).toISOString();
    if (!this.#seen.has(factKey)) this.#inbox.push({ factKey, receivedAt, happening });
    this.#seen.add(factKey);
  }

  /** The next pass saves and dies before it acts. */
  crash(): void {
    this.#crashNext = true;
  }

  /** Runs passes as looks come due, until `toMs`. */
  runTo(toMs: number): void {
    for (;;) {
      if (this.#inbox.length > 0) this.#pass();
      const next = this.#nextLookMs;
      if (next === undefined || next > toMs) break;
      if (next > this.world.nowMs) this.#passesNow = 0;
      this.world.advanceTo(next);
      this.#pass();
    }
    if (toMs > this.world.nowMs) this.#passesNow = 0;
    this.world.advanceTo(toMs);
  }

  get serves(): EnvironmentPolicy['serves'] {
    return this.#policy.serves;
  }

  get waitsForPerson(): boolean {
    const { paused, held } = this.lifecycle.conditions;
    return held !== undefined || (paused !== undefined && paused.until === undefined);
  }

  #pass(): void {
    this.#passesNow += 1;
    if (this.#passesNow > MOST_AT_ONCE) {
      const last = this.audit.slice(-4).map(({ rules }) => rules);
      throw new Error(`${this.#passesNow} passes without any time going by: ${JSON.stringify(last)}`);
    }
    const items = this.#inbox.splice(0).toSorted((a, b) => order(a) - order(b));
    const before = this.lifecycle;
    const now = new Date(this.world.nowMs);
    const facts = this.world.observe(needs({ lifecycle: before, items, policy: this.#policy, estate: NO_ESTATE, now }));
    const decision = decide({
      lifecycle: before,
      items,
      facts,
      policy: this.#policy,
      policyHash: 'p1',
      estate: NO_ESTATE,
      now,
    });
    this.#hear(before, items, decision);
    this.#check(before, decision);
    this.#save(decision, items, now);
    this.#nextLookMs = decision.lookInMs === undefined ? undefined : this.world.nowMs + decision.lookInMs;
    if (before.release?.phase === 'shadowing' && decision.next.release)
      this.shadowed.add(
        decision.next.release.phase === 'shifting' ? 'shifted' : (decision.next.release.rollback?.cause ?? ''),
      );
    if (decision.closed) this.ended.set(decision.closed.number, decision.closed);
    if (!this.#crashNext) for (const action of decision.actions) this.#perform(action);
    this.#crashNext = false;
  }

  #save(decision: Decision, items: readonly InboxItem[], now: Date): void {
    const changed = JSON.stringify(recorded(decision.next)) !== JSON.stringify(recorded(this.lifecycle));
    if (!changed && items.length === 0 && decision.actions.length === 0) return;
    const { row, lifecycle } = record(this.audit.length === 0 ? undefined : this.lifecycle, decision.next, {
      at: now.toISOString(), items, refused: decision.refused, facts: {}, rules: decision.rules, actions: decision.actions, notices: [],
    }); // prettier-ignore
    this.audit.push(row);
    this.lifecycle = lifecycle;
  }

  #perform(action: Action): void {
    const outcome = this.world.perform(action);
    const { release } = this.lifecycle;
    if (outcome) this.tell({ kind: 'outcome', outcome, ...(release ? { release: release.number } : {}) });
  }

  /** What people really said, told apart from what the row made of it. */
  #hear({ release }: Lifecycle, items: readonly InboxItem[], { notices }: Decision): void {
    for (const { happening } of items) {
      if (happening.kind !== 'command' || happening.command.name !== 'breakGlass') continue;
      const { identity, version, until } = happening.command;
      if (identity?.roles.includes('Admin')) this.#ordered.add(`${version} ${identity.id} ${until}`);
    }
    if (!release) return;
    const agreed = this.#agreed.get(release.number) ?? new Set<string>();
    for (const { happening } of items) {
      const { name, identity, release: meant } = happening.kind === 'command' ? happening.command : {};
      const real = identity?.roles.includes(this.#policy.approval?.role ?? '') && identity.id !== STARTER;
      if (name === 'approve' && identity && real && meant === release.number) agreed.add(identity.id);
    }
    if (notices.some(({ kind }) => kind === 'approvalVoid')) agreed.clear();
    this.#agreed.set(release.number, agreed);
  }

  // --- What must hold after each pass ------------------------------------------------------------------------------

  #check(before: Lifecycle, decision: Decision): void {
    const { next, actions, lookInMs } = decision;
    assert.ok(new Set(actions.map((action) => action.do)).size <= 1, 'more than one kind of action in one pass');
    if (next.traffic) routing(wanted(next.traffic));
    assert.ok(next.generation >= before.generation, 'the generation fell');
    if (next.traffic && before.traffic && !sameRouting(wanted(next.traffic), wanted(before.traffic)))
      assert.ok(next.generation > before.generation, 'a new split under an old generation');
    this.#checkReleases(before, decision);
    for (const action of actions) this.#checkAction(action, next);
    const { paused } = next.conditions;
    if (next.release) assert.notEqual(lookInMs, undefined, 'a release without a next look');
    if (next.retiring.length > 0 && (!paused || paused.until !== undefined))
      assert.notEqual(lookInMs, undefined, 'a kept deployment without a next look');
    if (next.waiting && !paused && !next.conditions.held)
      assert.notEqual(lookInMs, undefined, 'a waiting version without a next look');
    assert.ok((lookInMs ?? 0) >= 0, 'a look in the past');
  }

  #checkReleases(before: Lifecycle, { next, closed }: Decision): void {
    const [was, is] = [before.release, next.release];
    assert.ok(!is || !this.ended.has(is.number), `release ${is?.number} ended and came back`);
    if (was && is?.number !== was.number) assert.equal(closed?.number, was.number, 'a release left without an end');
    if (is && is.number !== was?.number) assert.equal(is.number, before.counters.release + 1);
    if (closed?.end === 'superseded')
      assert.ok(Math.max(Number(next.waiting?.version ?? 0), Number(next.champion?.version ?? 0)) > Number(closed.version), 'made room for nothing newer'); // prettier-ignore
    if (was?.phase === 'watching') assert.notEqual(is?.rollback?.cause, 'superseded', 'what has all traffic made room');
    const left = closed?.release.deployment ?? '';
    assert.equal(next.traffic?.mirror?.[left], undefined, 'a release ended, and its copies are still wanted');
    // A person who adopts what is live ends it at once: the write that takes copies off follows.
    if (closed && closed.cause !== 'adopted')
      assert.equal(this.world.mirror[left], undefined, 'a release ended, and live requests are still copied to it');
    for (const end of next.ended) {
      const known = closed?.number === end.number ? closed : this.ended.get(end.number);
      assert.deepEqual([known?.end, known?.cause, known?.version], [end.end, end.cause, end.version], 'an end changed');
    }
  }

  #checkAction(action: Action, { release, champion, traffic, ended }: Lifecycle): void {
    if (action.do === 'deleteDeployment')
      assert.notEqual(action.deployment, champion?.deployment, 'deleting what serves');
    if (action.do !== 'setTraffic') return;
    const mirror = action.mirror?.desired ?? {};
    routing({ split: action.desired, mirror });
    assert.deepEqual(
      [action.desired, mirror],
      [traffic?.desired, traffic?.mirror ?? {}],
      'only what the row wants is written',
    );
    if ((action.desired[release?.deployment ?? ''] ?? 0) > 0 && release?.phase === 'shifting')
      assert.equal(
        this.world.mirror[release.deployment ?? ''],
        undefined,
        'live requests while its copies are not off',
      );
    const copied = live(mirror).filter((name) => name === release?.deployment);
    for (const name of [...live(action.desired), ...copied]) {
      const proven = name === champion?.deployment || name === release?.fallback?.deployment;
      const judged = name === release?.deployment && (release.gate?.verdict === 'pass' || release.decision !== undefined || this.#brokeGlass(release)); // prettier-ignore
      assert.ok(proven || judged, `traffic for ${name}, which passed no gate`);
      const tested = this.#policy.serves === 'online' || (this.world.tests.get(name)?.files ?? 0) > 0;
      assert.ok(proven || tested, `the default is ${name}, whose test job left nothing`);
      const yes = this.#agreed.get(release?.number ?? 0)?.size ?? 0;
      assert.ok(
        proven || (release && this.#brokeGlass(release)) || yes >= (this.#policy.approval?.count ?? 0),
        `traffic for ${name}, which ${yes} people approved`,
      );
    }
    if (release?.phase !== 'rollingBack' || !release.fallback) return;
    assert.deepEqual(action.desired, { [release.fallback.deployment]: 100 }, 'a rollback goes to the fallback');
    const last = ended.find(({ version }) => version === release.fallback?.version);
    const adoptedOrReleased = last === undefined || last.end === 'released' || last.cause === 'alreadyServes' || last.cause === 'adopted' || champion?.version === release.fallback.version; // prettier-ignore
    assert.ok(adoptedOrReleased, `rolled back to version ${release.fallback.version}, which ended ${last?.end}`);
  }

  /** An Admin really said so, of this version, and it was told: what the row claims is not enough. */
  #brokeGlass({ version, breakGlass }: Release): boolean {
    if (breakGlass) this.brokeGlass.add(version);
    return breakGlass !== undefined && this.#ordered.has(`${version} ${breakGlass.by} ${breakGlass.until}`);
  }

  /** The patches alone rebuild the row, at each step: the chain names each row's digest. */
  checkAudit(): void {
    assert.deepEqual(verifyChain(this.audit, this.lifecycle.auditDigest), []);
    assert.deepEqual(
      rebuild(this.audit),
      this.audit.length === 0 ? {} : JSON.parse(JSON.stringify(recorded(this.lifecycle))),
    );
  }

  /** Nothing goes in any more and every outage is over: it becomes quiet, or waits for a person. */
  comeToRest(): void {
    const { world } = this;
    Object.assign(world.away, { azure: 0, metrics: 0 });
    Object.assign(world, { refuseNext: undefined, timeoutNext: false, losesMinutes: false });
    for (let look = 0; look < MOST_LOOKS; look += 1) {
      if (this.#nextLookMs === undefined || this.waitsForPerson) break;
      this.runTo(Math.max(world.nowMs, this.#nextLookMs));
    }
    if (this.waitsForPerson) return;
    assert.equal(this.lifecycle.release, undefined, 'a release that never ends');
    assert.equal(this.lifecycle.waiting, undefined, 'a version that waits for ever');
    assert.equal(this.#nextLookMs, undefined, 'looks that never end');
    const { traffic } = this.lifecycle;
    const now = { split: world.traffic, mirror: world.mirror };
    if (traffic && sameRouting(wanted(traffic), now)) assert.ok(isQuiet(this.lifecycle));
  }
}

function order({ happening }: InboxItem): number {
  return happening.kind === 'command' ? 0 : 1;
}

function live(split: Split): string[] {
  return Object.entries(split).flatMap(([name, percent]) => (percent > 0 ? [name] : []));
}

/** What Azure takes: copies of at most half of all requests, for one deployment, which has no live ones. */
function routing({ split, mirror = {} }: Routing): void {
  weights(split);
  const copied = Object.entries(mirror);
  assert.ok(copied.length <= 1, 'copies for more than one deployment');
  for (const [name, percent] of copied) {
    assert.ok(percent > 0 && percent <= 50, `copies of ${percent} %`);
    assert.equal(split[name] ?? 0, 0, `${name} has live requests and copies at once`);
  }
}

function weights(split: Split): void {
  const percents = Object.values(split);
  for (const percent of percents) assert.ok(percent >= 0 && percent <= 100, `a weight of ${percent}`);
  const sum = percents.reduce((sum, percent) => sum + percent, 0);
  assert.ok(sum === 0 || sum === 100, `weights sum to ${sum}`);
}
