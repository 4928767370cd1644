import { hash } from 'node:crypto';
import { canonical } from './canonical.ts';
import type { Key } from './lifecycle.ts';

/** SHA-256 in lower-case hex. The one place where the core hashes. */
export function sha256(text: string): string {
  return hash('sha256', text);
}

/** Digest of a JSON value that does not depend on key order (RFC 8785). */
export function digest(value: unknown): string {
  return sha256(canonical(value) ?? '');
}

function hex(parts: readonly (string | number)[], length: number): string {
  return sha256(parts.join('|')).slice(0, length);
}

/** Azure allows 3-32 characters, a letter first, letters, digits and single dashes. */
export function deploymentName(key: Key, version: string, release: number): string {
  const short = version.replace(/[^A-Za-z0-9]/g, '').slice(0, 12);
  return `m${short}-${hex([key.environment, key.model, version, release], 8)}`;
}

/** What the names of this lifecycle's jobs begin with. */
export function jobPrefix(key: Key): string {
  return `stw-${hex([key.environment, key.model], 12)}-`;
}

/** Job names are for ever: a new evaluation or attempt needs a new counter. */
export function evaluationJobName(key: Key, evaluation: number, attempt: number): string {
  return `${jobPrefix(key)}e${evaluation}-a${attempt}`;
}

export function trainingJobName(key: Key, training: number, attempt: number): string {
  return `${jobPrefix(key)}t${training}-a${attempt}`;
}

/** The way back: the training that a job of this lifecycle is of; undefined for evaluations and jobs of others. */
export function trainingOf(key: Key, job: string): number | undefined {
  const [, number] = /^t(\d+)-a\d+$/.exec(job.startsWith(jobPrefix(key)) ? job.slice(jobPrefix(key).length) : '') ?? [];
  return number === undefined ? undefined : Number(number);
}

/** Is it one of this lifecycle's jobs? Children of ours have longer names: `<job>_3`. */
export function isJobOf(key: Key, run: string): boolean {
  return run.startsWith(jobPrefix(key)) && /^[et]\d+-a\d+$/.test(run.slice(jobPrefix(key).length));
}

/** Written as tag `stewardId` on what we create, to tell our own from a namesake. */
export function stewardId(key: Key, name: string): string {
  return hex([key.environment, key.model, name], 16);
}

/** The same for a version that was brought from another environment, whatever number it got here. */
export function broughtId(key: Key, from: string, version: string): string {
  return stewardId(key, `${from}|${version}`);
}

/** What makes two tellings of one fact the same. Ids in Azure compare without case. */
export const factKey = {
  run: (workspace: string, run: string, status: string) =>
    `run|${workspace.toLowerCase()}|${run}|${status.toLowerCase()}`,
  modelRegistered: (workspace: string, model: string, version: string) =>
    `model|${workspace.toLowerCase()}|${model}|${version}`,
  /** One for a tag, however often and in whichever status its run is told. */
  monitorTold: (workspace: string, run: string, tags: Readonly<Record<string, string>>) =>
    `monitor|${workspace.toLowerCase()}|${run}|${digest(tags)}`,
  monitorRan: (workspace: string, run: string) => `monitorRan|${workspace.toLowerCase()}|${run}`,
  /** `seenAt`: a monitor may go and come back, so each look tells what it saw. */
  monitorsSeen: (found: string, seenAt: string) => `monitors|${found}|${seenAt}`,
  datasetDrift: (workspace: string, drift: string, run: string) => `drift|${workspace.toLowerCase()}|${drift}|${run}`,
  newData: (workspace: string, data: string, version: string) => `data|${workspace.toLowerCase()}|${data}|${version}`,
  scheduleDue: (slot: string) => `schedule|${slot}`,
  modelDeployed: (eventId: string) => `deployed|${eventId}`,
  /** `order`: the whole of what was asked for; another order under the same key is another command. */
  command: (actor: string, idempotencyKey: string, order: unknown) =>
    `command|${actor}|${idempotencyKey}|${digest(order)}`,
  /** `pass`: the number of the audit row of the pass that acted, `at`: the place among its actions. Each tells its own outcome, once. */
  outcome: (pass: number, at: number, action: string) => `outcome|${pass}|${at}|${action}`,
  published: (policy: string, seenAt: string) => `published|${policy}|${seenAt}`,
  /** One for each look. */
  orphansSeen: (seenAt: string) => `orphans|${seenAt}`,
  endpointDiffers: (generation: number, live: Readonly<Record<string, number>>, seenAt: string) =>
    `differs|${generation}|${digest(live)}|${seenAt}`,
  /** `from`: the lifecycle whose request it was; `number` is the hand-over's, so that each is told once. */
  handOver: (from: Key, number: number) => `handOver|${from.environment}|${from.model}|${number}`,
  versionHandedOver: (from: Key, release: number, version: string) =>
    `version|${from.environment}|${from.model}|${release}|${version}`,
};
