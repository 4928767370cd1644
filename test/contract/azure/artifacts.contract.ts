import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Artifacts } from '../../../src/lib/ports.ts';
import { outcome } from './outcome.ts';

export interface ArtifactsRig {
  readonly artifacts: Artifacts;
  readonly workspace: string;
  /** A version with these files, by name. */
  register(model: string, version: string, files: Record<string, string>): Promise<void>;
  /** A version whose files nobody may list. */
  hide(model: string, version: string): Promise<void>;
  write(model: string, version: string, file: string, content: string): Promise<void>;
  remove(model: string, version: string, file: string): Promise<void>;
  close(): Promise<void>;
}

export function artifactsContract(name: string, open: () => Promise<ArtifactsRig>): void {
  describe(`Artifacts: ${name}`, () => {
    let rig: ArtifactsRig;
    beforeAll(async () => {
      rig = await open();
      await rig.register('spam', '1', { 'model.json': '{}', 'code/score.js': 'run' });
      await rig.register('spam', '11', { 'model.json': '{}', 'code/score.js': 'run' });
      await rig.hide('spam', '2');
    });
    afterAll(() => rig.close());
    const identity = (version: string) => rig.artifacts.identity(rig.workspace, 'spam', version);

    test('is the same as long as nothing changes', async () => {
      const first = await identity('1');
      expect(first).toEqual({ digest: expect.stringMatching(/^[0-9a-f]{64}$/), files: 2, verifiable: true });
      expect(await identity('1')).toEqual(first);
    });

    test('is of this version alone, also where the files are alike', async () => {
      const before = await identity('1');
      expect((await identity('11')).digest).not.toBe(before.digest);
      await rig.write('spam', '11', 'model.json', '{"other": true}');
      expect(await identity('1')).toEqual(before);
    });

    test.each([
      ['written', () => rig.write('spam', '1', 'code/score.js', 'nur')],
      ['added', () => rig.write('spam', '1', 'more.txt', '')],
      ['removed', () => rig.remove('spam', '1', 'more.txt')],
    ])('is another when a file is %s', async (_, change) => {
      const before = await identity('1');
      await change();
      const after = await identity('1');
      expect(after.verifiable).toBe(true);
      expect(after.digest).not.toBe(before.digest);
    });

    test('that nobody may look at cannot be verified, and says why', async () => {
      const hidden = await identity('2');
      expect(hidden).toMatchObject({ files: 0, verifiable: false, why: expect.stringMatching(/[^.]$/) });
      expect(await identity('2')).toEqual(hidden);
    });

    test('of a version that does not exist is refused', async () => {
      expect(await outcome(identity('99'))).toBe('Refused(notFound)');
    });
  });
}
