import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { DataAssets } from '../../../src/lib/ports.ts';

export interface DataAssetsRig {
  readonly assets: DataAssets;
  readonly workspace: string;
  add(data: string, version: string, at: Date): void;
  close(): Promise<void>;
}

const at = (minute: number) => new Date(Date.UTC(2026, 10, 22, 9, minute));

export function dataAssetsContract(name: string, open: () => Promise<DataAssetsRig>): void {
  describe(`DataAssets: ${name}`, () => {
    let rig: DataAssetsRig;
    beforeAll(async () => {
      rig = await open();
      rig.add('letters', '10', at(2));
      rig.add('letters', '9', at(3));
      rig.add('letters', '8', at(1));
    });
    afterAll(() => rig.close());

    test('the newest version is the one made last, whatever its number', async () => {
      expect(await rig.assets.newest(rig.workspace, 'letters')).toEqual({
        version: '9',
        createdAt: '2026-11-22T09:03:00.000Z',
      });
    });

    test('unknown data has none', async () => {
      expect(await rig.assets.newest(rig.workspace, 'nothing')).toBeUndefined();
    });
  });
}
