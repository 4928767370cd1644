import type { ParsedEstate } from '../../../../src/lib/core/policy/parseEstate.ts';
import { parseEstate } from '../../../../src/lib/core/policy/parseEstate.ts';
import type { ParsedPolicy } from '../../../../src/lib/core/policy/parsePolicy.ts';
import { schemaFault } from '../../../../src/lib/core/smoke/body.ts';
import type { Beside } from '../../../../src/lib/core/policy/requestFiles.ts';
import { parsePolicy } from '../../../../src/lib/core/policy/parsePolicy.ts';
import { faultLine } from '../../../../src/lib/core/policy/fault.ts';

/** The simplest useful policy of docs/policy.md. */
export const SIMPLE = `steward: 1
model: spam-filter
owners: [ml-oncall@example.com]
environments:
  prod: {workspace: ml-prod, endpoint: spam-online}
training:   {from: champion, when: {drift: true}}
evaluation: {job: evaluate-spam, data: spam-holdout}
gate:       {metric: accuracy, better: higher}
`;

export const DEMANDING = `steward: 1
model: credit-risk
owners: [credit-ml]
environments:
  dev:  {workspace: ml-dev, endpoint: credit-dev, entry: true, rollout: {steps: [100%], bake: 0m}}
  test: {workspace: ml-test, endpoint: credit-test, after: dev}
  prod: {workspace: ml-prod, endpoint: credit, after: test,
    approval: {role: ModelRisk, count: 2, fourEyes: true, expires: 48h, onTimeout: reject},
    freeze: {calendar: bank-changes, inFlight: hold}}
training:
  in: dev
  from: {job: train-credit}
  when: {drift: {monitor: credit-monitor, breaches: 2 of 3}, newData: applications,
    schedule: {cron: "0 3 * * SUN", timeZone: Europe/Zurich}}
  cooldown: 3d
  budget: {runs: 4, per: 30d}
  deadline: {start: 2h, finish: 12h}
evaluation: {job: evaluate-credit, data: credit-holdout}
gate: {metric: auc, better: higher, compare: superior, margin: 0.002, confidence: 95%,
  guardrails: [{metric: brier, better: lower, compare: nonInferior, margin: 0.003}, {metric: auc, min: 0.78}],
  slices: {by: [age_band, region], metric: auc, minRows: 500, maxGap: 0.03},
  require: [gitCommit, cleanTree, dataVersions, pinnedEnvironment, tag:modelCard]}
rollout: {smokeTest: {request: smoke.json, expect: {status: 200, latency: 300ms}}, shadow: {percent: 20%, for: 4h},
  steps: [5%, 25%, 50%, 100%], bake: 30m, onInconclusive: hold, deadline: 24h, watch: 24h, keepPrevious: 7d,
  canary: {errors: 2x, latency: +30%, maxFalseRollback: 1%, limits: {errorRate: 3%}}}
notify: {page: [credit-oncall], decide: [model-risk], inform: [credit-ml]}
`;

export const ESTATE = `steward: 1
workspaces:
  ml-prod: {id: ${workspaceId('ml-prod')}, environment: prod}
  ml-test: {id: ${workspaceId('ml-test')}, environment: test}
channels:
  oncall: {email: {to: [oncall@example.com]}}
  releases: {eventGrid: {endpoint: "https://releases.westeurope-1.eventgrid.azure.net/api/events"}}
`;

export function workspaceId(name: string): string {
  const subscription = '/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/ml';
  return `${subscription}/providers/Microsoft.MachineLearningServices/workspaces/${name}`;
}

/** The lines a person sees. */
export function linesOf(text: string, files: Readonly<Record<string, string>> = {}): string[] {
  const read = parsePolicy(text, 'p.yaml', beside(files));
  return ('faults' in read ? read.faults : read.warnings).map(faultLine);
}

export function estateLinesOf(text: string): string[] {
  const read = parseEstate(text, 'estate.yaml');
  return ('faults' in read ? read.faults : read.warnings).map(faultLine);
}

export function policyFrom(text: string, file = 'p.yaml', files: Readonly<Record<string, string>> = {}): ParsedPolicy {
  const read = parsePolicy(text, file, beside(files));
  if ('faults' in read) throw new Error(read.faults.map(faultLine).join('\n'));
  return read;
}

export function estateFrom(text: string): ParsedEstate {
  const read = parseEstate(text, 'estate.yaml');
  if ('faults' in read) throw new Error(read.faults.map(faultLine).join('\n'));
  return read;
}

function beside(files: Readonly<Record<string, string>>): Beside {
  const readRequest = (name: string): string => {
    const text = files[name];
    if (text === undefined) throw new Error('no such file');
    return text;
  };
  return { readRequest, schemaFault };
}
