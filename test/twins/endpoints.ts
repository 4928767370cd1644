import { Refused, Unavailable } from '../../src/lib/core/errors.ts';
import { sameRouting, type Routing, type Split } from '../../src/lib/core/lifecycle.ts';
import type { DeploymentFact, EndpointFact } from '../../src/lib/core/step.ts';
import type { DeploymentUpdates, Endpoints, Models, WorkspaceId } from '../../src/lib/ports.ts';

export interface TwinEndpoint {
  state: EndpointFact['state'];
  traffic: Split;
  mirror: Split;
  generation?: number;
  split?: Split;
  splitMirror?: Split;
  /** Asked for; shown and obeyed when the operation ends, while our marks show at once. */
  pending?: Required<Routing>;
  readonly deployments: Map<string, DeploymentFact>;
}

export interface EndpointsTwin extends Endpoints {
  /** The same deployments, updated in place. */
  readonly updates: DeploymentUpdates;
  /** `<workspace>|<endpoint>` -> endpoint: arrange the world here, play the portal here. */
  readonly all: Map<string, TwinEndpoint>;
  /** Deployments that may exist in all; one more is refused. */
  quota: number;
  /** Lets operations under way end: everything is ready or gone. */
  settle(): void;
}

/** Endpoints in memory, online ones unless said otherwise: writes start an operation, `settle` ends it. */
export function endpointsTwin(models: Models, serves: 'online' | 'batch' = 'online'): EndpointsTwin {
  const all = new Map<string, TwinEndpoint>();
  const existing = (workspace: WorkspaceId, endpoint: string): TwinEndpoint => {
    const found = all.get(`${workspace}|${endpoint}`);
    if (found === undefined) throw new Refused('notFound', 'twin', `no endpoint ${endpoint}`);
    return found;
  };
  const writable = (found: TwinEndpoint) => {
    if (found.state === 'busy') throw new Unavailable('busy', 'twin', 'another operation is under way');
  };
  const twin: EndpointsTwin = {
    updates: {
      async update(workspace, endpoint, { deployment, model, version, expected, generation }) {
        const { deployments } = existing(workspace, endpoint);
        const found = deployments.get(deployment);
        if (found === undefined) throw new Refused('notFound', 'twin', `no deployment ${deployment}`);
        if ((found.stewardGeneration ?? -1) > generation)
          throw new Refused('stale', 'twin', 'a newer generation wrote');
        if (found.state !== 'ready' && found.state !== 'failed') throw new Unavailable('busy', 'twin', 'being changed');
        const marked = { ...found, stewardGeneration: generation };
        if (found.version === version && found.state === 'ready') return void deployments.set(deployment, marked);
        if (found.version !== expected && found.version !== version)
          throw new Refused('foreign', 'twin', `serves ${found.version}`);
        const fact = await models.version(workspace, model, version);
        if (fact === 'absent') throw new Refused('notFound', 'twin', `no version ${version} of ${model}`);
        deployments.set(deployment, { ...marked, state: 'updating', model: fact.id, version });
      },
    },
    all,
    quota: 100,
    settle() {
      for (const endpoint of all.values()) {
        if (endpoint.state === 'busy') endpoint.state = 'ready';
        endpoint.traffic = endpoint.pending?.split ?? endpoint.traffic;
        endpoint.mirror = endpoint.pending?.mirror ?? endpoint.mirror;
        delete endpoint.pending;
        for (const [name, fact] of endpoint.deployments) {
          if (fact.state === 'deleting') endpoint.deployments.delete(name);
          else if (fact.state !== 'failed') endpoint.deployments.set(name, { ...fact, state: 'ready' });
        }
      }
    },
    async endpoint(workspace, endpoint) {
      const found = all.get(`${workspace}|${endpoint}`);
      if (found === undefined) return 'absent';
      const { state, traffic, mirror, generation, split, splitMirror } = found;
      return {
        state,
        traffic,
        ...(sum(mirror) > 0 && { mirror }),
        ...(generation !== undefined && { stewardGeneration: generation }),
        ...(split !== undefined && { stewardSplit: split }),
        ...(splitMirror !== undefined && { stewardMirror: splitMirror }),
        ...(serves === 'batch' && { serves }),
      };
    },
    async deployments(workspace, endpoint) {
      return [...(all.get(`${workspace}|${endpoint}`)?.deployments.values() ?? [])];
    },
    async setTraffic(workspace, endpoint, { expected, desired, mirror = { expected: {}, desired: {} }, generation }) {
      const found = existing(workspace, endpoint);
      if ((found.generation ?? -1) > generation) throw new Refused('stale', 'twin', 'a newer generation wrote');
      writable(found);
      const live = { split: found.traffic, mirror: found.mirror };
      const want = { split: positive(desired), mirror: positive(mirror.desired) };
      const written = { split: found.split ?? {}, mirror: found.splitMirror ?? {} };
      if (found.generation === generation && sameRouting(written, want) && sameRouting(live, want)) return;
      if (!sameRouting(live, { split: expected, mirror: mirror.expected }))
        throw new Refused('foreign', 'twin', 'live or mirrored traffic is not as expected');
      refuseTraffic(found, want);
      if (serves === 'batch' && (Object.keys(want.split).length > 1 || sum(want.mirror) > 0))
        throw new Refused('invalid', 'twin', 'one deployment is the default');
      Object.assign(found, { pending: want, split: want.split, generation, state: 'busy' });
      delete found.splitMirror;
      if (sum(want.mirror) > 0) found.splitMirror = want.mirror;
    },
    async createDeployment(workspace, endpoint, { deployment, model, version, like, plan, stewardId }) {
      const at = all.get(`${workspace}|${endpoint}`);
      const known = at?.deployments.get(deployment);
      if (known?.stewardId === stewardId) return;
      if (known !== undefined) throw new Refused('foreign', 'twin', `${deployment} is not ours`);
      if (at === undefined && plan.createEndpoint !== undefined) {
        all.set(`${workspace}|${endpoint}`, { state: 'busy', traffic: {}, mirror: {}, deployments: new Map() });
        return;
      }
      if (at === undefined) throw new Refused('notFound', 'twin', `no endpoint ${endpoint}`);
      if (like === undefined && plan.instanceType === undefined)
        throw new Refused('invalid', 'twin', 'nothing to copy');
      if (like !== undefined && !at.deployments.has(like))
        throw new Refused('notFound', 'twin', `no deployment ${like}`);
      const fact = await models.version(workspace, model, version);
      if (fact === 'absent') throw new Refused('notFound', 'twin', `no version ${version} of ${model}`);
      writable(at);
      const count = [...all.values()].reduce((sum, { deployments }) => sum + deployments.size, 0);
      if (count >= twin.quota) throw new Refused('quota', 'twin', 'not enough quota');
      at.deployments.set(deployment, { name: deployment, state: 'creating', model: fact.id, version, stewardId });
    },
    async deleteDeployment(workspace, endpoint, deployment, allowed) {
      const at = all.get(`${workspace}|${endpoint}`);
      const known = at?.deployments.get(deployment);
      if (at === undefined || known === undefined || known.state === 'deleting') return;
      if (known.stewardId === undefined && allowed?.foreign !== true) throw new Refused('foreign', 'twin', 'not ours');
      if ((at.traffic[deployment] ?? 0) > 0 || (at.mirror[deployment] ?? 0) > 0) {
        throw new Refused('conflict', 'twin', `${deployment} still has traffic`);
      }
      writable(at);
      at.deployments.set(deployment, { ...known, state: 'deleting' });
    },
  };
  return twin;
}

function positive(split: Split): Split {
  return Object.fromEntries(Object.entries(split).filter(([, percent]) => percent > 0));
}

function sum(split: Split): number {
  return Object.values(split).reduce((total, percent) => total + percent, 0);
}

function refuseTraffic(endpoint: TwinEndpoint, { split, mirror }: Required<Routing>): void {
  const gone = (name: string) => (endpoint.deployments.get(name)?.state ?? 'deleting') === 'deleting';
  const unknown = Object.keys({ ...split, ...mirror }).filter(gone);
  if (unknown.length > 0) throw new Refused('invalid', 'twin', `no deployment ${unknown.join(', ')}`);
  if (sum(split) !== 0 && sum(split) !== 100)
    throw new Refused('invalid', 'twin', `traffic sums to ${sum(split)}, not to 0 or 100`);
  if (Object.keys(mirror).length > 1 || sum(mirror) > 50)
    throw new Refused('invalid', 'twin', 'mirrors to one deployment, at most 50');
  const both = Object.keys(mirror).filter((name) => (split[name] ?? 0) > 0);
  if (both.length > 0) throw new Refused('invalid', 'twin', `${both.join(', ')} would have live and mirrored traffic`);
}
