import type { Command } from './inbox.ts';
import type { Release } from './release/state.ts';
import { digest } from './names.ts';
import type { ApprovalPolicy } from './policy/policy.ts';

/** The role of the estate whose people may send a version out past its proof. */
export const ADMIN = 'Admin';
/** Of a reason, in characters: the audit has it whole. */
const REASON_KEPT = 200;
const STARTERS_KEPT = 20;
/** Longer than any name that a directory signs people in by. */
const STARTER_CHARS = 120;
const EVIDENCE_CHARS = 16;

/** What people are shown and agree to: how it was judged, against what, on which data, which files, by which policy. */
export function evidenceShown({ gate, artifact, policy, evaluation, fallback, version }: Release): string {
  const data = evaluation && `${evaluation.data}:${evaluation.dataVersion}`;
  const shown = { version, policy, data, champion: fallback?.version, verdict: gate?.verdict, reasons: gate?.reasons, artifact: artifact?.digest };
  return digest(shown).slice(0, EVIDENCE_CHARS);
} // prettier-ignore

/** People have been asked, and their word counts. */
export function waitsForApproval({ phase, approval }: Release): boolean {
  return phase === 'awaitingApproval' && approval !== undefined;
}

/** It broke the glass and has no traffic yet: whoever could have said no to it still can. */
export function mayBeStopped({ breakGlass, exposedSince, phase }: Release): boolean {
  return breakGlass !== undefined && exposedSince === undefined && phase !== 'rollingBack';
}

/** One person counts once, and with four eyes not at all once it is known that he had a part in its start. */
export function isComplete({ approval, ...release }: Release): boolean {
  if (!approval) return false;
  const { given, count, fourEyes } = approval;
  const starters = fourEyes ? startedBy(release) : [];
  const counted = given.filter(({ by, actor }) => !isOneOf([by, actor], starters));
  return new Set(counted.map(({ by }) => by)).size >= count;
}

/**
 * Every person known to have had a part in this release: who asked for the training, registered the version, decided in the
 * gate's stead or asked for another try. Names that a caller only claimed are among them: they can bar, never let in, and
 * give way first where there are many.
 */
export function startedBy({ origin, decision, retry, breakGlass }: Pick<Release, 'origin' | 'decision' | 'retry' | 'breakGlass'>): readonly string[] {
  const asked = (origin?.causes ?? []).filter((cause) => cause.kind === 'command');
  const [handed = [], before = []] = [origin?.startedBy, retry?.startedBy];
  const said = [...asked, decision, breakGlass, retry];
  const sure = [origin?.registeredBy, ...said.map((one) => one?.by)];
  const kept = new Set(named([...sure, ...handed, ...before, ...said.map((one) => one?.actor)]).slice(0, STARTERS_KEPT));
  const inOrder = [...asked.flatMap(({ actor, by }) => [actor, by]), ...handed, origin?.registeredBy, decision?.actor, decision?.by, breakGlass?.actor, breakGlass?.by, retry?.actor, retry?.by, ...before];
  return named(inOrder).filter((name) => kept.has(name));
} // prettier-ignore

function named(names: readonly (string | undefined)[]): string[] {
  return [...new Set(names.flatMap((name) => (name === undefined ? [] : [name.slice(0, STARTER_CHARS)])))];
}

export interface Objection {
  readonly why: 'notAsked' | 'noIdentity' | 'notOfRole' | 'startedIt' | 'approvedAlready' | 'otherEvidence' | 'tooLate';
  readonly sentence: string;
}

/** Why this person may not approve or reject the release that waits for it; undefined when he may. */
export function objection(
  release: Release | undefined,
  { name, identity, evidence }: Pick<Command, 'name' | 'identity' | 'evidence'>,
  policy: ApprovalPolicy | undefined,
  /** ISO time at which it was said; when it is read does not matter. */
  saidAt: string,
): Objection | undefined {
  if (name === 'breakGlass') return objectionTo(name, ADMIN, identity);
  if (name === 'reject' && release && policy && mayBeStopped(release)) return objectionTo(name, policy.role, identity);
  const approval = release && waitsForApproval(release) ? release.approval : undefined;
  if (!release || !approval || !policy) return { why: 'notAsked', sentence: 'no release waits for approval' };
  const { role, fourEyes } = policy;
  const other = objectionTo(name, role, identity);
  if (other) return other;
  if (!identity) return undefined;
  if (evidence !== undefined && evidence !== approval.evidence)
    return { why: 'otherEvidence', sentence: `the evidence changed since then: it is ${approval.evidence} now, not ${evidence}` }; // prettier-ignore
  if (name !== 'approve') return undefined;
  if (policy.onTimeout === 'reject' && saidAt >= approval.until)
    return { why: 'tooLate', sentence: `the time for approval was over at ${approval.until}` };
  if (fourEyes && isOneOf([identity.id, ...identity.names], startedBy(release)))
    return { why: 'startedIt', sentence: 'the policy wants four eyes: whoever started it may not approve it' };
  if (approval.given.some(({ by }) => by === identity.id))
    return { why: 'approvedAlready', sentence: 'this person approved it already and counts once' };
  return undefined;
}

function objectionTo(name: string, role: string, identity: Command['identity']): Objection | undefined {
  if (!identity) return { why: 'noIdentity', sentence: `only a person of ${role} who is signed in can ${name}: a name that a caller claims does not count` };
  return identity.roles.includes(role) ? undefined : { why: 'notOfRole', sentence: `only a person of ${role} can ${name}` };
} // prettier-ignore

function plain(name: string): string {
  return name.trim().toLowerCase().slice(0, STARTER_CHARS);
}

function isOneOf(names: readonly string[], others: readonly string[]): boolean {
  const known = new Set(others.map(plain));
  return names.some((name) => known.has(plain(name)));
}

/** The release with one approval more. Only after `objection` had none. */
export function approve(release: Release, { identity, actor, reason }: Command, now: Date): Release {
  const { approval } = release;
  if (!approval || !identity) return release;
  const approved = { by: identity.id, actor, reason: reason.slice(0, REASON_KEPT), at: now.toISOString() };
  return { ...release, approval: { ...approval, given: [...approval.given, approved] } };
}
