/** What only trainings need of the world, in domain words. The promises of `ports.ts` hold here, too. */
import type {
  CollectedFact,
  MonitorFact,
  TrainingJobFact,
  TrainingNeeds,
  TrainingPlanFact,
  TrainingResultFact,
} from '../core/step.ts';
import type { CollectedWindow, Pin } from '../core/training/state.ts';
import type { WorkspaceId } from '../ports.ts';

/** What is needed to train again; each name and version was saved before, so that a repeat asks for the same. */
export interface TrainingJob {
  readonly job: string;
  /** As the plan said: a job's name or a component version's ARM id. */
  readonly source: string;
  readonly from: NonNullable<TrainingNeeds['plan']>['from'];
  readonly pins: readonly Pin[];
  readonly model: string;
  /** Written as tags, with `stewardId`. */
  readonly tags: Readonly<Record<string, string>>;
  readonly stewardId: string;
}

export interface ModelVersion {
  readonly version: string;
  readonly uri: string;
  readonly type: string;
  readonly job: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly stewardId: string;
}

export interface Trainings {
  /** What a training of this model would be made from now. Reads only. */
  plan(workspace: WorkspaceId, model: string, wanted: NonNullable<TrainingNeeds['plan']>): Promise<TrainingPlanFact>;
  /** GET before PUT under a name that is ours: twice is once. `Refused('foreign')` when the name is somebody else's. */
  submit(workspace: WorkspaceId, job: TrainingJob): Promise<void>;
  job(workspace: WorkspaceId, name: string): Promise<TrainingJobFact | 'absent'>;
  /** The newest completed jobs that the team started, tagged `steward.template` so and made after `since`; oldest first. Reads only. */
  completed(workspace: WorkspaceId, template: string, wanted: { readonly since: Date; readonly most: number }): Promise<readonly string[]>;
  /** Looks for a version of the model that came from the job, or for an output that could become one. Reads only. */
  result(workspace: WorkspaceId, model: string, wanted: NonNullable<TrainingNeeds['result']>): Promise<TrainingResultFact>;
  /** Registers an output under a version that the result named; there already with our `stewardId`: left alone. `Refused('foreign')` when somebody else took the version. */
  register(workspace: WorkspaceId, model: string, version: ModelVersion): Promise<void>;
} // prettier-ignore

/** Model monitors of a workspace: schedules that compare what an endpoint serves with what its model learned from. */
export interface Monitors {
  monitor(
    workspace: WorkspaceId,
    endpoint: string,
    wanted: NonNullable<TrainingNeeds['monitor']>,
  ): Promise<MonitorFact>;
  /** The endpoints that monitors of the workspace name as their target, in lower case: one question for all its models. */
  watched(workspace: WorkspaceId): Promise<readonly string[]>;
}

/** Data assets of a workspace. */
export interface DataAssets {
  /** The newest version with the time it was made. Reads only. */
  newest(
    workspace: WorkspaceId,
    data: string,
  ): Promise<{ readonly version: string; readonly createdAt: string } | undefined>;
  /** What a version of what the endpoint was asked would hold now. Reads only. */
  collected(workspace: WorkspaceId, endpoint: string, window: CollectedWindow): Promise<CollectedFact>;
  /** Is this version there with our `stewardId`? Reads only. */
  has(workspace: WorkspaceId, wanted: NonNullable<TrainingNeeds['collectedVersion']>): Promise<boolean>;
  /**
   * Copies the files of the window, then registers the copies as this version. There already with our `stewardId`: left
   * alone; copies that a broken-off call made stay. `Unavailable` while copies are still under way, `Refused('foreign')`
   * when somebody else took the version.
   */
  collect(workspace: WorkspaceId, endpoint: string, version: CollectedVersion): Promise<void>;
}

export interface CollectedVersion extends CollectedWindow {
  readonly version: string;
  readonly stewardId: string;
}
