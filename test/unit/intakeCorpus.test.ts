import { beforeEach, expect, test } from 'vitest';
import { publishTo } from '../../src/cli/policy/publication.ts';
import { takeEvent } from '../../src/lib/intake.ts';
import { createLog } from '../../src/lib/log.ts';
import { publishedPolicies } from '../../src/lib/policies.ts';
import { memoryStore } from '../twins/memoryStore.ts';
import { memoryWorkQueue } from '../twins/memoryWorkQueue.ts';
import { eventCorpus } from './core/eventCorpus.ts';
import { T0 } from './core/given.ts';
import { estateFrom, policyFrom, workspaceId } from './core/policy/given.ts';

/** One model that trains in dev and serves in prod as well, one that never trains, and one workspace that is not ours. */
const ESTATE = `steward: 1
workspaces:
  ml-dev: {id: ${workspaceId('ml-dev')}, environment: dev}
  ml-prod: {id: ${workspaceId('ml-prod')}, environment: prod}
`;
const POLICIES = [
  `steward: 1
model: spam-filter
owners: [ml-oncall@example.com]
environments:
  dev: {workspace: ml-dev, endpoint: spam-dev}
  prod: {workspace: ml-prod, endpoint: spam-online}
training: {in: dev, from: {job: train-spam}, when: {drift: true}}
evaluation: {job: evaluate-spam, data: spam-holdout}
gate: {metric: accuracy, better: higher}
`,
  `steward: 1
model: churn
owners: [ml-oncall@example.com]
environments: {prod: {workspace: ml-prod, endpoint: churn-online}}
`,
];
const KEYS = ['dev/spam-filter', 'prod/spam-filter', 'prod/churn'];

async function newIntake() {
  const store = memoryStore(() => T0.getTime());
  const published = await publishTo(store.policies, POLICIES.map((text) => policyFrom(text)), estateFrom(ESTATE), T0); // prettier-ignore
  if (published.kind !== 'published') throw new Error(JSON.stringify(published));
  const clock = { now: () => T0 };
  const reasons: { ignored?: string; refused?: string } = {};
  const log = createLog((_, line) => {
    const { message, reason } = JSON.parse(line);
    if (message === 'Event ignored') reasons.ignored = reason;
  });
  const refused = { keep: async (_: string, body: string) => void (reasons.refused = JSON.parse(body).reason) };
  const queue = memoryWorkQueue(() => T0.getTime());
  return { store, queue, reasons, deps: { ...store, policies: publishedPolicies(store.policies, clock), queue, refused, clock, log } }; // prettier-ignore
}

let intake: Awaited<ReturnType<typeof newIntake>>;
beforeEach(async () => {
  intake = await newIntake();
});

/** The items that lie in each inbox, or why there are none. */
async function taken(): Promise<unknown> {
  const inboxes = await Promise.all(
    KEYS.map(async (name) => {
      const [environment = '', model = ''] = name.split('/');
      const { unread } = await intake.store.lifecycles.load({ environment, model });
      const happenings = unread.map(({ item }) => item.happening).toSorted((a, b) => a.kind.localeCompare(b.kind));
      return [name, happenings] as const;
    }),
  );
  const full = inboxes.filter(([, happenings]) => happenings.length > 0);
  return full.length > 0 ? Object.fromEntries(full) : intake.reasons;
}

const corpus = eventCorpus().map((entry) => [entry.place, entry] as const);

test.each(corpus)('%s', async (_, { event, taken: expected }) => {
  await takeEvent(event, intake.deps);
  expect(await taken()).toEqual(expected);
});

test.each(corpus)('told twice it is one: %s', async (_, { event, taken: expected }) => {
  await takeEvent(event, intake.deps);
  await takeEvent(event, intake.deps);
  expect(await taken()).toEqual(expected);
});
