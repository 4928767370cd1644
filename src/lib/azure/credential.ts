import type { TokenCredential } from '@azure/identity';

/**
 * The app's own identity. In Azure, and on the local stack, the environment says where its tokens come from
 * (`IDENTITY_ENDPOINT`, `IDENTITY_HEADER`); `clientId` picks one of several user-assigned identities.
 * The library is loaded with the first token.
 */
export function appCredential(clientId?: string): TokenCredential {
  let credential: Promise<TokenCredential> | undefined;
  const open = async (): Promise<TokenCredential> => {
    const { ManagedIdentityCredential } = await import('@azure/identity');
    return clientId === undefined ? new ManagedIdentityCredential() : new ManagedIdentityCredential({ clientId });
  };
  return {
    async getToken(scopes, options) {
      credential ??= open();
      return (await credential).getToken(scopes, options);
    },
  };
}
