import { nextSlots } from '../../training/schedule.ts';
import type { EnvironmentPolicy, TrainingPolicy } from '../policy.ts';
import { formatDuration } from '../units.ts';
import type { Doubt } from './catalogue.ts';

type Found = Omit<Doubt, 'section'>;
const doubt = (check: Doubt['check'], keys: readonly PropertyKey[], message: string): Found => ({
  check,
  keys,
  message,
});

/** A training that never starts, starts in vain, or learns what it is judged by. `says`: is that key in the file? */
export function trainingDoubts({ evaluation, training }: EnvironmentPolicy, says: (...keys: string[]) => boolean): Doubt[] {
  if (training === undefined) return [];
  const { startMs, finishMs } = training.deadline;
  const found = [
    ...(startMs > finishMs ? [doubt('startAfterFinish', ['deadline'], 'start comes after finish: both count from the submission, so a job that never starts is not tried again')] : []),
    ...(evaluation === undefined ? [] : seenDoubts(training, evaluation.data)),
    ...paceDoubts(training, says),
  ];
  return found.map((one) => ({ section: 'training', ...one }));
} // prettier-ignore

/** Data in which the model may have seen the answers. */
function seenDoubts({ when, collected, from }: TrainingPolicy, data: string): Found[] {
  const message = 'the data that versions are judged on (evaluation.data): a model trained on it is judged by what it has seen';
  const inputs = from.kind === 'component' ? Object.entries(from.inputs) : [];
  return [
    ...(when.newData === data ? [doubt('judgedOnTrainingData', ['when', 'newData'], message)] : []),
    ...(collected?.data === data ? [doubt('judgedOnTrainingData', ['collected', 'data'], message)] : []),
    ...inputs.filter(([, value]) => /^azureml:([^:@/]+)/.exec(value)?.[1] === data).map(([name]) => doubt('judgedOnTrainingData', ['from', 'inputs', name], message)),
  ];
} // prettier-ignore

function paceDoubts({ cooldownMs, budget, deadline, collected, when }: TrainingPolicy, says: (...keys: string[]) => boolean): Found[] {
  const cooldown = formatDuration(cooldownMs);
  const most = cooldownMs === 0 ? Infinity : Math.floor(budget.perMs / cooldownMs) + 1;
  const every = when.schedule && shortestGapMs(when.schedule);
  return [
    // The default of finish is a long one: who says nothing of it does not mean it.
    ...(cooldownMs < deadline.finishMs && says('cooldown') && says('deadline', 'finish') ? [doubt('cooldownShort', ['cooldown'], `a job may run for ${formatDuration(deadline.finishMs)} (deadline.finish): ${cooldown} after its submission holds nothing back`)] : []),
    ...(budget.runs > most ? [doubt('budgetNeverReached', ['budget', 'runs'], `in ${formatDuration(budget.perMs)} there are at most ${most} trainings ${cooldown} apart (cooldown): the budget holds nothing back`)] : []),
    ...(collected && collected.windowMs < cooldownMs ? [doubt('windowLeavesGaps', ['collected', 'window'], `trainings are at least ${cooldown} apart (cooldown): what was asked between two windows is never taken in`)] : []),
    ...(every !== undefined && every < cooldownMs - HOUR_MS ? [doubt('scheduleWithinCooldown', ['when', 'schedule', 'cron'], `due again after ${formatDuration(every)}, and held until the cooldown of ${cooldown} is over`)] : []),
  ];
} // prettier-ignore

/** From one fixed week on, so that the same file is always told the same. */
const FIRST = new Date('2026-01-05T00:00:00Z');
const LOOKED_AT = 50;
/** Where clocks are put forward, a day has an hour less. */
const HOUR_MS = 3_600_000;

function shortestGapMs(schedule: NonNullable<TrainingPolicy['when']['schedule']>): number | undefined {
  const slots = nextSlots(schedule, FIRST, LOOKED_AT).map((slot) => slot.getTime());
  const gaps = slots.slice(1).map((slot, at) => slot - (slots[at] ?? slot));
  return gaps.length === 0 ? undefined : Math.min(...gaps);
}
