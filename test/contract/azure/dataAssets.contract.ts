import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { CollectedVersion, DataAssets } from '../../../src/lib/ports/training.ts';
import { outcome } from './outcome.ts';

export interface DataAssetsRig {
  readonly assets: DataAssets;
  readonly workspace: string;
  add(data: string, version: string, at: Date): void;
  /** The collector wrote this file of an endpoint; of several with one name, more of it. */
  asked(endpoint: string, file: AskedFile): Promise<void>;
  /** Paths of the files that a version holds, below its own folder. */
  held(data: string, version: string): Promise<readonly string[]>;
  close(): Promise<void>;
}

export interface AskedFile {
  readonly deployment: string;
  readonly collection: string;
  /** `2026/11/22/09` */
  readonly hour: string;
  readonly name: string;
  readonly content: string;
}

const at = (minute: number) => new Date(Date.UTC(2026, 10, 22, 9, minute));

/** Day and hour of November 2026: `21T09`. */
const window = (from: string, to: string, collections = ['model_inputs']) =>
  ({ data: 'asked', collections, from: `2026-11-${from}:00:00.000Z`, to: `2026-11-${to}:00:00.000Z` }) as const;
const version = (number: string, stewardId: string, from = '21T09', to = '22T10'): CollectedVersion => ({
  ...window(from, to),
  version: number,
  stewardId,
});

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

  describe(`DataAssets, what was collected: ${name}`, () => {
    let rig: DataAssetsRig;
    const look = (...given: Parameters<typeof window>) => rig.assets.collected(rig.workspace, 'spam', window(...given));
    const files = [
      ['blue', 'model_inputs', '2026/11/21/08', 'a.jsonl'], ['blue', 'model_inputs', '2026/11/21/09', 'a.jsonl'],
      ['green', 'model_inputs', '2026/11/22/09', 'b.jsonl'], ['green', 'model_inputs', '2026/11/22/10', 'b.jsonl'],
      ['green', 'model_outputs', '2026/11/22/09', 'b.jsonl'],
    ] as const;
    beforeAll(async () => {
      rig = await open();
      rig.add('asked', '1', at(0));
      for (const [deployment, collection, hour, file] of files)
        await rig.asked('spam', { deployment, collection, hour, name: file, content: '{"n": 1}\n' });
      await rig.asked('spam-2', { deployment: 'blue', collection: 'model_inputs', hour: '2026/11/22/09', name: 'c', content: 'x' });
    });
    afterAll(() => rig.close());

    test('is counted for complete hours of all deployments, and all of it is new at first', async () => {
      expect(await look('21T09', '22T10')).toEqual({ files: 2, bytes: 18, newFiles: 2, nextVersion: '2' });
      expect(await look('21T08', '22T11')).toMatchObject({ files: 4 });
      expect(await look('21T09', '22T10', ['model_inputs', 'model_outputs'])).toMatchObject({ files: 3 });
    });

    test('of an endpoint that was never asked is nothing', async () => {
      expect(await rig.assets.collected(rig.workspace, 'silent', window('21T09', '22T10'))).toMatchObject({ files: 0, bytes: 0, newFiles: 0 });
    });

    test('becomes a version that holds the window, and grows no more', async () => {
      expect(await rig.assets.has(rig.workspace, { data: 'asked', version: '2', stewardId: 'ours' })).toBe(false);
      await rig.assets.collect(rig.workspace, 'spam', version('2', 'ours'));
      expect(await rig.assets.has(rig.workspace, { data: 'asked', version: '2', stewardId: 'ours' })).toBe(true);
      expect(await rig.assets.newest(rig.workspace, 'asked')).toMatchObject({ version: '2' });
      const whole = ['blue/model_inputs/2026/11/21/09/a.jsonl', 'green/model_inputs/2026/11/22/09/b.jsonl'];
      expect(await rig.held('asked', '2')).toEqual(whole);
      await rig.asked('spam', { deployment: 'green', collection: 'model_inputs', hour: '2026/11/22/09', name: 'late.jsonl', content: 'x' });
      await rig.assets.collect(rig.workspace, 'spam', version('2', 'ours'));
      expect(await rig.held('asked', '2')).toEqual(whole);
    });

    test('is new where it is later than the newest version of this endpoint', async () => {
      expect(await look('21T09', '22T10')).toMatchObject({ files: 3, newFiles: 0, nextVersion: '3' });
      expect(await look('21T10', '22T11')).toMatchObject({ files: 3, newFiles: 1, nextVersion: '3' });
      expect(await rig.assets.collected(rig.workspace, 'spam-2', window('21T09', '22T10'))).toMatchObject({ files: 1, newFiles: 1 });
      rig.add('asked', '3', new Date());
      expect(await look('21T10', '22T11')).toMatchObject({ newFiles: 1, nextVersion: '4' });
    });

    test('takes nobody’s version, and makes none of nothing', async () => {
      expect(await outcome(rig.assets.collect(rig.workspace, 'spam', version('3', 'ours')))).toBe('Refused(foreign)');
      expect(await outcome(rig.assets.collect(rig.workspace, 'spam', version('2', 'other')))).toBe('Refused(foreign)');
      expect(await outcome(rig.assets.collect(rig.workspace, 'silent', version('9', 'ours')))).toBe('Refused(invalid)');
      expect(await rig.assets.has(rig.workspace, { data: 'asked', version: '3', stewardId: 'ours' })).toBe(false);
      expect(await rig.assets.has(rig.workspace, { data: 'asked', version: '9', stewardId: 'ours' })).toBe(false);
    });
  });
} // prettier-ignore
