/** What is deployed must be what was judged: the check that several ways of deploying share. */
import { compareArtifacts } from '../gate/artifact.ts';
import type { Artifact, Release } from './state.ts';
import type { StageInput } from '../step.ts';
import { elapsedMs } from './transitions.ts';

/** Files that cannot be listed now are tried again for so long where the policy insists. */
const VERIFY_MS = 15 * 60_000;

export type Check = 'fine' | 'later' | { readonly cause: string; readonly sentence: string };

export function checkArtifact({ release, facts, policy, now }: StageInput): Check {
  const { artifact: judged } = release;
  if (!judged) return 'fine';
  if (!facts.artifact) return 'later';
  const compared = compareArtifacts(judged, facts.artifact);
  if (compared === 'changed')
    return { cause: 'artifactChanged', sentence: 'Its files are not those that were judged: they changed since then.' };
  if (compared === 'same' || policy.evaluation?.artifact !== 'verify') return 'fine';
  if (elapsedMs(release.phaseSince, now) < VERIFY_MS) return 'later';
  return { cause: 'artifactNotVerifiable', sentence: `Its files cannot be verified: ${compared.why}.` };
}

/** People are told that nobody could see a change of the files, also where that was found late. */
export function noted(release: Release, now: Artifact | undefined): Release {
  const { artifact: judged } = release;
  return judged && now && !now.verifiable
    ? { ...release, artifact: { ...judged, verifiable: false, why: now.why } }
    : release;
}
