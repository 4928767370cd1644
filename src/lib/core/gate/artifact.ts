import type { Artifact } from '../release/state.ts';

/** Is what is about to be deployed what was judged? `why`: the files could not be listed then, or cannot now. */
export function compareArtifacts(judged: Artifact, now: Artifact): 'same' | 'changed' | { readonly why: string } {
  const same = judged.digest === now.digest;
  if (!now.verifiable) return judged.verifiable || same ? { why: now.why } : 'changed';
  if (!judged.verifiable) return { why: judged.why };
  return same ? 'same' : 'changed';
}
