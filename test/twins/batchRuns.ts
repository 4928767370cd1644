import { Refused } from '../../src/lib/core/errors.ts';
import type { TestOutputFact } from '../../src/lib/core/step.ts';
import type { BatchRuns, TestJob } from '../../src/lib/ports/batch.ts';
import type { JobsTwin } from './jobs.ts';

export interface BatchRunsTwin extends BatchRuns {
  /** Jobs that were started, by name. */
  readonly started: Map<string, TestJob>;
  /** What jobs leave, whoever runs; a test says otherwise. */
  leaves: TestOutputFact;
}

/** Test jobs in memory: they are among the jobs of the workspace, and run until somebody sets their state. */
export function batchRunsTwin(jobs: Pick<JobsTwin, 'all' | 'data'>): BatchRunsTwin {
  const started = new Map<string, TestJob>();
  const twin: BatchRunsTwin = {
    started,
    leaves: { files: 1, rows: 100, inputRows: 100 },
    async start(workspace, _endpoint, test) {
      const version = jobs.data.get(`${workspace}|${test.input}`)?.at(-1);
      if (version === undefined) throw new Refused('notFound', 'twin', `no data ${test.input}`);
      const data = `${test.input}:${version}`;
      const [before] = [...started].find(([, { testId }]) => testId === test.testId) ?? [];
      const job = before ?? `batch-${started.size + 1}`;
      if (before === undefined) {
        started.set(job, test);
        jobs.all.set(`${workspace}|${job}`, { state: 'running', at: new Date(), tags: {}, inputs: [test.as] });
      }
      return { job, data };
    },
    async output(_workspace, { rows, data }) {
      const { rows: counted, inputRows, ...found } = twin.leaves;
      return {
        ...found,
        ...(rows && counted !== undefined && { rows: counted }),
        ...(data !== undefined && inputRows !== undefined && { inputRows }),
      };
    },
  };
  return twin;
}
