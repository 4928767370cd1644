import type { Finding } from './fault.ts';
import { isMap } from './schemaShape.ts';

/**
 * What each kind of endpoint can be asked for. Works on the data as written, beside the schema; whatever has the wrong
 * type is left to the schema.
 */
export function servesFindings(written: unknown): Finding[] {
  if (!isMap(written) || !isMap(written['environments'])) return [];
  const environments = Object.entries(written['environments']).flatMap(([name, own]) => (isMap(own) ? [{ name, own }] : [])); // prettier-ignore
  const findings = environments.flatMap(({ name, own }) =>
    isBatch(own) ? batchFindings(written, name, own) : onlineFindings(name, own),
  );
  const batch = environments.some(({ own }) => own['batchEndpoint'] !== undefined);
  if (!batch && written['batch'] !== undefined) findings.push(fault(['batch'], NOT_BATCH));
  if (isOnlyBatch(written) && written['rollout'] !== undefined) findings.push(fault(['rollout'], NO_TRAFFIC));
  // A top-level section is wrong for each environment in the same place; told once.
  return [...new Map(findings.map((finding) => [`${finding.path.join('.')} ${finding.message}`, finding])).values()];
}

const NOT_BATCH = 'expected an environment with batchEndpoint: nothing else reads this';
const NO_TRAFFIC = 'not for a batch endpoint: its jobs run on one default deployment, so there is no traffic to share, copy or measure; say how versions come there in the section batch'; // prettier-ignore
const NO_TEST = 'expected a section batch with a testRun: nothing else shows that a version works before it is the default'; // prettier-ignore
const NOT_COLLECTED = 'not for a batch endpoint: Azure ML collects what online deployments are asked; name the data that new jobs run on, and train on its versions (training.when.newData)'; // prettier-ignore
const NO_MONITOR = 'expected the name of a monitor: {monitor: NAME}; by its target only a monitor of an online endpoint is found'; // prettier-ignore

/** No environment reads the section `rollout`. */
export function isOnlyBatch(written: unknown): boolean {
  const environments = isMap(written) && isMap(written['environments']) ? Object.values(written['environments']) : [];
  return environments.length > 0 && environments.every((own) => isMap(own) && isBatch(own));
}

type Data = Readonly<Record<string, unknown>>;

function isBatch(own: Data): boolean {
  return own['batchEndpoint'] !== undefined && own['endpoint'] === undefined;
}

function fault(path: readonly string[], message: string): Finding {
  return { severity: 'fault', path, message, atKey: true };
}

function onlineFindings(name: string, own: Data): Finding[] {
  return own['batch'] === undefined ? [] : [fault(['environments', name, 'batch'], NOT_BATCH)];
}

function batchFindings(written: Data, name: string, own: Data): Finding[] {
  const findings: Finding[] = [];
  const at = ['environments', name];
  if (own['rollout'] !== undefined) findings.push(fault([...at, 'rollout'], NO_TRAFFIC));
  if ((own['batch'] ?? written['batch']) === undefined) findings.push(fault([...at, 'batchEndpoint'], NO_TEST));
  const training = own['training'] ?? written['training'];
  if (!isMap(training)) return findings;
  const base = own['training'] === undefined ? ['training'] : [...at, 'training'];
  if (training['collected'] !== undefined) findings.push(fault([...base, 'collected'], NOT_COLLECTED));
  const drift = isMap(training['when']) ? training['when']['drift'] : undefined;
  const named = isMap(drift) && drift['monitor'] !== undefined;
  if (drift !== undefined && !named) findings.push(fault([...base, 'when', 'drift'], NO_MONITOR));
  return findings;
}
