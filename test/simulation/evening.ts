/** Nothing goes wrong any more, and time went by: what is left then? */
import { rebuild, recorded, verifyChain } from '../../src/lib/core/ledger.ts';
import type { Lifecycle } from '../../src/lib/core/lifecycle.ts';
import { digest } from '../../src/lib/core/names.ts';
import { MODEL, PLACES } from './azure.ts';
import type { App } from './app.ts';
import type { Day } from './day.ts';
import { ENVIRONMENTS, type Environment } from './plan.ts';

export async function lookBack({ oracle, app, plan, seen, azure }: Day): Promise<void> {
  if (oracle.violations.length > 0) return;
  for (const environment of ENVIRONMENTS) {
    const key = { environment, model: MODEL };
    const blame = (what: string) => oracle.blame(environment, what);
    const { lifecycle, unread, outbox } = await app.store.lifecycles.load(key);
    const held = await app.held(key);
    oracle.rest(environment, seen(), held.map(({ factKey }) => factKey));
    if (unread.length > 0) blame(`${unread.length} items were never read`);
    if (outbox.length > 0) blame(`${outbox.length} notices were never sent`);
    const newest = azure.highest(PLACES[environment].workspace);
    const noticed = [lifecycle?.newestVersion, lifecycle?.champion?.version, ...(lifecycle?.ended ?? []).map(({ version }) => version)];
    // What a training of ours registers, it takes in with its end.
    if (newest > 1 && !lifecycle?.training && !noticed.includes(String(newest)))
      blame(`nobody noticed version ${newest}`);
    if (lifecycle) await recordedWhole(environment, lifecycle, app, blame);
  }
  if ((await app.deadLetters.oldest(1)).length > 0) oracle.blame('dev', 'a dead letter was never taken in');
  const lost = await app.undelivered();
  for (const id of app.told) if (!app.sent.has(id) && !lost.has(id)) oracle.blame('dev', `${id} was never sent`);
  for (const [id, times] of app.sent) if (times > 1 + plan.troubles.length) oracle.blame('dev', `${id} was sent ${times} times`);
} // prettier-ignore

async function recordedWhole(environment: Environment, lifecycle: Lifecycle, { store }: App, blame: (what: string) => void): Promise<void> {
  const audit = await store.history.audit({ environment, model: MODEL }, 1, lifecycle.sequence);
  for (const { sequence, fault } of verifyChain(audit, lifecycle.auditDigest)) blame(`audit row ${sequence}: ${fault}`);
  if (digest(rebuild(audit)) !== digest(JSON.parse(JSON.stringify(recorded(lifecycle))))) blame('the patches lead to another row');
} // prettier-ignore
