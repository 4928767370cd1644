import type { Taken } from '../command.ts';
import type { Happening, Outcome } from '../inbox.ts';
import type { Lifecycle } from '../lifecycle.ts';
import type { EnvironmentPolicy } from '../policy/policy.ts';
import { coalesce } from '../training/causes.ts';
import { end } from '../training/job.ts';
import { remember } from '../training/memory.ts';
import { noteHint } from '../training/monitor.ts';
import { tellUnwatched, watchedAgain } from '../training/monitorTrouble.ts';
import { findingNotice } from '../training/notices.ts';
import { takeOutsideRun } from '../training/outside.ts';
import type { Cause, Collecting, Training } from '../training/state.ts';

type Asks = Extract<
  Happening,
  {
    kind:
      | 'monitorTold'
      | 'monitorRan'
      | 'monitorsSeen'
      | 'outsideRun'
      | 'datasetDrift'
      | 'newData'
      | 'scheduleDue'
      | 'handOver';
  }
>;

/** What may ask for a training. Findings of monitors and runs of the team are only noted: they are read before anything follows. */
export function takeTrainingItem(
  lifecycle: Lifecycle,
  happening: Asks,
  { policy, now }: { readonly policy: EnvironmentPolicy; readonly now: Date },
): Taken {
  const { training } = policy;
  switch (happening.kind) {
    case 'monitorTold':
    case 'monitorRan':
      return { lifecycle: noteHint(lifecycle, happening.run), rules: [`hint.${happening.kind}`] };
    case 'monitorsSeen':
      return takeMonitorsSeen(lifecycle, happening, policy, now);
    case 'outsideRun':
      return takeOutsideRun(lifecycle, happening.run, policy, now);
    case 'datasetDrift':
      return takeDatasetDrift(lifecycle, happening, policy, now);
    case 'newData': {
      const { data, version } = happening;
      if (training?.when.newData !== data) return refuse(lifecycle, `the policy does not train on new versions of ${data}`);
      if (lifecycle.trained?.dataVersion === version) return refuse(lifecycle, 'was taken in before');
      const known = remember(lifecycle, { dataVersion: version });
      return add(known, { kind: 'newData', id: `newData|${data}|${version}`, at: now.toISOString(), data, version }, now);
    }
    case 'scheduleDue': {
      const { slot } = happening;
      if (!training?.when.schedule) return refuse(lifecycle, 'the policy has no schedule any more');
      return add(lifecycle, { kind: 'schedule', id: `schedule|${slot}`, at: slot, slot }, now);
    }
    case 'handOver': {
      const { from, causes, more } = happening;
      if (!training) return refuse(lifecycle, 'the policy does not train here');
      const request = coalesce(lifecycle.request, causes.map((cause) => ({ ...cause, from: cause.from ?? from })), now.toISOString(), more);
      return { lifecycle: { ...lifecycle, ...(request ? { request } : {}) }, rules: [`cause.handOver ${from}`] };
    }
  }
} // prettier-ignore

function refuse(lifecycle: Lifecycle, refused: string): Taken {
  return { lifecycle, refused, rules: ['cause.refused'] };
}

function add(lifecycle: Lifecycle, cause: Cause, now: Date): Taken {
  const request = coalesce(lifecycle.request, [cause], now.toISOString());
  return { lifecycle: { ...lifecycle, ...(request ? { request } : {}) }, rules: [`cause.${cause.kind}`] };
}

function takeMonitorsSeen(
  lifecycle: Lifecycle,
  { found, names }: Extract<Happening, { kind: 'monitorsSeen' }>,
  policy: EnvironmentPolicy,
  now: Date,
): Taken {
  if (found === 'some') return { lifecycle: watchedAgain(lifecycle), rules: ['monitor.watchedAgain'] };
  const told = tellUnwatched(lifecycle, policy, { found, names }, now);
  return { lifecycle: told.lifecycle, notices: told.notices, rules: told.rules };
}

