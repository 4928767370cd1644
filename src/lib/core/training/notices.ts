import type { Lifecycle } from '../lifecycle.ts';
import type { Audience, MonitorTrouble, Notice, NoticeKind, NoticeOfTraining } from '../notice.ts';
import type { No } from './controls.ts';
import type { Breach, Cause, EndedTraining, Training, TrainingRequest } from './state.ts';

interface Told {
  readonly id: string;
  readonly kind: NoticeKind;
  readonly audience: Audience;
  readonly sentence: string;
  readonly training: NoticeOfTraining;
}

function notice({ environment, model, champion }: Lifecycle, now: Date, { id, kind, audience, sentence, training }: Told): Notice {
  return {
    id, kind, audience, environment, model, at: now.toISOString(), reasons: [], sentence, training,
    ...(champion ? { champion: champion.version } : {}),
  };
} // prettier-ignore

export function startedNotice(lifecycle: Lifecycle, training: Training, now: Date): Notice {
  const { number, attempt, job, causes, more, pins, unpinned, commit } = training;
  return notice(lifecycle, now, {
    id: `t${number}-a${attempt}-trainingStarted`,
    kind: 'trainingStarted',
    audience: 'inform',
    sentence: 'A training began.',
    training: { number, job, attempts: attempt, causes, more, pins, unpinned, ...(commit === undefined ? {} : { commit }) },
  });
} // prettier-ignore

/** People heard that it began, so they hear that nothing came of it: a failure is theirs to mend, a stop was somebody's wish. */
export function endedNotice(lifecycle: Lifecycle, ended: EndedTraining, now: Date): Notice {
  const { number, job, attempts, causes, more, pins, computeMinutes, sentence, commit } = ended;
  const failed = ended.end === 'failed';
  const kind = failed ? 'trainingFailed' : 'trainingStopped';
  return notice(lifecycle, now, {
    id: `t${number}-${kind}`,
    kind,
    audience: failed ? 'decide' : 'inform',
    sentence,
    training: { number, job, attempts, causes, more, pins, computeMinutes, ...(commit === undefined ? {} : { commit }) },
  });
} // prettier-ignore

export function refusedNotice(lifecycle: Lifecycle, { causes, more }: TrainingRequest, no: No, now: Date): Notice {
  return notice(lifecycle, now, {
    id: `trainingRefused-${no.reason}-${now.toISOString()}`,
    kind: 'trainingRefused',
    audience: 'inform',
    sentence: no.sentence,
    training: { causes, more, refusal: no.reason, ...(no.until === undefined ? {} : { until: no.until }) },
  });
}

/** `id`: the run, or what else makes one telling of it the same as the next. */
export function findingNotice(lifecycle: Lifecycle, id: string, causes: readonly Cause[], sentence: string, now: Date): Notice {
  return notice(lifecycle, now, { id: `driftFound-${id}`, kind: 'driftFound', audience: 'inform', sentence, training: { causes, more: 0 } });
} // prettier-ignore

/** Something is wrong with a monitor itself, or with there being one. `about` tells one telling from the next. */
export function monitorNotice(
  lifecycle: Lifecycle,
  { cause, about, sentence, audience }: { readonly cause: MonitorTrouble; readonly about: string; readonly sentence: string; readonly audience: Audience },
  now: Date,
): Notice {
  const told = { id: `monitor-${cause}-${about}`, kind: 'monitorTrouble', audience, sentence, training: { causes: [], more: 0 } } as const;
  return { ...notice(lifecycle, now, told), cause };
} // prettier-ignore

/** `held`: what would have asked for a training. */
export function badDataNotice(
  lifecycle: Lifecycle,
  monitor: string,
  breach: Breach,
  held: Pick<TrainingRequest, 'causes' | 'more'>,
  now: Date,
): Notice {
  const { run, at } = breach;
  const cause: Cause = { kind: 'monitor', id: `badData|${run}`, at, monitor, run, breaches: [breach] };
  return notice(lifecycle, now, {
    id: `badData-${run}`,
    kind: 'badData',
    audience: 'decide',
    sentence: 'The data that the endpoint gets is broken: nothing is trained on it.',
    training: { causes: [cause, ...held.causes], more: held.more, refusal: 'badData' },
  });
}
