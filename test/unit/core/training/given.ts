/** A model in mid-life whose policy trains it: what the tests of training start from. */
import type { Command, InboxItem } from '../../../../src/lib/core/inbox.ts';
import type { Lifecycle } from '../../../../src/lib/core/lifecycle.ts';
import type { EnvironmentPolicy } from '../../../../src/lib/core/policy/policy.ts';
import type { Decision } from '../../../../src/lib/core/decide.ts';
import type { MonitorFact, MonitorRunFact, ReadMonitor, TrainingFacts, TrainingPlanFact } from '../../../../src/lib/core/step.ts'; // prettier-ignore
import type {
  Breach,
  Cause,
  Training,
  TrainingMemory,
  TrainingRequest,
} from '../../../../src/lib/core/training/state.ts';
import { DAY_MS, HOUR_MS, iso, item, KEY, pass, served, type Pass } from '../given.ts';
import { policyFrom } from '../policy/given.ts';

/** A policy with this training section. */
export function trains(training = 'when: {drift: true}', more = ''): EnvironmentPolicy {
  const text = `steward: 1
model: spam-filter
owners: [ml-oncall@example.com]
environments: {prod: {workspace: ml-prod, endpoint: spam-online${more}}, dev: {workspace: ml-dev, endpoint: spam-dev}}
training: {${training}}
evaluation: {job: evaluate-spam, data: spam-holdout}
gate: {metric: accuracy, better: higher}
`;
  const policy = policyFrom(text, 'p.yaml').policy.environments['prod'];
  if (!policy) throw new Error('the policy has no prod');
  return policy;
}

export const TRAINS = trains();
export const TRAINED: TrainingMemory = { hints: [], starts: [], ended: [] };

export function breach(change: Partial<Breach> = {}): Breach {
  return {
    signal: 'spam_data_drift', kind: 'drift', run: 'root-1', at: iso(), more: 0,
    features: [{ feature: 'length', metric: 'NormalizedWassersteinDistance', value: 0.4, threshold: 0.1 }], ...change,
  }; // prettier-ignore
}

/** A root run of the monitor that began `at` ms after T0. */
export function run(name: string, at: number, breaches: readonly Breach[] = [], ended = true): MonitorRunFact {
  return { run: name, at: iso(at), ended, breaches: breaches.map((each) => ({ ...each, run: name, at: iso(at) })) };
}

/** The monitor with these runs, newest first; each hint belongs to the run that its name begins with. */
export function monitor(runs: readonly MonitorRunFact[], hints: readonly string[] = []): MonitorFact {
  return { found: 'one', ...readMonitor('spam-monitor', runs, hints) };
}

export function readMonitor(name: string, runs: readonly MonitorRunFact[], hints: readonly string[] = []): ReadMonitor {
  const roots = hints.flatMap((hint) => runs.filter(({ run: root }) => hint.startsWith(root)).map(({ run: root }) => [hint, root])); // prettier-ignore
  return { name, runs, rootOf: Object.fromEntries(roots) };
}

export const PLAN: TrainingPlanFact = {
  source: 'train-1', pins: [{ input: 'data', data: 'mails', version: '2' }], unpinned: [],
  championPins: [{ input: 'data', data: 'mails', version: '1' }], compute: 'cpu', onCompute: 0, commit: '9c1e2b7',
}; // prettier-ignore

export function cause(kind: 'schedule' | 'command' = 'schedule', at = 0): Cause {
  return kind === 'schedule'
    ? { kind, id: `schedule|${iso(at)}`, at: iso(at), slot: iso(at) }
    : { kind, id: `command|ada|${iso(at)}`, at: iso(at), actor: 'ada', reason: 'because' };
}

export function found(name = 'root-1', at = 0, breaches: readonly Breach[] = [breach()]): Cause {
  return { kind: 'monitor', id: `monitor|${name}`, at: iso(at), monitor: 'spam-monitor', run: name, breaches };
}

export function requested(
  causes: readonly Cause[] = [found()],
  change: Partial<TrainingRequest> = {},
): TrainingRequest {
  return { since: iso(), causes, more: 0, ...change };
}

export function asking(causes?: readonly Cause[], row: Partial<Lifecycle> = {}): Lifecycle {
  return served({ request: requested(causes), ...row });
}

/** The first job of training 3 was submitted at T0. */
export function training(change: Partial<Training> = {}, row: Partial<Lifecycle> = {}): Lifecycle & { training: Training } {
  const under: Training = {
    number: 3, phase: 'submitted', phaseSince: iso(), since: iso(), policy: 'p1', causes: [found()], more: 0, job: 'stw-3', attempt: 1,
    submittedAt: iso(), source: 'train-1', pins: PLAN.pins, unpinned: [], spentMinutes: 0, ...change,
  };
  const trained = { ...TRAINED, starts: [iso()] };
  return { ...served({ counters: { release: 6, evaluation: 6, training: 3 }, trained, ...row }), training: under };
} // prettier-ignore

/** One pass with facts for training. */
export function trainPass(
  lifecycle: Lifecycle,
  facts: TrainingFacts = {},
  { policy = TRAINS, ...more }: Omit<Pass, 'facts'> = {},
): Decision {
  return pass(lifecycle, { facts: { training: facts }, policy, ...more });
}

export function told(hint: string): InboxItem {
  return item({ kind: 'monitorTold', run: hint });
}

export function order(name: Command['name'], more: Partial<Command> = {}): InboxItem {
  return item({ kind: 'command', command: { name, actor: 'ada', reason: 'because', ...more } });
}

export { DAY_MS, HOUR_MS, KEY };
