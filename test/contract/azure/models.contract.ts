import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Models } from '../../../src/lib/ports.ts';

export interface ModelsRig {
  readonly models: Models;
  readonly workspace: string;
  register(
    model: string,
    version: string,
    given: { tags?: Record<string, string>; jobName?: string; registeredBy?: string; at: Date },
  ): void;
  close(): Promise<void>;
}

const at = (minute: number) => new Date(Date.UTC(2026, 10, 22, 9, minute));

export function modelsContract(name: string, open: () => Promise<ModelsRig>): void {
  describe(`Models: ${name}`, () => {
    let rig: ModelsRig;
    beforeAll(async () => {
      rig = await open();
      rig.register('spam', '9', { tags: { commit: '9c1e2b7' }, jobName: 'train-9', at: at(1) });
      rig.register('spam', '10', { registeredBy: 'Ada Lovelace', at: at(2) });
    });
    afterAll(() => rig.close());

    test('a version is told with its id, tags and job', async () => {
      expect(await rig.models.version(rig.workspace, 'spam', '9')).toEqual({
        version: '9',
        id: `${rig.workspace}/models/spam/versions/9`,
        archived: false,
        jobName: 'train-9',
        tags: { commit: '9c1e2b7' },
      });
    });

    test('a version without job and tags has none', async () => {
      const found = await rig.models.version(rig.workspace, 'spam', '10');
      expect(found).toMatchObject({ version: '10', tags: {} });
      expect(found).not.toHaveProperty('jobName');
    });

    test('a version that a person registered says who, as Azure calls him; of an application nothing is told', async () => {
      expect(await rig.models.version(rig.workspace, 'spam', '10')).toMatchObject({ registeredBy: 'Ada Lovelace' });
      expect(await rig.models.version(rig.workspace, 'spam', '9')).not.toHaveProperty('registeredBy');
    });

    test('an unknown version, and one of an unknown model, is absent', async () => {
      expect(await rig.models.version(rig.workspace, 'spam', '11')).toBe('absent');
      expect(await rig.models.version(rig.workspace, 'ham', '1')).toBe('absent');
    });

    test('the newest is the one registered last, not the one that sorts last', async () => {
      expect(await rig.models.newest(rig.workspace, 'spam')).toEqual({
        version: '10',
        registeredAt: '2026-11-22T09:02:00.000Z',
      });
    });

    test('an unknown model has no newest version', async () => {
      expect(await rig.models.newest(rig.workspace, 'ham')).toBeUndefined();
    });
  });
}
