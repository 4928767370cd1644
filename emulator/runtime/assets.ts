import type { Resource, Workspace } from '../world.ts';

/** What a job or deployment names does not exist or cannot be read; the message goes to its log. */
export class UnknownReference extends Error {
  override name = 'UnknownReference';
}

export type AssetKind = 'data' | 'models' | 'environments' | 'codes' | 'components';

const armId = /\/workspaces\/([^/]+)\/(data|models|environments|codes|components)\/([^/]+)\/versions\/([^/]+)$/i;

/** The asset version behind `azureml:name:version`, `azureml:name@latest`, or an ARM id with or without `azureml:`. */
export function assetVersion(workspace: Workspace, kind: AssetKind, reference: string): Resource {
  const wanted = parse(workspace, kind, reference);
  const versions = workspace[kind].get(wanted.name)?.versions;
  const found = wanted.version === 'latest' ? newest(versions) : versions?.get(wanted.version);
  if (found === undefined) throw new UnknownReference(`${kind} ${wanted.name}:${wanted.version} does not exist`);
  return found;
}

/** Whether the text names an asset version rather than a place. */
export function isAssetReference(text: string): boolean {
  return /^azureml:(?!\/\/)/i.test(text) || armId.test(text);
}

function parse(workspace: Workspace, kind: AssetKind, reference: string): { name: string; version: string } {
  const text = reference.replace(/^azureml:(?!\/\/)/i, '');
  const [, workspaceName, idKind, idName, idVersion] = armId.exec(text) ?? [];
  if (idName !== undefined && idVersion !== undefined) {
    if (workspaceName?.toLowerCase() !== workspace.name.toLowerCase() || idKind?.toLowerCase() !== kind) {
      throw new UnknownReference(`${reference} is not one of the ${kind} of workspace ${workspace.name}`);
    }
    return { name: idName, version: idVersion };
  }
  const [, name, version] = /^([^:@/]+)(?::([^:@/]+)|@latest)$/.exec(text) ?? [];
  if (name === undefined) throw new UnknownReference(`${reference} is not a reference to one of the ${kind}`);
  return { name, version: version ?? 'latest' };
}

function newest(versions: ReadonlyMap<string, Resource> | undefined): Resource | undefined {
  return [...(versions?.values() ?? [])].toSorted((a, b) => a.createdAt.getTime() - b.createdAt.getTime()).at(-1);
}
