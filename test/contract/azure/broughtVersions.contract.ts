import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Artifacts, Models } from '../../../src/lib/ports.ts';
import { outcome } from './outcome.ts';

export interface BroughtRig {
  readonly models: Models;
  readonly artifacts: Artifacts;
  /** Where versions come from, and where they are brought to. */
  readonly source: string;
  readonly target: string;
  register(workspace: string, model: string, version: string, given?: { tags?: Record<string, string> }): Promise<void>;
  /** Writes a file of a version of the source. */
  write(model: string, version: string, file: string, content: string): Promise<void>;
  close(): Promise<void>;
}

export function broughtVersionsContract(name: string, open: () => Promise<BroughtRig>): void {
  describe(`Models that are brought: ${name}`, () => {
    let rig: BroughtRig;
    beforeAll(async () => {
      rig = await open();
      await rig.register(rig.source, 'spam', '12', { tags: { commit: '9c1e2b7', stewardId: 'theirs' } });
      await rig.register(rig.source, 'spam', '13');
      await rig.register(rig.target, 'spam', '4');
    });
    afterAll(() => rig.close());
    const brought = (version: string, as: string, more = {}) => ({
      from: 'dev',
      workspace: rig.source,
      version,
      as,
      stewardId: `ours-${version}`,
      ...more,
    });
    const bring = (version: string, as: string, more = {}) =>
      outcome(rig.models.bring(rig.target, 'spam', brought(version, as, more)));

    test('the next number is one more than the highest, the first of an unknown model 1', async () => {
      expect(await rig.models.next(rig.target, 'spam')).toBe('5');
      expect(await rig.models.next(rig.target, 'ham')).toBe('1');
    });

    test('one is there afterwards, with its tags and where it came from, and not with the mark of where it was', async () => {
      expect(await bring('12', '12')).toBe('done');
      expect(await rig.models.version(rig.target, 'spam', '12')).toMatchObject({
        archived: false,
        tags: { commit: '9c1e2b7', 'steward.from': 'dev:12', stewardId: 'ours-12' },
      });
      expect(await rig.models.next(rig.target, 'spam')).toBe('13');
    });

    test('twice is once', async () => {
      const before = await rig.models.version(rig.target, 'spam', '12');
      expect(await bring('12', '12')).toBe('done');
      expect(await rig.models.version(rig.target, 'spam', '12')).toEqual(before);
    });

    test('under a number that somebody else has is refused', async () => {
      expect(await bring('12', '4')).toBe('Refused(foreign)');
      expect(await bring('13', '12')).toBe('Refused(foreign)');
    });

    test('one that is gone is refused', async () => {
      expect(await bring('99', '99')).toBe('Refused(gone)');
    });

    test('one that is as it was judged goes; one that was changed since is refused, and nothing is registered', async () => {
      const { digest } = await rig.artifacts.identity(rig.source, 'spam', '13');
      expect(await bring('13', '13', { artifact: digest })).toBe('done');
      await rig.write('spam', '13', 'model.json', '{"other": true}');
      expect(await bring('13', '14', { artifact: digest })).toBe('Refused(stale)');
      expect(await rig.models.version(rig.target, 'spam', '14')).toBe('absent');
    });
  });
}
