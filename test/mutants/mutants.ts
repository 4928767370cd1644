/** Deliberate faults, one at a time: each must be noticed by the tests that claim what it breaks. */
export interface Mutant {
  readonly name: string;
  readonly file: string;
  /** What stands there once, and what the fault makes of it. */
  readonly find: string;
  readonly replace: string;
  /** `simulation`, or the tests that claim it. */
  readonly claimedBy: string;
}

const SIMULATION = 'simulation';

export const MUTANTS: readonly Mutant[] = [
  {
    name: 'save over what another pass saved', file: 'src/lib/azure/lifecyclesSave.ts', claimedBy: SIMULATION,
    find: ": { do: 'update', rowKey: LIFECYCLE_ROW, properties, etag: save.etag };", replace: ": { do: 'update', rowKey: LIFECYCLE_ROW, properties, etag: '*' };",
  },
  {
    name: 'act although another pass has saved', file: 'src/lib/perform.ts', claimedBy: 'test/unit/perform.test.ts',
    find: '(await deps.lifecycles.etag(key)) !== mandate.etag', replace: 'mandate.etag === undefined',
  },
  {
    name: 'act before the save', file: 'src/lib/reconcile.ts', claimedBy: 'test/unit/reconcile.test.ts',
    find: '  let saved: Saved;\n', replace: "  await perform(decision.actions, { ...(situation.standing as any), lifecycle: decision.next, etag: loaded.etag ?? '' }, deps);\n  let saved: Saved;\n",
  },
  {
    name: 'forget that a fact is known', file: 'src/lib/azure/lifecyclesSave.ts', claimedBy: 'test/contract/store/memory.test.ts',
    find: "{ do: 'create', rowKey: seenRow(factKey)", replace: "{ do: 'put', rowKey: seenRow(factKey)",
  },
  {
    name: 'lose the outbox rows', file: 'src/lib/azure/lifecyclesSave.ts', claimedBy: 'test/contract/store/memory.test.ts',
    find: '...save.deliveries.map(', replace: '...save.deliveries.slice(0, 0).map(',
  },
  {
    name: 'keep the items that were taken', file: 'src/lib/azure/lifecyclesSave.ts', claimedBy: SIMULATION,
    find: '...save.taken.map(taken),', replace: '...save.taken.slice(0, 0).map(taken),',
  },
  {
    name: 'take every message for the next look', file: 'src/lib/reconcile.ts', claimedBy: 'test/unit/reconcile.test.ts',
    find: 'return due !== undefined && (due === look || Date.parse(due) <= now.getTime());', replace: 'return due !== undefined || look !== undefined;',
  },
  {
    name: 'ask for no next look', file: 'src/lib/reconcile/looks.ts', claimedBy: 'test/unit/reconcile.test.ts',
    find: 'if (delayMs <= LONGEST_DELAY_MS)', replace: 'if (delayMs <= 0)',
  },
  {
    name: 'promise the index nothing', file: 'src/lib/reconcile/looks.ts', claimedBy: SIMULATION,
    find: '  await index.promise(key, new Date(wantedBy));\n', replace: '',
  },
  {
    name: 'let the sweep forget what is not quiet', file: 'src/lib/core/lifecycle.ts', claimedBy: 'test/unit',
    find: '    lifecycle.waiting === undefined &&\n', replace: '',
  },
  {
    name: 'swap the split', file: 'src/lib/core/release/traffic.ts', claimedBy: 'test/unit/core/release',
    find: '{ [fallback]: 100 - percent, [challenger]: percent }', replace: '{ [fallback]: percent, [challenger]: 100 - percent }',
  },
  {
    name: 'raise no generation with a new split', file: 'src/lib/core/release/traffic.ts', claimedBy: 'test/unit/core/release',
    find: 'const generation = lifecycle.generation + 1;', replace: 'const generation = lifecycle.generation;',
  },
  {
    name: "take a hand's change for our own late write", file: 'src/lib/core/release/traffic.ts', claimedBy: 'test/unit/core/release',
    find: 'if (written && sameRouting(live, written) && (stewardGeneration ?? 0) < traffic.generation) return', replace: 'if (written) return',
  },
  {
    name: 'take nothing for our own late write', file: 'src/lib/core/release/traffic.ts', claimedBy: 'test/unit/core/release',
    find: 'if (written && sameRouting(live, written) && (stewardGeneration ?? 0) < traffic.generation) return', replace: 'if (stewardGeneration === -1) return',
  },
  {
    name: 'judge minutes that have not settled', file: 'src/lib/core/canary/judge.ts', claimedBy: 'test/unit/core/canary',
    find: 'const state = fold(input, input.policy.settleMs);', replace: 'const state = fold(input, 0);',
  },
  {
    name: 'fold minutes twice', file: 'src/lib/core/canary/fold.ts', claimedBy: 'test/unit/core/canary',
    find: "const from = input.state?.watermark === undefined ? start : Date.parse(input.state.watermark) + MINUTE_MS;", replace: 'const from = start;',
  },
  {
    name: 'let each step spend all of alpha', file: 'src/lib/core/canary/judge.ts', claimedBy: 'test/unit/core/canary',
    find: 'policy.maxFalseRollback / input.stretches;', replace: 'policy.maxFalseRollback;',
  },
  {
    name: 'let an undecided gate pass', file: 'src/lib/core/release/gate.ts', claimedBy: 'test/unit/core/release',
    find: "if (verdict === 'pass') return", replace: "if (verdict === 'pass' || (verdict as string) === 'inconclusive') return",
  },
  {
    name: 'let a failed gate pass', file: 'src/lib/core/release/gate.ts', claimedBy: SIMULATION,
    find: "if (verdict === 'pass') return", replace: "if (verdict === 'pass' || (verdict as string) === 'fail') return",
  },
  {
    name: 'go on with a deployment that is not ready', file: 'src/lib/core/release/take.ts', claimedBy: 'test/unit/core/release',
    find: "deployment.name === name && deployment.state === 'ready'", replace: "deployment.name === name && deployment.state !== 'deleting'",
  },
  {
    name: 'end a rollback before traffic is back', file: 'src/lib/core/release/rollback.ts', claimedBy: SIMULATION,
    find: 'if (!back || writeUnderWay(', replace: 'if (writeUnderWay(',
  },
  {
    name: 'take traffic back when there is time for it', file: 'src/lib/core/release/transitions.ts', claimedBy: SIMULATION,
    find: 'rules: [`turnBack.${why.cause}`], lookInMs: 0', replace: 'rules: [`turnBack.${why.cause}`], lookInMs: 400_000',
  },
  {
    name: 'delete what still serves', file: 'src/lib/core/release/retire.ts', claimedBy: 'test/unit/core/release',
    find: 'if (wanted || reached)', replace: 'if (wanted && reached)',
  },
  {
    name: 'delete without the second look', file: 'src/lib/core/release/retire.ts', claimedBy: 'test/unit/core/release',
    find: 'if (!due.markedAt) {', replace: 'if (due.until === undefined) {',
  },
  {
    name: 'let an ended release come back', file: 'src/lib/core/decide/items.ts', claimedBy: 'test/unit/core/decide',
    find: "  if (lifecycle.ended.some((ended) => ended.version === version)) return refuse('was handled already');\n", replace: '',
  },
  {
    name: 'take an older version', file: 'src/lib/core/decide/items.ts', claimedBy: 'test/unit/core/decide',
    find: '  if (champion && compareVersions(version, champion.version) <= 0)\n', replace: '  if (champion && version === champion.version)\n',
  },
  {
    name: 'do several kinds of things in one pass', file: 'src/lib/core/decide.ts', claimedBy: 'test/unit/core/decide',
    find: 'return first ? actions.filter((action) => action.do === first.do) : [];', replace: 'return first ? actions : [];',
  },
  {
    name: 'believe an endpoint of an unreachable Azure', file: 'src/lib/observe.ts', claimedBy: 'test/unit/observe.test.ts',
    find: '    return { unreachable: unreachable(error) };\n  }\n}\n', replace: '    return error instanceof TypeError ? { unreachable: unreachable(error) } : {};\n  }\n}\n',
  },
  {
    name: 'number jobs without counting', file: 'src/lib/core/release/evaluate.ts', claimedBy: 'test/unit/core/release',
    find: 'counters: { ...lifecycle.counters, evaluation: number }', replace: 'counters: { ...lifecycle.counters }',
  },
  {
    name: 'send without a claim', file: 'src/lib/deliver.ts', claimedBy: 'test/unit/deliver.test.ts',
    find: '  if (claimed === undefined) return;\n', replace: '  if (claimed === undefined) throw new Error(ask.rowKey);\n',
  },
  {
    name: 'leave a delivery that was sent', file: 'src/lib/deliver.ts', claimedBy: 'test/unit/deliver.test.ts',
    find: '  await deps.outbox.sent(ask.key, ask.rowKey);\n', replace: '',
  },
  {
    name: 'tell the next environment only once', file: 'src/lib/core/handOver/send.ts', claimedBy: 'test/unit/core/handOver',
    find: '    { ...lifecycle, sending: { ...sending, to: left } },', replace: '    { ...lifecycle, sending: { ...sending, to: [] } },',
  },
  {
    name: 'bring a version twice at a time', file: 'src/lib/core/handOver/arrive.ts', claimedBy: 'test/unit/core/handOver',
    find: 'if (bringingUntil !== undefined && bringingUntil > now.toISOString())', replace: 'if (bringingUntil !== undefined && bringingUntil === now.toISOString())',
  },
  {
    name: 'bring what was changed since it was judged', file: 'src/lib/azure/modelsBring.ts', claimedBy: 'test/contract/azure/broughtVersions.test.ts',
    find: 'if (artifact !== undefined && artifactOf', replace: 'if (artifact === \'\' && artifactOf',
  },
  {
    name: 'break the chain of the audit', file: 'src/lib/core/ledger.ts', claimedBy: SIMULATION,
    find: '    ...(previous ? { previous } : {}),\n', replace: '',
  },
  {
    name: 'forget an update in place that may still come', file: 'src/lib/core/release/inPlace.ts', claimedBy: 'test/unit/core/release/inPlace.test.ts',
    find: "mine.state === 'failed' || mayStillCome(release, mine)", replace: "mine.state === 'failed'",
  },
  {
    name: 'update in place what somebody else changed', file: 'src/lib/azure/deploymentsUpdate.ts', claimedBy: 'test/contract/azure/adapters.test.ts',
    find: 'if (served !== expected && served !== number)', replace: 'if (served === undefined && expected === number)',
  },
  {
    name: 'delete the champion that was updated in place', file: 'src/lib/core/release/crown.ts', claimedBy: SIMULATION,
    find: 'release.inPlace ? undefined : release.fallback', replace: 'release.fallback',
  },
  {
    name: 'go back to a deployment that is gone', file: 'src/lib/core/release/rollback/wayBack.ts', claimedBy: 'test/unit/core/release/rollback.test.ts',
    find: 'if (!again) return found || isIncomplete(', replace: 'if (!again) return live || isIncomplete(',
  },
  {
    name: 'let an answer pass whose body is wrong', file: 'src/lib/core/smoke/answer.ts', claimedBy: 'test/unit/core/release/smoke.test.ts',
    find: 'if (faults.length > 0)', replace: 'if (faults.length > 9)',
  },
  {
    name: 'train twice at a time', file: 'src/lib/core/training/controls.ts', claimedBy: 'test/unit/core/training',
    find: '{ lifecycle: { training } }: Wish): No | undefined {\n  return training\n', replace: '{ lifecycle: { training } }: Wish): No | undefined {\n  return training?.number === -1\n',
  },
  {
    name: 'let one person approve for two', file: 'src/lib/core/approval.ts', claimedBy: SIMULATION,
    find: '.size >= count;', replace: '.size >= 1;',
  },
  {
    name: 'let whoever started it approve', file: 'src/lib/core/approval.ts', claimedBy: SIMULATION,
    find: '.slice(0, STARTERS_KEPT));', replace: '.slice(0, 0));',
  },
  {
    name: 'go on with what changed after people were shown it', file: 'src/lib/core/release/approve.ts', claimedBy: SIMULATION,
    find: '    if (changed !== undefined) return judgeAnew', replace: "    if (changed === '') return judgeAnew",
  },
  {
    name: 'train past the budget', file: 'src/lib/core/training/controls.ts', claimedBy: SIMULATION,
    find: '?? coolingDown(wish) ?? overBudget(wish)', replace: '?? coolingDown(wish)',
  },
  {
    name: "judge a monitor's run again", file: 'src/lib/core/training/monitor.ts', claimedBy: SIMULATION,
    find: 'remember(before.lifecycle, { judgedRun: { run: run.run, at: run.at } })', replace: 'before.lifecycle',
  },
  {
    name: 'lose what is set aside', file: 'src/lib/azure/lifecyclesSave.ts', claimedBy: SIMULATION,
    find: "{ do: 'put', rowKey: heldRow", replace: "{ do: 'put', rowKey: 'x' + heldRow",
  },
  {
    name: 'keep aside what a person wants back', file: 'src/lib/reconcile/save.ts', claimedBy: SIMULATION,
    find: 'row.conditions.stalled !== undefined && timed.conditions.stalled === undefined', replace: 'false',
  },
  {
    name: 'forget what came in while there was no policy', file: 'src/lib/reconcile.ts', claimedBy: 'test/unit/unreadable.test.ts',
    find: 'return loaded.unread.length > 0 ? askLater(key, deps) : undefined;', replace: 'return undefined;',
  },
  {
    name: 'judge before the lineage that is demanded is known', file: 'src/lib/core/gate/judgement.ts', claimedBy: 'test/unit/core/release/gate.test.ts',
    find: '  if (!facts.lineage) return undefined;', replace: '  if (!facts.lineage) return judged;',
  },
  {
    name: 'take a label for a version', file: 'src/lib/azure/modelsLineage.ts', claimedBy: 'test/contract/azure/lineage.test.ts',
    find: "version !== undefined && version.toLowerCase() !== 'latest'", replace: 'version !== undefined',
  },
]; // prettier-ignore
