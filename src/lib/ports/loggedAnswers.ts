/** The world that only shadows need, in domain words. Types only; what throws is said in `ports.ts`. */
import type { Answers } from '../core/shadow/answers.ts';
import type { Needs } from '../core/step.ts';
import type { WorkspaceId } from '../ports.ts';

/** What the data collectors of an endpoint's deployments keep. */
export interface LoggedAnswers {
  /** Both deployments' answers to equal inputs in [from, to). Reads only; bounded in time and memory, and says where that cut it short. */
  compare(workspace: WorkspaceId, endpoint: string, wanted: NonNullable<Needs['answers']>): Promise<Answers>;
}
