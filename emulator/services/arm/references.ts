import { assetVersion, isAssetReference, UnknownReference, type AssetKind } from '../../runtime/assets.ts';
import type { Resource, Workspace } from '../../world.ts';
import type { ErrorDetail } from './errors.ts';

/** The registered version that a body names, or undefined with a fault noted; places are left alone. */
export function namedAsset(
  workspace: Workspace,
  kind: AssetKind,
  reference: string | undefined,
  target: string,
  faults: ErrorDetail[],
): Resource | undefined {
  if (reference === undefined) return undefined;
  if (!isAssetReference(reference) && !isNamePair(kind, reference)) return undefined;
  try {
    return assetVersion(workspace, kind, reference);
  } catch (error) {
    if (!(error instanceof UnknownReference)) throw error;
    faults.push({ code: 'NotFound', target, message: error.message });
    return undefined;
  }
}

/** Environments, code and a deployment's model are always registered; only data and job inputs may be places. */
function isNamePair(kind: AssetKind, reference: string): boolean {
  return kind !== 'data' && !/^(azureml|https?|wasbs?|abfss?|runs):\/?\//i.test(reference);
}
