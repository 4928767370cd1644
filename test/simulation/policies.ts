import { BadInput } from '../../src/lib/core/errors.ts';
import type { Estate } from '../../src/lib/core/policy/estate.ts';
import type { ApprovalPolicy, Policy } from '../../src/lib/core/policy/policy.ts';
import type { Policies } from '../../src/lib/ports.ts';
import { estateFrom, policyFrom } from '../unit/core/policy/given.ts';
import { MODEL, MONITOR, PLACES } from './azure.ts';
import type { Environment, Plan } from './plan.ts';

/** The same in each policy, so that what a lifecycle spent can be counted whatever was published meanwhile. */
export const BUDGET = { runs: 2, perMs: 6 * 3_600_000 } as const;
export const COOLDOWN_MS = 90 * 60_000;
const LIMITS = 'cooldown: 90m, budget: {runs: 2, per: 6h}, deadline: {start: 40m, finish: 3h}';

interface Sections {
  readonly rollout: string;
  readonly gate?: string;
  /** For all environments. */
  readonly sections?: string;
  /** For prod alone. */
  readonly prod?: string;
}

/** How versions come to a batch endpoint. */
const BATCH = 'batch: {testRun: {input: mails-sample, expect: {rows: same}}, watch: 8m, keepPrevious: 20m}\n';
/** And to an endpoint where there was none. */
const FIRST = ', deployment: {instanceType: Standard_F4s_v2, createEndpoint: aadToken}';

const text = ({ rollout, gate = '', sections = '', prod = '' }: Sections, batch: boolean) => `steward: 1
model: ${MODEL}
owners: [team@example.com]
environments:
  dev: {workspace: ml-dev, endpoint: ${PLACES.dev.endpoint}}
  prod: {workspace: ml-prod, ${batch ? 'batchEndpoint' : 'endpoint'}: ${PLACES.prod.endpoint}, after: dev, entry: true${prod}}
evaluation: {job: evaluate-spam, data: spam-holdout}
gate: {metric: accuracy, better: higher${gate}}
rollout: {smokeTest: {request: smoke.json, expect: {status: 200}}, ${rollout}${rollout.includes('inPlace') ? '' : FIRST}}
${batch ? BATCH : ''}${sections}`;

const estateText = `steward: 1
workspaces:
  ml-dev: {id: ${PLACES.dev.workspace}, environment: dev}
  ml-prod: {id: ${PLACES.prod.workspace}, environment: prod}
channels: {}
calendars:
  changes: {closed: [{from: "2026-03-02 10:40", to: "2026-03-02 11:10"}, {from: "2026-03-02 14:00", to: "2026-03-02 15:00"}]}
roles: {ModelRisk: [ann@example.com, ben@example.com, cid@example.com], Admin: [ann@example.com]}
`;

const files = { 'smoke.json': '{"text": "hello"}' };
const read = (sections: Sections, batch: boolean) => policyFrom(text(sections, batch), 'p.yaml', files).policy;

/** What may be published in the course of a day. */
const VARIANTS: readonly Sections[] = [
  {
    rollout: 'shadow: {percent: 20%, for: 8m, answers: {prediction: label, maxFlips: 20%}}, steps: [20%, 100%], onNewerVersion: supersede, bake: 6m, watch: 8m, keepPrevious: 30m, deadline: 2h, canary: {negligible: 5%}',
    sections: `training: {in: dev, from: {job: train-spam}, unregistered: register, when: {drift: {monitor: ${MONITOR}}}, ${LIMITS}}\n`,
  },
  {
    rollout: 'steps: [5%, 25%, 100%], bake: 6m, watch: 15m, keepPrevious: 3d, deadline: 2h, onInconclusive: rollback, canary: {negligible: 5%}',
    prod: ', approval: {role: ModelRisk, count: 2, expires: 40m}',
  },
  {
    rollout: 'steps: [100%], bake: 0m, watch: 20m, keepPrevious: 20m, deadline: 2h, canary: {negligible: 5%}',
    gate: ', min: 0.5',
    sections: `freeze: {calendar: changes, inFlight: hold}\ntraining: {from: {job: train-spam}, when: {drift: {monitor: ${MONITOR}, breaches: 1 of 2}, newData: mails}, ${LIMITS}}\n`,
  },
  {
    rollout: 'steps: [10%, 100%], bake: 6m, watch: 8m, keepPrevious: 15m, deadline: 90m, onInconclusive: hold, canary: {negligible: 5%}',
    sections: `freeze: {calendar: changes, inFlight: rollback}\napproval: {role: ModelRisk, fourEyes: false, expires: 30m, onTimeout: hold}\ntraining: {from: champion, when: {schedule: {cron: "0 12,18 * * *"}}, ${LIMITS}}\n`,
  },
  {
    rollout: 'update: inPlace, steps: [100%], watch: 12m, deployDeadline: 40m, deadline: 2h, onNewerVersion: supersede, canary: {negligible: 5%}',
    sections: `training: {in: dev, from: {job: train-spam}, unregistered: register, when: {drift: {monitor: ${MONITOR}}}, ${LIMITS}}\n`,
  },
]; // prettier-ignore
const PUBLISHED: readonly Policy[] = [false, true].flatMap((batch) =>
  VARIANTS.map((sections) => read(sections, batch)),
);
const ESTATE: Estate = estateFrom(estateText).estate;

