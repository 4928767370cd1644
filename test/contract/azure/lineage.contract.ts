import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { JobTold } from '../../../src/lib/core/gate/lineage.ts';
import type { Models } from '../../../src/lib/ports.ts';
import { outcome } from './outcome.ts';

export interface LineageRig {
  readonly models: Models;
  readonly workspace: string;
  register(model: string, version: string, given: { tags?: Record<string, string>; jobName?: string }): void;
  /** A completed job that was given this, and says this of its code. */
  trained(job: string, told: JobTold): void;
  /** Files with content at an output of a job. */
  left(job: string, output: string, files: readonly string[]): Promise<void>;
  close(): Promise<void>;
}

const TOLD: JobTold = {
  commit: '9c1e2b7', tree: 'clean',
  data: [{ input: 'data', uri: 'azureml:mails:14', version: 'mails:14', validated: 'passed' }],
  environments: [{ version: 'node:1' }],
}; // prettier-ignore
const OF_JOB = ['gitCommit', 'cleanTree', 'dataVersions', 'dataValidation', 'pinnedEnvironment'];

export function lineageContract(name: string, open: () => Promise<LineageRig>): void {
  describe(`Models.lineage: ${name}`, () => {
    let rig: LineageRig;
    const lineage = (version: string, demands: readonly string[], evaluation?: string) =>
      rig.models.lineage(rig.workspace, 'lined', { version, demands, ...(evaluation !== undefined && { evaluation }) });
    beforeAll(async () => {
      rig = await open();
      rig.trained('train-7', TOLD);
      rig.register('lined', '7', { jobName: 'train-7', tags: { modelCard: 'yes' } });
      rig.register('lined', '8', { tags: { modelCard: '' } });
      rig.register('lined', '9', { jobName: 'gone' });
    });
    afterAll(() => rig.close());

    test('tells of the job that made a version', async () => {
      expect(await lineage('7', OF_JOB)).toEqual({ tags: { modelCard: 'yes' }, job: { name: 'train-7', told: TOLD } });
    });

    test('a version registered by hand has its tags alone', async () => {
      expect(await lineage('8', OF_JOB)).toEqual({ tags: { modelCard: '' } });
    });

    test('a job that is gone tells nothing', async () => {
      expect(await lineage('9', OF_JOB)).toEqual({ tags: {}, job: { name: 'gone' } });
    });

    test('a tag asks for no job', async () => {
      expect(await lineage('9', ['tag:modelCard'])).toEqual({ tags: {} });
    });

    test('a report is an output with content of either job', async () => {
      await rig.left('train-7', 'drift', ['report.html']);
      await rig.left('e7', 'fairness', ['a.json', 'b.json']);
      const { reports } = await lineage('7', ['report:drift', 'report:fairness', 'report:none'], 'e7');
      expect(reports).toEqual({
        drift: { job: 'train-7', files: 1 },
        fairness: { job: 'e7', files: 2 },
        none: { files: 0 },
      });
      expect((await lineage('7', ['report:fairness'])).reports).toEqual({ fairness: { files: 0 } });
    });

    test('an unknown version is refused', async () => {
      expect(await outcome(lineage('99', OF_JOB))).toBe('Refused(notFound)');
    });
  });
}
