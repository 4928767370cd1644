import { takeCommand, type Taken } from '../command.ts';
import type { Happening, InboxItem, Outcome } from '../inbox.ts';
import type { Lifecycle } from '../lifecycle.ts';
import type { Release, Rollback } from '../release/state.ts';
import { endRelease, later, turnBack, withRelease } from '../release/transitions.ts';
import type { Notice } from '../notice.ts';
import type { EnvironmentPolicy } from '../policy/policy.ts';
import type { Facts, Step } from '../step.ts';
import { compareVersions } from '../versions.ts';
import { takeHandedOver } from '../handOver/arrive.ts';
import { takeBringOutcome } from '../handOver/trouble.ts';
import { takeCollectOutcome, takeTrainingItem, takeTrainingOutcome } from './trainingItems.ts';
import { takeOrphans } from '../orphans.ts';
import { meetUnreachable } from './unreachable.ts';

const DAY_MS = 86_400_000;
/** A newer write of ours, or somebody else's, was there before: the next look reads which. */
const READ_AGAIN: ReadonlySet<string> = new Set(['stale', 'foreign']);

/** Applies one inbox item to the row. Platform events are hints: what they say is read again from the world. */
export function takeItem(
  lifecycle: Lifecycle,
  item: InboxItem,
  facts: Facts,
  pass: { readonly now: Date; readonly policy: EnvironmentPolicy; readonly policyHash: string },
): Taken {
  const { happening } = item;
  const { now } = pass;
  switch (happening.kind) {
    case 'modelRegistered':
      return takeVersion(lifecycle, happening.version, happening.source, now);
    case 'command':
      return takeCommand(lifecycle, happening.command, facts, { ...pass, ...item });
    case 'outcome':
      return takeOutcomeOf(lifecycle, happening, now);
    case 'monitorTold':
    case 'monitorRan':
    case 'monitorsSeen':
    case 'outsideRun':
    case 'datasetDrift':
    case 'newData':
    case 'scheduleDue':
    case 'handOver':
      return takeTrainingItem(lifecycle, happening, pass);
    case 'versionHandedOver': {
      const { kind: _, ...handed } = happening;
      return takeHandedOver(lifecycle, handed, pass);
    }
    case 'published':
      return { lifecycle, rules: ['policy.published'] };
    case 'orphansSeen':
      return takeOrphans(lifecycle, happening, now);
    case 'unreadable':
      throw unreadable(happening);
    case 'modelDeployed':
    case 'runEnded':
    case 'endpointDiffers':
      return { lifecycle, rules: [`hint.${happening.kind}`] };
  }
}

/** It makes the pass fail, so that it is set aside whole: a newer version of the app may read it. */
export function unreadable({ why }: Extract<Happening, { kind: 'unreadable' }>): Error {
  return new Error(`The inbox item cannot be read: ${why}`);
}

export function takeVersion(lifecycle: Lifecycle, version: string, source: 'event' | 'listing', now: Date): Taken {
  const refuse = (why: string): Taken => ({ lifecycle, refused: why, rules: ['version.refused'] });
  const { champion, release, waiting, newestVersion } = lifecycle;
  if (champion && compareVersions(version, champion.version) <= 0)
    return refuse(`not newer than the champion, version ${champion.version}`);
  if (release && compareVersions(version, release.version) <= 0)
    return refuse(`not newer than version ${release.version}, which is being released`);
  if (lifecycle.ended.some((ended) => ended.version === version)) return refuse('was handled already');
  if (source === 'listing' && newestVersion !== undefined && compareVersions(version, newestVersion) <= 0)
    return refuse('was taken in before');
  if (waiting && compareVersions(version, waiting.version) <= 0)
    return refuse(`version ${waiting.version} waits and is newer`);
  const newest = newestVersion !== undefined && compareVersions(newestVersion, version) > 0 ? newestVersion : version;
  const rules = [waiting ? 'version.supersedesWaiting' : 'version.waits'];
  return { lifecycle: { ...lifecycle, waiting: { version, since: now.toISOString() }, newestVersion: newest }, rules };
}

export function takeOutcomeOf(lifecycle: Lifecycle, { outcome, release, training }: Extract<Happening, { kind: 'outcome' }>, now: Date): Taken {
  if (outcome.of === 'bringVersion') return takeBringOutcome(lifecycle, outcome, now);
  if (outcome.of === 'collectData') return takeCollectOutcome(lifecycle, outcome, now);
  return training === undefined ? takeOutcome(lifecycle, outcome, release, now) : takeTrainingOutcome(lifecycle, outcome, training, now);
} // prettier-ignore

function takeOutcome(lifecycle: Lifecycle, outcome: Outcome, number: number | undefined, now: Date): Taken {
  if (outcome.result === 'unavailable') {
    const met = {
      provider: outcome.provider,
      reason: outcome.message,
      ...(outcome.retryAfterMs === undefined ? {} : { retryAfterMs: outcome.retryAfterMs }),
    };
    return fromStep(meetUnreachable(lifecycle, met, now));
  }
  const release = lifecycle.release?.number === number ? lifecycle.release : undefined;
  if (outcome.result === 'answered') {
    if (!release) return { lifecycle, rules: ['outcome.late'] };
    return outcome.of === 'testRun' ? started(lifecycle, release, outcome) : answered(lifecycle, release, outcome);
  }
  if (outcome.result === 'done') return { lifecycle, rules: [] };
  return refusedBy(lifecycle, release, outcome, number, now);
}

