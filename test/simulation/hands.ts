/** What somebody does in the portal. Steward's marks stay on the endpoint. */
import type { SimulatedAzure } from './azure.ts';
import type { Environment, Hand } from './plan.ts';

export interface Touched {
  /** Where live traffic was put, which is that person's business. */
  moved(live: Readonly<Record<string, number>>): void;
  copied(deployment: string): void;
  deleted(deployment: string): void;
}

export function touch(azure: SimulatedAzure, environment: Environment, { what, pick }: { readonly what: Hand; readonly pick: number }, touched: Touched): void {
  switch (what) {
    case 'traffic':
      if (azure.endpoint(environment).state !== 'busy') move(azure, environment, pick, touched);
      return;
    case 'whileUpdating':
      return azure.afterwards(environment, () => move(azure, environment, pick, touched));
    case 'mirror':
      return mirror(azure, environment, pick, touched);
    case 'delete':
      return remove(azure, environment, pick, touched);
  }
} // prettier-ignore

function move(azure: SimulatedAzure, environment: Environment, pick: number, touched: Touched): void {
  const endpoint = azure.endpoint(environment);
  const ready = readyIn(azure, environment);
  const [one, two] = [ready[pick % ready.length], ready[(pick + 1) % ready.length]];
  if (one === undefined || two === undefined) return;
  endpoint.traffic = pick % 3 === 0 || one === two ? { [one]: 100 } : { [one]: 70, [two]: 30 };
  const copied = Object.entries(endpoint.mirror).filter(([name]) => (endpoint.traffic[name] ?? 0) === 0);
  endpoint.mirror = Object.fromEntries(copied);
  azure.moved(environment);
  touched.moved(endpoint.traffic);
}

function mirror(azure: SimulatedAzure, environment: Environment, pick: number, touched: Touched): void {
  const endpoint = azure.endpoint(environment);
  if (endpoint.state === 'busy') return;
  const idle = readyIn(azure, environment).filter((name) => (endpoint.traffic[name] ?? 0) === 0);
  const one = idle[pick % Math.max(1, idle.length)];
  endpoint.mirror = one === undefined || pick % 3 === 0 ? {} : { [one]: 10 };
  for (const name of Object.keys(endpoint.mirror)) touched.copied(name);
  azure.moved(environment);
}

function remove(azure: SimulatedAzure, environment: Environment, pick: number, touched: Touched): void {
  const { state, deployments, traffic, mirror: copied } = azure.endpoint(environment);
  if (state === 'busy') return;
  const idle = readyIn(azure, environment).filter((name) => (traffic[name] ?? 0) === 0 && (copied[name] ?? 0) === 0);
  const fact = deployments.get(idle[pick % Math.max(1, idle.length)] ?? '');
  if (!fact) return;
  deployments.set(fact.name, { ...fact, state: 'deleting' });
  touched.deleted(fact.name);
}

function readyIn(azure: SimulatedAzure, environment: Environment): string[] {
  return [...azure.endpoint(environment).deployments.values()]
    .filter(({ state }) => state === 'ready')
    .map(({ name }) => name);
}
