import type { Phase, Release } from '../release/state.ts';
import type { EnvironmentPolicy } from '../policy/policy.ts';
import { ofKind } from '../policy/serves.ts';
import { awaitApproval } from '../release/approve.ts';
import { deploy } from '../release/deploy.ts';
import { evaluate } from '../release/evaluate.ts';
import { awaitDecision, gate } from '../release/gate.ts';
import { updateBack, updateInPlace } from '../release/inPlace.ts';
import { register } from '../release/register.ts';
import { rollBack } from '../release/rollback.ts';
import { shadow } from '../release/shadow.ts';
import { shift } from '../release/shift.ts';
import { smoke } from '../release/smoke.ts';
import { watch } from '../release/watch.ts';
import { switchDefault } from '../release/switchDefault.ts';
import { testRun } from '../release/testRun.ts';
import { watchDefault } from '../release/watchDefault.ts';
import type { Stage } from '../step.ts';

/** The way of a release, in order. A new phase is one new file and one line here. */
const STAGES: Readonly<Record<Phase, Stage>> = {
  registered: register,
  evaluating: evaluate,
  gating: gate,
  awaitingDecision: awaitDecision,
  awaitingApproval: awaitApproval,
  deploying: deploy,
  smokeTesting: byKind({ online: smoke, batch: testRun }),
  shadowing: shadow,
  shifting: byKind({ online: shift, batch: switchDefault }),
  watching: byKind({ online: watch, batch: watchDefault }),
  rollingBack: rollBack,
};

/** The same way where the champion's own deployment is updated, as far as it differs. */
const IN_PLACE: Readonly<Partial<Record<Phase, Stage>>> = { deploying: updateInPlace, rollingBack: updateBack };

export function stageOf({ phase, inPlace }: Release): Stage {
  return (inPlace && IN_PLACE[phase]) || STAGES[phase];
}

/** A batch endpoint has a default deployment where an online one has shares of traffic and metrics of it. */
function byKind(stages: Readonly<Record<EnvironmentPolicy['serves'], Stage>>): Stage {
  return {
    needs: (lifecycle, release, policy, now) => ofKind(policy, stages).needs(lifecycle, release, policy, now),
    decide: (input) => ofKind(input.policy, stages).decide(input),
  };
}
