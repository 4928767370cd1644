import { Refused } from '../../src/lib/core/errors.ts';
import type { Scoring } from '../../src/lib/ports.ts';

export interface TwinAnswer {
  readonly status: number;
  readonly latencyMs: number;
  readonly body: string;
}

export interface ScoringTwin extends Scoring {
  /** `<workspace>|<endpoint>` -> deployment -> what it answers. */
  readonly all: Map<string, Map<string, (body: unknown) => TwinAnswer>>;
}

/** Deployments that answer as they are told. */
export function scoringTwin(): ScoringTwin {
  const all: ScoringTwin['all'] = new Map();
  return {
    all,
    async ask(workspace, endpoint, deployment, body) {
      const at = all.get(`${workspace}|${endpoint}`);
      if (at === undefined) throw new Refused('notFound', 'twin', `no endpoint ${endpoint}`);
      const answer = at.get(deployment)?.(body) ?? { status: 404, latencyMs: 1, body: 'no such deployment' };
      return { ...answer, excerpt: answer.body.slice(0, 300) };
    },
  };
}
