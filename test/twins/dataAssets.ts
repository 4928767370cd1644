import { Refused } from '../../src/lib/core/errors.ts';
import { MOST_COLLECTED, type CollectedWindow } from '../../src/lib/core/training/state.ts';
import type { CollectedVersion, DataAssets } from '../../src/lib/ports/training.ts';

export interface TwinVersion {
  readonly version: string;
  readonly createdAt: string;
  /** Of one that we made: the window, and the files that it holds. */
  readonly made?: CollectedVersion & { readonly endpoint: string; readonly files: readonly string[] };
}

export interface TwinFile {
  readonly path: string;
  readonly collection: string;
  readonly bytes: number;
  /** ISO time at which its hour is over. */
  readonly until: string;
}

export interface DataAssetsTwin extends DataAssets {
  /** `<workspace>|<data>` -> versions in any order. */
  readonly all: Map<string, TwinVersion[]>;
  /** `<workspace>|<endpoint>` -> what its data collector wrote. */
  readonly files: Map<string, TwinFile[]>;
}

/** Registered data in memory, and what endpoints were asked. */
export function dataAssetsTwin(now: () => Date = () => new Date()): DataAssetsTwin {
  const all: DataAssetsTwin['all'] = new Map();
  const files: DataAssetsTwin['files'] = new Map();
  const versionsOf = (workspace: string, data: string) => all.get(`${workspace}|${data}`) ?? [];
  const filesIn = (workspace: string, endpoint: string, { collections, from, to }: CollectedWindow) =>
    (files.get(`${workspace}|${endpoint}`) ?? [])
      .filter(({ collection, until }) => collections.includes(collection) && until > from && until <= to)
      .slice(0, MOST_COLLECTED.files + 1);
  return {
    all,
    files,
    async newest(workspace, data) {
      const [found] = versionsOf(workspace, data).toSorted((a, b) => Date.parse(b.createdAt) - Date.parse(a.createdAt));
      return found && { version: found.version, createdAt: found.createdAt };
    },
    async collected(workspace, endpoint, window) {
      const known = versionsOf(workspace, window.data);
      const reached = known.flatMap(({ made }) => (made?.endpoint === endpoint ? made.to : [])).toSorted().at(-1);
      const found = filesIn(workspace, endpoint, window);
      return {
        files: found.length,
        bytes: found.reduce((sum, { bytes }) => sum + bytes, 0),
        newFiles: found.filter(({ until }) => reached === undefined || until > reached).length,
        nextVersion: String(Math.max(0, ...known.map(({ version }) => Number(version)).filter(Number.isInteger)) + 1),
      };
    },
    has: async (workspace, { data, version, stewardId }) =>
      versionsOf(workspace, data).some((known) => known.version === version && known.made?.stewardId === stewardId),
    async collect(workspace, endpoint, wanted) {
      const { data, version, stewardId } = wanted;
      const known = versionsOf(workspace, data);
      const taken = known.find((each) => each.version === version);
      if (taken?.made?.stewardId === stewardId) return;
      if (taken) throw new Refused('foreign', 'twin', `${data}:${version} is not ours`);
      const paths = filesIn(workspace, endpoint, wanted).map(({ path }) => path);
      if (paths.length === 0 || paths.length > MOST_COLLECTED.files) throw new Refused('invalid', 'twin', `${paths.length} files`);
      all.set(`${workspace}|${data}`, [...known, { version, createdAt: now().toISOString(), made: { ...wanted, endpoint, files: paths } }]);
    },
  };
} // prettier-ignore
