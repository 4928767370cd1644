/** The world that only batch endpoints need, in domain words. Types only; what throws is said in `ports.ts`. */
import type { Needs, TestOutputFact } from '../core/step.ts';
import type { WorkspaceId } from '../ports.ts';

export interface TestJob {
  readonly deployment: string;
  /** A place of its own for the output of each attempt: a job fails where one before has left something. */
  readonly attempt: number;
  /** A data asset, the newest version of which is pinned, or `azureml:NAME:VERSION`. */
  readonly input: string;
  /** What the deployment calls that input. */
  readonly as: string;
  readonly output: string;
  /** Written as a tag on the job. */
  readonly testId: string;
}

/** Jobs of a batch deployment, whatever the endpoint's default is. */
export interface BatchRuns {
  /**
   * Starts one job and answers its name, the data that it got and where it was told to write, if it was. The service chooses the name, so twice may be two: a job
   * that carries `testId` is looked for first, which leaves one job more for each answer that got lost before its job was
   * to be seen (or where the service drops the tag). `Refused('notFound')` without such data.
   */
  start(
    workspace: WorkspaceId,
    endpoint: string,
    test: TestJob,
  ): Promise<{ readonly job: string; readonly data: string; readonly place?: string }>;
  /** What a completed job left, and where asked how many rows its input has; streams files, bounded memory. Reads only. */
  output(workspace: WorkspaceId, wanted: NonNullable<Needs['testOutput']>): Promise<TestOutputFact>;
}
