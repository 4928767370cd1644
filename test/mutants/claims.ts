/** A fault, and who says that he notices it. */
export interface Mutant {
  readonly name: string;
  readonly file: string;
  /** What stands there once, and what the fault makes of it. */
  readonly find: string;
  readonly replace: string;
  readonly claimedBy: Claim;
}

/** Tests of a file by words of their names, or the simulation's seeds from 1 on. */
export type Claim = { readonly test: string; readonly named: string } | { readonly seeds: number };

/** As it stands in the document. */
export function told(claim: Claim): string {
  return 'seeds' in claim ? `simulation, seeds 1 to ${claim.seeds}` : `\`${claim.test}\`: ${claim.named}`;
}

export function by(test: string, named: string): Claim {
  return { test, named };
}

/** Each fault that it claims is met by several of these. */
export const SIMULATION: Claim = { seeds: 200 };
