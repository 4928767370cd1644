import { z } from 'zod';
import { scheduleFault } from '../training/schedule.ts';
import { expected } from './expected.ts';
import { count, ENVIRONMENT, list, NAME, named, section, text, timeZone, word } from './leaves.ts';
import type { TrainingPolicy } from './policy.ts';
import { duration } from './units.ts';

const BREACHES = 'so many breaches of so many monitor runs, such as 2 of 3';
const breaches = text(BREACHES, /^\d{1,2} of \d{1,2}$/).transform((words, context) => {
  const [hits = 0, of = 0] = words.split(' of ').map(Number);
  if (hits >= 1 && hits <= of) return { breaches: hits, of };
  context.addIssue({ code: 'custom', message: expected(BREACHES).error({ input: words }) });
  return z.NEVER;
});

const driftMap = section({
  monitor: text('the name of a monitor').exactOptional(),
  breaches: breaches.prefault('1 of 1'),
});
const drift = z
  .union([z.literal(true), driftMap], expected('true, or a map with monitor, breaches'))
  .transform((written) => {
    const { breaches: rule, ...monitor } = written === true ? { breaches: { breaches: 1, of: 1 } } : written;
    return { ...monitor, ...rule };
  });

const CRON = 'five cron fields in quotes, such as "0 3 * * SUN"';
const FIVE = /^\S+( +\S+){4}$/;
const FIELDS = [
  'minutes (0 to 59)',
  'hours (0 to 23)',
  'days of the month (1 to 31)',
  'months (1 to 12, or JAN to DEC)',
  'days of the week (0 to 7, or SUN to SAT)',
];
const cron = text(CRON, FIVE).superRefine((written, context) => {
  const fault = FIVE.test(written) ? scheduleFault(written) : undefined;
  if (fault === undefined) return;
  const message =
    fieldFault(written) ?? `${expected('a schedule that is due some day').error({ input: written })}: ${fault}`;
  context.addIssue({ code: 'custom', message });
});

/** The first field that cannot be read whatever the others say. */
function fieldFault(written: string): string | undefined {
  const fields = written.split(/ +/);
  const at = fields.findIndex((field, index) => scheduleFault(FIELDS.map((_, other) => (other === index ? field : '*')).join(' ')) !== undefined);
  const meant = FIELDS[at];
  return meant && `${expected(meant).error({ input: fields[at] })} as field ${at + 1} of '${written}'`;
} // prettier-ignore

const schedule = section({ cron, timeZone: timeZone.prefault('UTC') });

const ONE_SOURCE = 'job or component, and only one of them';
const source = section({
  job: text('the template of the training job').exactOptional(),
  component: text('the name of a registered component', NAME).exactOptional(),
  compute: text('the name of a compute of the workspace', NAME).exactOptional(),
  inputs: named(text('a text'), NAME, 'the name of an input', 'a map from input name to its value').exactOptional(),
}).superRefine(({ job, component, compute, inputs }, context) => {
  const fault = (key: string, message: string) => context.addIssue({ code: 'custom', path: [key], message });
  if (job === undefined && component === undefined) fault('job', `missing: expected ${ONE_SOURCE}`);
  if (job !== undefined && component !== undefined) fault('component', `expected ${ONE_SOURCE}`);
  if (component !== undefined && compute === undefined)
    fault('compute', 'missing: expected the compute on which the component runs');
  const own = 'expected a component with it: a job brings its own';
  if (component === undefined && compute !== undefined) fault('compute', own);
  if (component === undefined && inputs !== undefined) fault('inputs', own);
});
const from = z
  .union([z.literal('champion'), source], expected('champion, or a map with job, or a map with component, compute'))
  .transform((written): TrainingPolicy['from'] => {
    if (written === 'champion') return { kind: 'champion' };
    const { job, component = '', compute = '', inputs = {} } = written;
    return job === undefined ? { kind: 'component', component, compute, inputs } : { kind: 'job', job };
  });

const HOUR_MS = 3_600_000;
const collected = section({
  data: text('the name of a data asset', NAME),
  collections: list(text('the name of a collection', NAME), 'a list of collections of the data collector')
    .min(1, expected('at least one collection'))
    .max(8, expected('at most eight collections'))
    .prefault(['model_inputs', 'model_outputs']),
  window: duration({ above: 0 })
    .refine((ms) => ms >= HOUR_MS && ms <= 31 * 24 * HOUR_MS, { error: 'expected a duration from 1h to 31d' })
    .prefault('7d'),
}).transform(({ window, ...rest }) => ({ ...rest, windowMs: window }));

export const trainingSection = section({
  in: text('the name of an environment', ENVIRONMENT).exactOptional(),
  from: from.prefault('champion'),
  when: section({
    drift: drift.exactOptional(),
    newData: text('the name of a data asset').exactOptional(),
    schedule: schedule.exactOptional(),
  }).refine((when) => Object.keys(when).length > 0, {
    error: 'expected drift, newData or schedule: nothing would ever start a training',
  }),
  collected: collected.exactOptional(),
  cooldown: duration().prefault('24h'),
  budget: section({ runs: count().prefault(4), per: duration({ above: 0 }).prefault('30d') }).prefault({}),
  deadline: section({
    start: duration({ above: 0 }).prefault('2h'),
    finish: duration({ above: 0 }).prefault('12h'),
  }).prefault({}),
  output: text("the name of the job's output that holds the model", NAME).prefault('model'),
  unregistered: word(['ignore', 'register']).prefault('ignore'),
  dataOwners: list(
    text('an e-mail address or the name of a channel of the estate'),
    'a list of e-mail addresses and channel names',
  ).prefault([]),
})
  .superRefine(({ unregistered, from: { kind } }, context) => {
    const message = 'expected a job in training.from with it: runs of your own are known by its tag';
    if (unregistered === 'register' && kind !== 'job')
      context.addIssue({ code: 'custom', path: ['unregistered'], message });
  })
  .superRefine((written, context) => {
    const message =
      'expected other data than training.collected: each training would make the version that asks for the next';
    if (written.collected !== undefined && written.collected.data === written.when.newData)
      context.addIssue({ code: 'custom', path: ['when', 'newData'], message });
  })
  .transform(({ cooldown, budget, deadline, ...rest }): TrainingPolicy => ({
    ...rest,
    cooldownMs: cooldown,
    budget: { runs: budget.runs, perMs: budget.per },
    deadline: { startMs: deadline.start, finishMs: deadline.finish },
  }));
