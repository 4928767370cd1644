/** Faults put into what is decided. */
import { by, SIMULATION, type Mutant } from '../claims.ts';

export const CORE: readonly Mutant[] = [
  {
    name: 'swap the split', file: 'src/lib/core/release/traffic.ts',
    claimedBy: by('test/unit/core/release/shift.test.ts', 'asks for its split under a new generation'),
    find: '{ [fallback]: 100 - percent, [challenger]: percent }', replace: '{ [fallback]: percent, [challenger]: 100 - percent }',
  },
  {
    name: 'raise no generation with a new split', file: 'src/lib/core/release/traffic.ts',
    claimedBy: by('test/unit/core/release/shift.test.ts', 'asks for its split under a new generation'),
    find: 'const generation = lifecycle.generation + 1;', replace: 'const generation = lifecycle.generation;',
  },
  {
    name: "take a hand's change for our own late write", file: 'src/lib/core/release/traffic.ts',
    claimedBy: by('test/unit/core/release/shadow.test.ts', 'is held and told once, and the shadow waits'),
    find: 'if (written && sameRouting(live, written) && (stewardGeneration ?? 0) < traffic.generation) return', replace: 'if (written) return',
  },
  {
    name: 'take nothing for our own late write', file: 'src/lib/core/release/traffic.ts',
    claimedBy: by('test/unit/core/release/shadow.test.ts', 'a late write that puts the mirror on again is ours'),
    find: 'if (written && sameRouting(live, written) && (stewardGeneration ?? 0) < traffic.generation) return', replace: 'if (stewardGeneration === -1) return',
  },
  {
    name: 'judge minutes that have not settled', file: 'src/lib/core/canary/judge.ts',
    claimedBy: by('test/unit/core/canary/judge.test.ts', 'only when they ended 5 minutes ago'),
    find: 'const state = fold(input, input.policy.settleMs);', replace: 'const state = fold(input, 0);',
  },
  {
    name: 'fold minutes twice', file: 'src/lib/core/canary/fold.ts',
    claimedBy: by('test/unit/core/canary/judge.test.ts', 'once, however often they are looked at'),
    find: 'const from = input.state?.watermark === undefined ? start : Date.parse(input.state.watermark) + MINUTE_MS;', replace: 'const from = start;',
  },
  {
    name: 'let each step spend all of alpha', file: 'src/lib/core/canary/judge.ts',
    claimedBy: by('test/unit/core/canary/judge.test.ts', 'later where more stretches share them'),
    find: 'policy.maxFalseRollback / input.stretches;', replace: 'policy.maxFalseRollback;',
  },
  {
    name: 'let an undecided gate pass', file: 'src/lib/core/release/gate.ts',
    claimedBy: by('test/unit/core/release/gate.test.ts', 'anything else than a pass rejects'),
    find: "if (verdict === 'pass') return", replace: "if (verdict === 'pass' || (verdict as string) === 'inconclusive') return",
  },
  {
    name: 'let a failed gate pass', file: 'src/lib/core/release/gate.ts',
    claimedBy: SIMULATION,
    find: "if (verdict === 'pass') return", replace: "if (verdict === 'pass' || (verdict as string) === 'fail') return",
  },
  {
    name: 'go on with a deployment that is not ready', file: 'src/lib/core/release/take.ts',
    claimedBy: by('test/unit/core/release/shift.test.ts', 'is not taken to a challenger that is'),
    find: "deployment.name === name && deployment.state === 'ready'", replace: "deployment.name === name && deployment.state !== 'deleting'",
  },
  {
    name: 'end a rollback before traffic is back', file: 'src/lib/core/release/rollback.ts',
    claimedBy: by('test/unit/core/release/rollback.test.ts', 'under a new generation, whatever else is live'),
    find: 'if (!back || writeUnderWay(', replace: 'if (writeUnderWay(',
  },
  {
    name: 'take traffic back when there is time for it', file: 'src/lib/core/release/transitions.ts',
    claimedBy: SIMULATION,
    find: 'rules: [`turnBack.${why.cause}`], lookInMs: 0', replace: 'rules: [`turnBack.${why.cause}`], lookInMs: 400_000',
  },
  {
    name: 'delete what still serves', file: 'src/lib/core/release/retire.ts',
    claimedBy: by('test/unit/core/release/retire.test.ts', 'when it has traffic that nobody calls foreign'),
    find: 'if (wanted || reached)', replace: 'if (wanted && reached)',
  },
  {
    name: 'delete without the second look', file: 'src/lib/core/release/retire.ts',
    claimedBy: by('test/unit/core/release/retire.test.ts', 'deleting takes two passes, a minute apart'),
    find: 'if (!due.markedAt) {', replace: 'if (due.until === undefined) {',
  },
  {
    name: 'let an ended release come back', file: 'src/lib/core/decide/items.ts',
    claimedBy: by('test/unit/core/decide/items.test.ts', 'rejected before, told again'),
    find: "  if (lifecycle.ended.some((ended) => ended.version === version)) return refuse('was handled already');\n", replace: '',
  },
  {
    name: 'take an older version', file: 'src/lib/core/decide/items.ts',
    claimedBy: by('test/unit/core/decide/items.test.ts', 'older than the champion'),
    find: '  if (champion && compareVersions(version, champion.version) <= 0)\n', replace: '  if (champion && version === champion.version)\n',
  },
  {
    name: 'do several kinds of things in one pass', file: 'src/lib/core/decide.ts',
    claimedBy: by('test/unit/core/decide/traffic.test.ts', 'one kind goes, the other is asked for anew'),
    find: 'return first ? actions.filter((action) => action.do === first.do) : [];', replace: 'return first ? actions : [];',
  },
  {
    name: 'number jobs without counting', file: 'src/lib/core/release/evaluate.ts',
    claimedBy: by('test/unit/core/release/evaluate.test.ts', 'counted in the row before it is submitted'),
    find: 'counters: { ...lifecycle.counters, evaluation: number }', replace: 'counters: { ...lifecycle.counters }',
  },
  {
    name: 'tell the next environment only once', file: 'src/lib/core/handOver/send.ts',
    claimedBy: by('test/unit/core/handOver/send.test.ts', 'told again until they know'),
    find: '    { ...lifecycle, sending: { ...sending, to: left } },', replace: '    { ...lifecycle, sending: { ...sending, to: [] } },',
  },
  {
    name: 'bring a version twice at a time', file: 'src/lib/core/handOver/arrive.ts',
    claimedBy: by('test/unit/core/handOver/arrive.test.ts', 'brought again as long as it is not there'),
    find: 'if (bringingUntil !== undefined && bringingUntil > now.toISOString())', replace: 'if (bringingUntil !== undefined && bringingUntil === now.toISOString())',
  },
  {
    name: 'break the chain of the audit', file: 'src/lib/core/ledger.ts',
    claimedBy: SIMULATION,
    find: '    ...(previous ? { previous } : {}),\n', replace: '',
  },
  {
    name: 'forget an update in place that may still come', file: 'src/lib/core/release/inPlace.ts',
    claimedBy: by('test/unit/core/release/inPlace.test.ts', 'an update of ours may still come'),
    find: "mine.state === 'failed' || mayStillCome(release, mine)", replace: "mine.state === 'failed'",
  },
  {
    name: 'delete the champion that was updated in place', file: 'src/lib/core/release/crown.ts',
    claimedBy: by('test/unit/core/release/inPlace.test.ts', 'nothing is kept to be deleted'),
    find: 'release.inPlace ? undefined : release.fallback', replace: 'release.fallback',
  },
  {
    name: 'go back to a deployment that is gone', file: 'src/lib/core/release/rollback/wayBack.ts',
    claimedBy: by('test/unit/core/release/rollback.test.ts', 'deploys its version again like the one that serves'),
    find: 'if (!again) return found || isIncomplete(', replace: 'if (!again) return live || isIncomplete(',
  },
  {
    name: 'let an answer pass whose body is wrong', file: 'src/lib/core/smoke/answer.ts',
    claimedBy: by('test/unit/core/release/smoke.test.ts', 'whose body is not as expected fails at once'),
    find: 'if (faults.length > 0)', replace: 'if (faults.length > 9)',
  },
  {
    name: 'train twice at a time', file: 'src/lib/core/training/controls.ts',
    claimedBy: by('test/unit/core/training/job.test.ts', 'what asks for the next one waits for it'),
    find: '{ lifecycle: { training } }: Wish): No | undefined {\n  return training\n', replace: '{ lifecycle: { training } }: Wish): No | undefined {\n  return training?.number === -1\n',
  },
  {
    name: 'let one person approve for two', file: 'src/lib/core/approval.ts',
    claimedBy: SIMULATION,
    find: '.size >= count;', replace: '.size >= 1;',
  },
  {
    name: 'let whoever started it approve', file: 'src/lib/core/approval.ts',
    claimedBy: SIMULATION,
    find: '.slice(0, STARTERS_KEPT));', replace: '.slice(0, 0));',
  },
  {
    name: 'go on with what changed after people were shown it', file: 'src/lib/core/release/approve.ts',
    claimedBy: by('test/unit/core/release/approve.test.ts', 'when it is not what is there any more'),
    find: '    if (changed !== undefined) return judgeAnew', replace: "    if (changed === '') return judgeAnew",
  },
  {
    name: 'train past the budget', file: 'src/lib/core/training/controls.ts',
    claimedBy: by('test/unit/core/training/request.test.ts', 'budget: nobody goes past it'),
    find: '?? coolingDown(wish) ?? overBudget(wish)', replace: '?? coolingDown(wish)',
  },
  {
    name: "judge a monitor's run again", file: 'src/lib/core/training/monitor.ts',
    claimedBy: by('test/unit/core/training/monitor.test.ts', 'one cause however often it was told'),
    find: 'remember(before.lifecycle, { judgedRun: { run: run.run, at: run.at } })', replace: 'before.lifecycle',
  },
  {
    name: 'judge before the lineage that is demanded is known', file: 'src/lib/core/gate/judgement.ts',
    claimedBy: by('test/unit/core/release/gate.test.ts', 'decide nothing before that is known'),
    find: '  if (!facts.lineage) return undefined;', replace: '  if (!facts.lineage) return judged;',
  },
]; // prettier-ignore