const hashOf = (index: number) => `policy-${index}`;

function policyAt(hash: string): Policy | undefined {
  return PUBLISHED[Number(hash.replace('policy-', ''))];
}

/** What a release that began under this policy must have been agreed to. */
export function approvalOf(hash: string, environment: Environment): ApprovalPolicy | undefined {
  return policyAt(hash)?.environments[environment]?.approval;
}

/** Of whoever answers to copies otherwise than the champion, nothing goes live. */
export function comparesAnswers(hash: string, environment: Environment): boolean {
  return policyAt(hash)?.environments[environment]?.rollout.shadow?.answers?.maxFlips !== undefined;
}

/** Read once for all days: what the port promises of a hash holds for as long as the process lives. */
export class SimulatedPolicies {
  /** Index of the first that is for such endpoints. */
  readonly #first: number;
  /** Index of the policy that was published last. */
  #current: number;
  #is: 'published' | 'removed' | 'unreadable' = 'published';
  readonly #since: string;

  constructor(startMs: number, { policy, batch }: Pick<Plan, 'policy' | 'batch'>) {
    this.#first = batch ? VARIANTS.length : 0;
    this.#current = this.#first + policy;
    this.#since = new Date(startMs - 24 * 60 * 60_000).toISOString();
  }

  publish(what: number | 'removed' | 'unreadable'): void {
    if (typeof what === 'number') this.#current = this.#first + what;
    this.#is = typeof what === 'number' ? 'published' : what;
  }

  /** What was taken away or spoilt is there again. */
  mend(): void {
    this.#is = 'published';
  }

  /** Of the policy in force; undefined while there is none that can be read. */
  hash(): string | undefined {
    return this.#is === 'published' ? hashOf(this.#current) : undefined;
  }

  /** `blind`: the caller's version of the app does not know a word of the policy that was published last. */
  port(blind: () => boolean): Policies {
    const spoilt = (hash: string) => hash === hashOf(this.#current) && (this.#is === 'unreadable' || blind());
    const current = () => (this.#is === 'removed' ? undefined : hashOf(this.#current));
    const readable = () => {
      const hash = current();
      return hash === undefined || spoilt(hash) ? undefined : hash;
    };
    return {
      estate: async () => ESTATE,
      all: async () => {
        const hash = readable();
        const policy = hash === undefined ? undefined : policyAt(hash);
        return policy && hash !== undefined ? [{ policy, hash, publishedAt: this.#since, changedAt: this.#since }] : [];
      },
      keys: async () =>
        readable() === undefined ? [] : Object.keys(PLACES).map((environment) => ({ environment, model: MODEL })),
      unreadable: async () => ({ models: current() !== undefined && readable() === undefined ? [MODEL] : [], estate: false }), // prettier-ignore
      of: async ({ environment, model }, pinned) => {
        const hash = pinned ?? current();
        if (hash === undefined || model !== MODEL) return undefined;
        // What is pinned was read before it was spoilt, but by another version.
        if (pinned === undefined ? spoilt(hash) : blind() && spoilt(hash)) throw new BadInput('policy', [{ place: 'rollout', message: 'a word of a newer version' }]); // prettier-ignore
        const policy = policyAt(hash)?.environments[environment];
        return policy && { policy, hash };
      },
    };
  }
}
