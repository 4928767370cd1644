import { z } from 'zod';
import { batchSection } from './batchSection.ts';
import { expected } from './expected.ts';
import { evaluationSection } from './evaluationSection.ts';
import { gateSection } from './gateSection.ts';
import { count, ENDPOINT, ENVIRONMENT, flag, list, NAME, named, section, text, WORKSPACE, word } from './leaves.ts';
import type { ApprovalPolicy } from './policy.ts';
import { rolloutSection } from './rolloutSection.ts';
import { trainingSection } from './trainingSection.ts';
import { duration } from './units.ts';

const approvalSection = section({
  role: text('the name of a role of the estate'),
  count: count().prefault(1),
  fourEyes: flag().prefault(true),
  expires: duration({ above: 0 }).prefault('48h'),
  onTimeout: word(['reject', 'hold']).prefault('reject'),
}).transform(({ expires, ...rest }): ApprovalPolicy => ({ ...rest, expiresMs: expires }));

const freezeSection = section({
  calendar: text('the name of a calendar of the estate'),
  inFlight: word(['hold', 'finish', 'rollback']).prefault('hold'),
});

/** What one notice writes to all its lists goes into one transaction, which takes 100 rows. */
const MOST_RECIPIENTS = 20;

const recipients = () =>
  list(
    text('an e-mail address or the name of a channel of the estate'),
    'a list of e-mail addresses and channel names',
  ).max(MOST_RECIPIENTS, expected(`at most ${MOST_RECIPIENTS}; more people are one channel of the estate`));

/** Who is left out falls to the owners. */
const notifySection = section({
  page: recipients().exactOptional(),
  decide: recipients().exactOptional(),
  inform: recipients().exactOptional(),
});

/** What stands at top level for all environments; inside an environment it replaces the top-level one whole. */
const SECTIONS = {
  training: trainingSection.exactOptional(),
  evaluation: evaluationSection.exactOptional(),
  gate: gateSection.exactOptional(),
  approval: approvalSection.exactOptional(),
  freeze: freezeSection.exactOptional(),
};

const endpointName = () =>
  text('an endpoint name: 3 to 32 letters, digits and single dashes, beginning with a letter', ENDPOINT);
const ONE_ENDPOINT = 'endpoint (online) or batchEndpoint, and only one of them';

const environment = section({
  workspace: text('the name of a workspace of the estate', WORKSPACE),
  endpoint: endpointName().exactOptional(),
  batchEndpoint: endpointName().exactOptional(),
  after: text('the name of an environment', ENVIRONMENT).exactOptional(),
  bring: text('the name of a channel of the estate').exactOptional(),
  entry: flag().exactOptional(),
  ...SECTIONS,
  rollout: rolloutSection.exactOptional(),
  batch: batchSection.exactOptional(),
  notify: notifySection.exactOptional(),
}).superRefine(({ endpoint, batchEndpoint }, context) => {
  const fault = (key: string, message: string) => context.addIssue({ code: 'custom', path: [key], message });
  if (endpoint === undefined && batchEndpoint === undefined) fault('endpoint', `missing: expected ${ONE_ENDPOINT}`);
  if (endpoint !== undefined && batchEndpoint !== undefined) fault('batchEndpoint', `expected ${ONE_ENDPOINT}`);
});

const ENVIRONMENTS = 'a map from environment name to {workspace, endpoint or batchEndpoint}';

/** The policy as written; its output is typed section by section and put together by `resolvePolicy`. */
export const policySchema = section({
  steward: z.literal(1, expected('1, the version of this format')),
  model: text('the name of a registered model', NAME),
  owners: recipients().min(1, expected('at least one owner')),
  environments: named(
    environment,
    ENVIRONMENT,
    'an environment name of lower-case letters, digits and dashes',
    ENVIRONMENTS,
  ).refine((environments) => Object.keys(environments).length > 0, { error: `expected ${ENVIRONMENTS}` }),
  ...SECTIONS,
  rollout: rolloutSection.prefault({}),
  batch: batchSection.exactOptional(),
  notify: notifySection.prefault({}),
});

export type WrittenPolicy = z.output<typeof policySchema>;
