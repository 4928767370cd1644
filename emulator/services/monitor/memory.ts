import type { Deployment, Endpoint, World } from '../../world.ts';
import type { Condition } from './filter.ts';
import { accepts, type Series } from './series.ts';
import { arrived, minuteMs } from './settling.ts';

const defaultPercent = 40;
/** Percent, either way: what a process that does nothing new still moves by. */
const scatter = 0.2;

/** One series for each instance; without a condition the mean of all. None where the deployment's memory is not measured. */
export function memoryOf(
  asked: { world: World; endpoint: Endpoint; settleMs: number },
  deployment: Deployment,
  conditions: readonly Condition[],
  minutes: readonly number[],
): readonly Series[] {
  if (deployment.memory === 'notMeasured') return [];
  const [condition] = conditions;
  const instances = instancesOf(deployment).filter((id) => condition === undefined || accepts(condition, id));
  const about = { world: asked.world, endpoint: asked.endpoint.name, settleMs: asked.settleMs };
  const measured = minutes.filter(
    (minute) => minute + minuteMs > deployment.createdAt.getTime() && arrived(about, new Date(minute)) !== 'nothing',
  );
  if (measured.length === 0 || instances.length === 0) return [];
  const seriesOf = (ids: readonly string[]) =>
    new Map(measured.map((minute) => [minute, mean(ids.map((id) => percentOf(deployment, id, minute)))]));
  if (condition === undefined) return [{ values: [], averages: seriesOf(instances) }];
  return instances.map((id) => ({
    values: [{ dimension: condition.dimension, value: id }],
    averages: seriesOf([id]),
  }));
}

function instancesOf({ name, sku }: Deployment): readonly string[] {
  const { capacity = 1 } = (sku ?? {}) as { capacity?: number };
  return Array.from({ length: capacity }, (_, at) => `${name}-${at}`);
}

function percentOf({ memory }: Deployment, instance: string, minute: number): number {
  const { percent = defaultPercent, perMinute = 0, since } = memory === 'notMeasured' ? {} : (memory ?? {});
  const grown = since === undefined ? 0 : perMinute * Math.max(0, (minute - since.getTime()) / minuteMs);
  return Math.min(100, Math.max(0, percent + grown + scatter * noise(`${instance}|${minute}`)));
}

/** From -1 to 1, the same for the same text (FNV-1a, its bits mixed). */
function noise(text: string): number {
  let hash = 0x811c9dc5;
  for (const char of text) hash = Math.imul(hash ^ char.charCodeAt(0), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
  return ((hash ^ (hash >>> 13)) >>> 0) / 0x7fffffff - 1;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
