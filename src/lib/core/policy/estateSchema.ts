import { z } from 'zod';
import type { Estate, EstateChannel, EstateFloor } from './estate.ts';
import { expected } from './expected.ts';
import {
  count,
  EMAIL,
  ENVIRONMENT,
  list,
  NAME,
  named,
  secretText,
  section,
  text,
  timeZone,
  WORKSPACE,
} from './leaves.ts';
import { duration, fraction, percent } from './units.ts';

const WORKSPACE_ID =
  /^\/subscriptions\/[0-9a-f-]{36}\/resourceGroups\/[^/]+\/providers\/Microsoft\.MachineLearningServices\/workspaces\/[^/]+$/i;
const ID = '/subscriptions/ID/resourceGroups/GROUP/providers/Microsoft.MachineLearningServices/workspaces/NAME';

/** Azure writes ids in any case, for which patterns of a JSON Schema have no word: editors are told less. */
const workspace = section({
  id: text(`the workspace's resource id, ${ID}`, WORKSPACE_ID).meta({ pattern: '^/.+/[Ww]orkspaces/[^/]+$' }),
  environment: text('the name of an environment', ENVIRONMENT),
});

const SETTING = /^setting:[A-Za-z_][A-Za-z0-9_]*$/;
const HTTPS = /^https:\/\/[^\s/?#@]+(?:[/?#]\S*)?$/;
const HTTPS_OR_SETTING = new RegExp(`${HTTPS.source}|${SETTING.source}`);

function reference(written: string): { setting: string } {
  return { setting: written.slice('setting:'.length) };
}

/** Secrets are named, never written: a file that holds one is refused. */
const secret = secretText('setting:NAME, naming the app setting that holds the secret', SETTING).transform(reference);

const webhookUrl = secretText('an https:// address, or setting:NAME where the address is a secret', HTTPS_OR_SETTING);

const channel = section({
  email: section({
    to: list(text('an e-mail address', EMAIL), 'a list of e-mail addresses').min(1, expected('at least one address')),
  }).exactOptional(),
  eventGrid: section({
    endpoint: text('the https:// endpoint of a custom topic', HTTPS),
    key: secret.exactOptional(),
  }).exactOptional(),
  github: section({
    repository: text('a repository, owner/name', /^[A-Za-z0-9-]+\/[A-Za-z0-9._-]+$/),
    token: secret,
    api: text(
      'the https:// address of an API, without a slash at its end',
      /^https:\/\/[^\s?#@]*[^\s?#@/]$/,
    ).exactOptional(),
  }).exactOptional(),
  webhook: section({
    url: webhookUrl.transform((written) => (SETTING.test(written) ? reference(written) : written)),
    secret: secret.exactOptional(),
  }).exactOptional(),
}).transform(({ email, eventGrid, github, webhook }, context): EstateChannel => {
  const kinds: EstateChannel[] = [];
  if (email) kinds.push({ kind: 'email', ...email });
  if (eventGrid) kinds.push({ kind: 'eventGrid', ...eventGrid });
  if (github) kinds.push({ kind: 'github', ...github });
  if (webhook) kinds.push({ kind: 'webhook', ...webhook });
  const [only, second] = kinds;
  if (only !== undefined && second === undefined) return only;
  context.addIssue({ code: 'custom', message: 'expected exactly one of email, eventGrid, github, webhook' });
  return z.NEVER;
});

const LOCAL_TIME = 'a local time in quotes, such as "2026-12-20 18:00"';
const localTime = text(LOCAL_TIME, /^\d{4}-\d{2}-\d{2} \d{2}:\d{2}$/).refine(
  (written) => !Number.isNaN(Date.parse(`${written.replace(' ', 'T')}:00Z`)),
  expected(LOCAL_TIME),
);

const calendar = section({
  timeZone: timeZone.prefault('UTC'),
  closed: list(
    section({ from: localTime, to: localTime }).refine(({ from, to }) => from < to, {
      error: 'expected from before to',
    }),
    'a list of {from, to}',
  ),
});

const floor = section({
  minConfidence: fraction({ above: 50, below: 100 }).exactOptional(),
  maxFirstStep: percent({ above: 0 }, 'such as 10%').exactOptional(),
  minBake: duration().exactOptional(),
  minWatch: duration().exactOptional(),
  minKeepPrevious: duration().exactOptional(),
}).transform(({ minConfidence, maxFirstStep, minBake, minWatch, minKeepPrevious }): EstateFloor => ({
  ...(minConfidence === undefined ? {} : { minConfidence }),
  ...(maxFirstStep === undefined ? {} : { maxFirstStepPercent: maxFirstStep }),
  ...(minBake === undefined ? {} : { minBakeMs: minBake }),
  ...(minWatch === undefined ? {} : { minWatchMs: minWatch }),
  ...(minKeepPrevious === undefined ? {} : { minKeepPreviousMs: minKeepPrevious }),
}));

const NAMES = 'a name of letters, digits, dots and dashes';
const members = list(text('a member: a user or group as the identity provider names it'), 'a list of members');

export const estateSchema = section({
  steward: z.literal(1, expected('1, the version of this format')),
  workspaces: named(
    workspace,
    WORKSPACE,
    'a workspace name of 3 to 33 letters, digits, dashes and underscores',
    'a map from workspace name to {id, environment}',
  ),
  channels: named(
    channel,
    NAME,
    NAMES,
    'a map from channel name to {email}, {eventGrid}, {github} or {webhook}',
  ).prefault({}),
  calendars: named(calendar, NAME, NAMES, 'a map from calendar name to {timeZone, closed}').prefault({}),
  computes: named(
    section({ jobs: count() }),
    NAME,
    'the name of a compute',
    'a map from compute name to {jobs}',
  ).prefault({}),
  roles: named(members, NAME, NAMES, 'a map from role name to a list of members').prefault({}),
  floor: named(floor, ENVIRONMENT, 'an environment name', 'a map from environment name to floor values').prefault({}),
}).transform(({ workspaces, channels, calendars, computes, roles, floor: floors }): Estate => ({
  workspaces,
  channels,
  calendars,
  computes,
  roles,
  floor: floors,
}));
