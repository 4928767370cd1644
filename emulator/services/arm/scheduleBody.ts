import { Cron } from 'croner';
import { z } from 'zod';
import { described, resourceReadOnly, writable } from './body.ts';
import { monitorDefinition } from './monitorBody.ts';

/** ISO 8601 without an offset: the zone is said apart, by its Windows name. */
const localTime = z.string().regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d)?$/, 'is not a time such as 2026-06-01T00:00:01');
const span = {
  startTime: localTime.exactOptional(),
  endTime: localTime.exactOptional(),
  timeZone: z.string().min(1).exactOptional(),
};

const cronTrigger = z.strictObject({
  triggerType: z.literal('Cron'),
  expression: z.string().refine(isCron, 'is not a cron expression of five fields'),
  ...span,
});

const recurrenceTrigger = z.strictObject({
  triggerType: z.literal('Recurrence'),
  frequency: z.enum(['Minute', 'Hour', 'Day', 'Week', 'Month']),
  interval: z.int().min(1),
  schedule: z
    .strictObject({
      hours: z.array(z.int().min(0).max(23)),
      minutes: z.array(z.int().min(0).max(59)),
      monthDays: z.array(z.int().min(1).max(31)).exactOptional(),
      weekDays: z
        .array(z.enum(['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday']))
        .exactOptional(),
    })
    .exactOptional(),
  ...span,
});

const action = z.discriminatedUnion('actionType', [
  z.strictObject({ actionType: z.literal('CreateMonitor'), monitorDefinition }),
  z.strictObject({
    actionType: z.literal('CreateJob'),
    // Not run, so not looked into; what it may hold is the job routes' business.
    jobDefinition: z.looseObject({ jobType: z.enum(['Command', 'Pipeline', 'Sweep', 'AutoML', 'Spark']) }),
  }),
]);

/** The body of a schedule (api-version 2024-10-01), closed. */
export const scheduleBody = writable(resourceReadOnly, {
  properties: writable(['provisioningState'], {
    ...described,
    displayName: z.string().exactOptional(),
    isEnabled: z.boolean().default(true),
    trigger: z.discriminatedUnion('triggerType', [cronTrigger, recurrenceTrigger]),
    action,
  }),
});

/** Only the word that says what the schedule does; `InvokeBatchEndpoint` is known and not done. */
export const scheduleKind = z.object({ properties: z.object({ action: z.object({ actionType: z.string() }) }) });

function isCron(expression: string): boolean {
  if (expression.trim().split(/\s+/).length !== 5) return false;
  try {
    return new Cron(expression, { paused: true }).nextRun() !== null;
  } catch {
    return false;
  }
}
