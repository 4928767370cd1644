/** A registered asset that something refers to; without `version` it is whatever is newest. */
export interface AssetReference {
  readonly name: string;
  readonly version?: string;
}

type Kind = 'data' | 'environments' | 'models' | 'components';

const workspaceAsset =
  /^(?:azureml:)?\/{1,2}(?:subscriptions\/[^/]+\/resourceGroups\/[^/]+|locations\/[^/]+)\/(?:providers\/Microsoft\.MachineLearningServices\/)?workspaces\/[^/]+\/([a-z]+)\/([^/]+)(?:\/(?:versions\/([^/]+)|labels\/[^/]+))?$/i; // prettier-ignore

/** `azureml:name:version`, `azureml:name@latest`, `azureml:name` or an id; undefined for a path, another kind or a registry's asset. */
export function assetReference(kind: Kind, uri: string): AssetReference | undefined {
  const short = /^azureml:([^/:@]+)(?::([^/:@]+)|@[^/:@]+)?$/i.exec(uri);
  if (short) return named(short[1], short[2]);
  const [, found, name, version] = workspaceAsset.exec(uri) ?? [];
  return found?.toLowerCase() === kind ? named(name, version) : undefined;
}

/** Shared across workspaces, and always at one version: nothing of it is ours to pin. */
export function isRegistryAsset(uri: string): boolean {
  return /^azureml:\/\/registries\//i.test(uri);
}

function named(name: string | undefined, version: string | undefined): AssetReference | undefined {
  return name === undefined ? undefined : { name, ...(version !== undefined && { version }) };
}
