/** Faults put into passes, storage, deliveries and the adapters. */
import { by, SIMULATION, type Mutant } from '../claims.ts';

export const SHELL: readonly Mutant[] = [
  {
    name: 'save over what another pass saved', file: 'src/lib/azure/lifecyclesSave.ts',
    claimedBy: SIMULATION,
    find: ": { do: 'update', rowKey: LIFECYCLE_ROW, properties, etag: save.etag };", replace: ": { do: 'update', rowKey: LIFECYCLE_ROW, properties, etag: '*' };",
  },
  {
    name: 'act although another pass has saved', file: 'src/lib/perform.ts',
    claimedBy: by('test/unit/perform.test.ts', 'the right ends with another save: nothing more is called'),
    find: '(await deps.lifecycles.etag(key)) !== mandate.etag', replace: 'mandate.etag === undefined',
  },
  {
    name: 'act before the save', file: 'src/lib/reconcile.ts',
    claimedBy: by('test/unit/reconcile.test.ts', 'a save precedes every effect'),
    find: '  let saved: Saved;\n', replace: "  await perform(decision.actions, { ...(situation.standing as any), lifecycle: decision.next, etag: loaded.etag ?? '' }, deps);\n  let saved: Saved;\n",
  },
  {
    name: 'forget that a fact is known', file: 'src/lib/azure/lifecyclesSave.ts',
    claimedBy: by('test/contract/store/memory.test.ts', 'a fact told 20 times at once is one item'),
    find: "{ do: 'create', rowKey: seenRow(factKey)", replace: "{ do: 'put', rowKey: seenRow(factKey)",
  },
  {
    name: 'lose the outbox rows', file: 'src/lib/azure/lifecyclesSave.ts',
    claimedBy: by('test/contract/store/memory.test.ts', 'a save is read back whole'),
    find: '...save.deliveries.map(', replace: '...save.deliveries.slice(0, 0).map(',
  },
  {
    name: 'keep the items that were taken', file: 'src/lib/azure/lifecyclesSave.ts',
    claimedBy: SIMULATION,
    find: '...save.taken.map(taken),', replace: '...save.taken.slice(0, 0).map(taken),',
  },
  {
    name: 'believe an endpoint of an unreachable Azure', file: 'src/lib/observe.ts',
    claimedBy: by('test/unit/observe.test.ts', 'what cannot be read is an answer'),
    find: '    return { unreachable: unreachable(error) };\n  }\n}\n', replace: '    return error instanceof TypeError ? { unreachable: unreachable(error) } : {};\n  }\n}\n',
  },
  {
    name: 'let every worker claim a delivery', file: 'src/lib/azure/outbox.ts',
    claimedBy: by('test/contract/store/memory.test.ts', 'of 20 workers exactly one claims a delivery'),
    find: 'return mine ? {', replace: 'return properties ? {',
  },
  {
    name: 'leave a delivery that was sent', file: 'src/lib/deliver.ts',
    claimedBy: by('test/unit/deliver.test.ts', 'to a channel of the estate, and is gone'),
    find: '  await deps.outbox.sent(ask.key, ask.rowKey);\n', replace: '',
  },
  {
    name: 'bring what was changed since it was judged', file: 'src/lib/azure/modelsBring.ts',
    claimedBy: by('test/contract/azure/broughtVersions.test.ts', 'one that was changed since is refused'),
    find: 'if (artifact !== undefined && artifactOf', replace: "if (artifact === '' && artifactOf",
  },
  {
    name: 'update in place what somebody else changed', file: 'src/lib/azure/deploymentsUpdate.ts',
    claimedBy: by('test/contract/azure/adapters.test.ts', 'not over somebody else’s change'),
    find: 'if (served !== expected && served !== number)', replace: 'if (served === undefined && expected === number)',
  },
  {
    name: 'lose what is set aside', file: 'src/lib/azure/lifecyclesSave.ts',
    claimedBy: by('test/contract/store/memory.test.ts', 'held items are out of the way and come back'),
    find: "{ do: 'put', rowKey: heldRow", replace: "{ do: 'put', rowKey: 'x' + heldRow",
  },
  {
    name: 'keep aside what a person wants back', file: 'src/lib/reconcile/save.ts',
    claimedBy: by('test/unit/reconcile.test.ts', 'resume brings it back'),
    find: 'row.conditions.stalled !== undefined && timed.conditions.stalled === undefined', replace: 'false',
  },
  {
    name: 'take a label for a version', file: 'src/lib/azure/modelsLineage.ts',
    claimedBy: by('test/contract/azure/lineage.test.ts', 'only where it is a concrete one'),
    find: "version !== undefined && version.toLowerCase() !== 'latest'", replace: 'version !== undefined',
  },
]; // prettier-ignore
