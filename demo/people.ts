import type { Person } from '../emulator/host/signIn.ts';

/** Test identities: they can sign in to the app on this machine, and nowhere else. What they may do says the estate. */
export type Somebody = Person & { readonly displayName: string };

const somebody = (digit: number, first: string, last: string): Somebody => ({
  objectId: `00000000-0000-0000-0000-0000000000a${digit}`,
  signInName: `${first.toLowerCase()}@example.com`,
  displayName: `${first} ${last}`,
});

/** Trains models, and has the role ModelRisk like Ben. */
export const ANN = somebody(1, 'Ann', 'Ames');
export const BEN = somebody(2, 'Ben', 'Baker');
/** Has no role, but can use the portal. */
export const CID = somebody(3, 'Cid', 'Cole');

export const SIGN_IN = { tenant: '00000000-0000-0000-0000-00000000000a', people: [ANN, BEN, CID] };
/** Client id of the app registration that people sign in to. */
export const CLIENT_ID = '00000000-0000-0000-0000-0000000000c1';
