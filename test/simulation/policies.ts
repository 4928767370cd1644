import type { Estate } from '../../src/lib/core/policy/estate.ts';
import type { Policy } from '../../src/lib/core/policy/policy.ts';
import type { Policies } from '../../src/lib/ports.ts';
import { estateFrom, policyFrom } from '../unit/core/policy/given.ts';
import { MODEL, PLACES } from './azure.ts';

const text = (rollout: string, gate: string) => `steward: 1
model: ${MODEL}
owners: [team@example.com]
environments:
  dev: {workspace: ml-dev, endpoint: ${PLACES.dev.endpoint}}
  prod: {workspace: ml-prod, endpoint: ${PLACES.prod.endpoint}, after: dev, entry: true}
evaluation: {job: evaluate-spam, data: spam-holdout}
gate: {metric: accuracy, better: higher${gate}}
rollout: {smokeTest: {request: smoke.json, expect: {status: 200}}, ${rollout}}
`;

const estateText = `steward: 1
workspaces:
  ml-dev: {id: ${PLACES.dev.workspace}, environment: dev}
  ml-prod: {id: ${PLACES.prod.workspace}, environment: prod}
channels: {}
`;

const files = { 'smoke.json': '{"text": "hello"}' };
const read = (rollout: string, gate = '') => policyFrom(text(rollout, gate), 'p.yaml', files).policy;

/** What may be published in the course of a day. */
const PUBLISHED: readonly Policy[] = [
  read(
    'shadow: {percent: 20%, for: 12m}, onNewerVersion: supersede, bake: 10m, watch: 10m, keepPrevious: 30m, deadline: 3h',
  ),
  read('steps: [5%, 25%, 100%], bake: 6m, watch: 15m, keepPrevious: 10m, deadline: 2h, onInconclusive: rollback'),
  read('steps: [100%], bake: 0m, watch: 20m, keepPrevious: 20m, deadline: 2h', ', min: 0.5'),
];
const ESTATE: Estate = estateFrom(estateText).estate;

function hashOf(index: number): string {
  return `policy-${index}`;
}

function policyAt(hash: string): Policy | undefined {
  return PUBLISHED[Number(hash.replace('policy-', ''))];
}

/** Read once for all days: what the port promises of a hash holds for as long as the process lives. */
export class SimulatedPolicies {
  current = 0;
  readonly #since: string;

  constructor(startMs: number) {
    this.#since = new Date(startMs - 24 * 60 * 60_000).toISOString();
  }

  port(): Policies {
    const current = () => PUBLISHED[this.current % PUBLISHED.length] ?? PUBLISHED[0];
    return {
      estate: async () => ESTATE,
      all: async () => {
        const policy = current();
        return policy ? [{ policy, hash: hashOf(this.current), publishedAt: this.#since, changedAt: this.#since }] : [];
      },
      keys: async () => Object.keys(PLACES).map((environment) => ({ environment, model: MODEL })),
      unreadable: async () => ({ models: [], estate: false }),
      of: async ({ environment, model }, pinned) => {
        const hash = pinned ?? hashOf(this.current);
        const policy = model === MODEL ? policyAt(hash)?.environments[environment] : undefined;
        return policy && { policy, hash };
      },
    };
  }
}
