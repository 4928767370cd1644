import type { TokenCredential } from '@azure/identity';

export interface IdentityOptions {
  /** Picks one of several user-assigned identities. */
  readonly clientId?: string | undefined;
  /** The environment says where tokens of the app's own identity come from (`IDENTITY_ENDPOINT`). */
  readonly managed: boolean;
}

/**
 * Who asks. In Azure, and on the local stack, the app's own managed identity; a person or a pipeline at the command line
 * is who they are signed in as. The library is loaded with the first token.
 */
export function appCredential({ clientId, managed }: IdentityOptions): TokenCredential {
  let credential: Promise<TokenCredential> | undefined;
  const open = async (): Promise<TokenCredential> => {
    const { DefaultAzureCredential, ManagedIdentityCredential } = await import('@azure/identity');
    if (!managed) return new DefaultAzureCredential();
    return clientId === undefined ? new ManagedIdentityCredential() : new ManagedIdentityCredential({ clientId });
  };
  return {
    async getToken(scopes, options) {
      credential ??= open();
      return (await credential).getToken(scopes, options);
    },
  };
}