function answered(
  lifecycle: Lifecycle,
  release: Release,
  outcome: Extract<Outcome, { of: 'smokeTest'; result: 'answered' }>,
): Taken {
  if (release.phase !== 'smokeTesting' || release.smoke?.attempt !== outcome.attempt)
    return { lifecycle, rules: ['outcome.late'] };
  const { status, latencyMs, which, faults } = outcome;
  const of = { ...(which === undefined ? {} : { which }), ...(faults === undefined ? {} : { faults }) };
  const smoke = { ...release.smoke, status, latencyMs, ...of };
  return { lifecycle: withRelease(lifecycle, { ...release, smoke }), rules: ['outcome.smoke'] };
}

/** Whichever attempt it answers: a release has one job, and attempts after the first find it. */
function started(lifecycle: Lifecycle, release: Release, { deployment, job, data, place }: Extract<Outcome, { of: 'testRun'; result: 'answered' }>): Taken {
  const { testRun } = release;
  if (release.phase !== 'smokeTesting' || release.deployment !== deployment || !testRun || testRun.job !== undefined)
    return { lifecycle, rules: ['outcome.late'] };
  return { lifecycle: withRelease(lifecycle, { ...release, testRun: { ...testRun, job, data, ...(place === undefined ? {} : { place }) } }), rules: ['outcome.testRun'] };
} // prettier-ignore

function refusedBy(
  lifecycle: Lifecycle,
  release: Release | undefined,
  outcome: Extract<Outcome, { result: 'refused' }>,
  number: number | undefined,
  now: Date,
): Taken {
  const rules = [`outcome.${outcome.of}.${outcome.code}`];
  const why = { cause: outcome.code, sentence: outcome.message };
  switch (outcome.of) {
    case 'submitJob':
      return release?.phase === 'evaluating'
        ? fromStep(endRelease(lifecycle, release, now, { end: 'rejected', ...why, tell: {} }), rules)
        : { lifecycle, rules };
    case 'createDeployment':
      if (release?.rollback?.again) return { lifecycle: withRelease(lifecycle, notAgain(release, release.rollback, outcome.message)), rules }; // prettier-ignore
      return release?.phase === 'deploying'
        ? fromStep(turnBack(lifecycle, release, now, why), rules)
        : { lifecycle, rules };
    case 'testRun': {
      const sentence = `The test job could not be started: ${outcome.message}`;
      return release?.phase === 'smokeTesting' ? fromStep(turnBack(lifecycle, release, now, { cause: 'testRun', sentence }), rules) : { lifecycle, rules }; // prettier-ignore
    }
    case 'deleteDeployment':
      return { ...refusedDeletion(lifecycle, outcome, now), rules };
    case 'updateDeployment':
    case 'setTraffic':
      return refusedWrite(lifecycle, outcome, number, now, rules);
    case 'cancelJob':
    case 'submitTraining':
    case 'registerModel':
    case 'collectData':
    case 'bringVersion':
      return { lifecycle, rules };
  }
}

/**
 * A first update, and a split that Azure calls invalid, cannot heal. Anything else will be asked for again: at once, a
 * refusal that stays (a role, a quota) would be a loop.
 */
function refusedWrite(lifecycle: Lifecycle, { of, code, message }: Extract<Outcome, { result: 'refused' }>, number: number | undefined, now: Date, rules: readonly string[]): Taken {
  const { release } = lifecycle;
  if (READ_AGAIN.has(code) || release?.number !== number) return { lifecycle, rules };
  const hopeless = of === 'updateDeployment' ? ['deploying'] : code === 'invalid' ? ['shifting', 'shadowing'] : [];
  if (release && hopeless.includes(release.phase)) return fromStep(turnBack(lifecycle, release, now, { cause: code, sentence: message }), rules);
  const reason = `Azure refuses what Steward asks for: ${message}`;
  return fromStep(meetUnreachable(lifecycle, { provider: 'Azure ML', reason }, now), rules);
} // prettier-ignore

/** The way back cannot be deployed again; the stage asks people. */
function notAgain(release: Release, rollback: Rollback, failed: string): Release {
  const { again } = rollback;
  return again ? { ...release, rollback: { ...rollback, again: { ...again, failed } } } : release;
}

/** Asked again a day later, for roles get mended; told once. The one meant is the first that was marked. */
function refusedDeletion(
  lifecycle: Lifecycle,
  { code, message }: Extract<Outcome, { result: 'refused' }>,
  now: Date,
): Pick<Taken, 'lifecycle' | 'notices'> {
  const [asked] = lifecycle.retiring
    .filter(({ markedAt }) => markedAt !== undefined)
    .toSorted((a, b) => (a.markedAt ?? '').localeCompare(b.markedAt ?? ''));
  if (!asked) return { lifecycle };
  if (code === 'notFound') return { lifecycle: { ...lifecycle, retiring: lifecycle.retiring.filter((kept) => kept !== asked) } }; // prettier-ignore
  const { markedAt: _, ...kept } = asked;
  const at = now.toISOString();
  const again = { ...kept, until: later(now, DAY_MS), refusedAt: asked.refusedAt ?? at };
  const { environment, model } = lifecycle;
  const notice: Notice = {
    id: `deletionRefused-${asked.deployment}-${at}`, kind: 'deletionRefused', audience: 'inform', environment, model, at,
    version: asked.version, cause: asked.deployment, sentence: message, reasons: [],
  }; // prettier-ignore
  const retiring = lifecycle.retiring.map((each) => (each === asked ? again : each));
  return { lifecycle: { ...lifecycle, retiring }, notices: asked.refusedAt === undefined ? [notice] : [] };
}

function fromStep(taken: Step, rules: readonly string[] = []): Taken {
  return {
    lifecycle: taken.lifecycle,
    rules: [...rules, ...taken.rules],
    notices: taken.notices,
    ...(taken.closed ? { closed: taken.closed } : {}),
  };
}
