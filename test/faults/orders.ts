import { tableActiveIndex } from '../../src/lib/azure/activeIndex.ts';
import { tableLifecycles } from '../../src/lib/azure/lifecycles.ts';
import { blobPolicyStore } from '../../src/lib/azure/policyStore.ts';
import { takeCommand, type CommandAnswer } from '../../src/lib/intake/commands.ts';
import { createLog } from '../../src/lib/log.ts';
import { publishedPolicies } from '../../src/lib/policies.ts';
import type { Stack } from '../scenario/given/stack.ts';
import type { Team } from '../scenario/given/team.ts';

/** The app's own intake on the same storage, but for the queue: as when the process ends just before it would enqueue. */
export function commandWithoutMessage(
  { world }: Stack,
  { environment, model }: Team,
  name: string,
  order: Readonly<Record<string, unknown>> = {},
): Promise<CommandAnswer> {
  const storage = { connectionString: world.storage.connectionString };
  const { clock } = world;
  return takeCommand(
    {
      key: { environment, model },
      name,
      body: { actor: 'ann', reason: 'a scenario', ...order },
      idempotencyKey: 'once',
    },
    {
      policies: publishedPolicies(blobPolicyStore(storage), clock),
      lifecycles: tableLifecycles(storage),
      index: tableActiveIndex(storage),
      queue: { look: async () => {} },
      clock,
      log: createLog(() => {}),
    },
  );
}