/** Its event names a monitor of the first generation and nothing that ties it to an endpoint: the policy must name it. */
function takeDatasetDrift(
  lifecycle: Lifecycle,
  { id, name, coefficient }: Extract<Happening, { kind: 'datasetDrift' }>,
  { training }: EnvironmentPolicy,
  now: Date,
): Taken {
  const cause: Cause = {
    kind: 'datasetDrift', id: `datasetDrift|${id}`.slice(0, 200), at: now.toISOString(), name, ...(coefficient === undefined ? {} : { coefficient }),
  }; // prettier-ignore
  const monitor = training?.when.drift?.monitor;
  if (monitor === name) return add(lifecycle, cause, now);
  if (monitor !== undefined) return refuse(lifecycle, `the policy trains on ${monitor}, not on ${name}`);
  const sentence = 'The finding does not say which endpoint it is about, and the policy does not name this monitor in training.when.drift.monitor.';
  return { lifecycle, notices: [findingNotice(lifecycle, id, [cause], sentence, now)], rules: ['datasetDrift.told'] };
} // prettier-ignore

const LONGEST_WAIT_MS = 3_600_000;

/** What a training's action met. A refused submission ends it; everything else is asked again at the next look, or as late as Azure asks. */
export function takeTrainingOutcome(lifecycle: Lifecycle, outcome: Outcome, number: number, now: Date): Taken {
  const { training } = lifecycle;
  const rules = [`outcome.${outcome.of}.${outcome.result}`];
  if (training?.number !== number) return { lifecycle, rules };
  switch (outcome.result) {
    case 'unavailable': {
      const { retryAfterMs } = outcome;
      if (retryAfterMs === undefined) return { lifecycle, rules };
      const notBefore = new Date(now.getTime() + Math.min(retryAfterMs, LONGEST_WAIT_MS)).toISOString();
      return { lifecycle: { ...lifecycle, training: { ...training, notBefore } }, rules };
    }
    case 'refused':
      if (outcome.of === 'submitTraining') return refusedSubmission(lifecycle, training, outcome, rules, now);
      return { lifecycle: { ...lifecycle, training: { ...training, trouble: outcome.message.slice(0, 200) } }, rules };
    case 'answered':
    case 'done':
      return { lifecycle, rules };
  }
}

function refusedSubmission(lifecycle: Lifecycle, training: Training, { code, message }: Extract<Outcome, { result: 'refused' }>, rules: readonly string[], now: Date): Taken {
  const ended = end({ lifecycle, training, now }, { end: 'failed', cause: code, sentence: `The job ${training.job} was refused: ${message}` });
  return { lifecycle: ended.lifecycle, notices: ended.notices, rules: [...rules, ...ended.rules], ...(ended.ledger ? { ledger: ended.ledger } : {}) };
} // prettier-ignore

const COLLECT_AGAIN_MS = { unreachable: 60_000, notCollected: LONGEST_WAIT_MS } as const;
const SENTENCE_CHARS = 300;

/** What making a version of data met. It is asked for again when that is due; somebody else's number is not asked for twice. */
export function takeCollectOutcome(lifecycle: Lifecycle, outcome: Outcome, now: Date): Taken {
  const rules = [`outcome.${outcome.of}.${outcome.result}`];
  const { request } = lifecycle;
  if (!request) return { lifecycle, rules };
  const { collecting, ...open } = request;
  if (!collecting || collecting.done || outcome.result === 'answered' || outcome.result === 'done')
    return { lifecycle, rules };
  if (outcome.result === 'refused' && outcome.code === 'foreign')
    return { lifecycle: { ...lifecycle, request: open }, rules };
  const reason = outcome.result === 'refused' ? 'notCollected' : 'unreachable';
  const asked = outcome.result === 'refused' ? 0 : Math.min(outcome.retryAfterMs ?? 0, LONGEST_WAIT_MS);
  const notBefore = new Date(now.getTime() + Math.max(asked, COLLECT_AGAIN_MS[reason])).toISOString();
  const trouble: Collecting['trouble'] = { reason, sentence: outcome.message.slice(0, SENTENCE_CHARS), notBefore };
  return { lifecycle: { ...lifecycle, request: { ...request, collecting: { ...collecting, trouble } } }, rules };
}
