import type { DataAssets } from '../../src/lib/ports.ts';

export interface DataAssetsTwin extends DataAssets {
  /** `<workspace>|<data>` -> versions in any order. */
  readonly all: Map<string, { readonly version: string; readonly createdAt: string }[]>;
}

/** Registered data in memory. */
export function dataAssetsTwin(): DataAssetsTwin {
  const all: DataAssetsTwin['all'] = new Map();
  return {
    all,
    async newest(workspace, data) {
      return all.get(`${workspace}|${data}`)?.toSorted((a, b) => Date.parse(b.createdAt) - Date.parse(a.createdAt))[0];
    },
  };
}
