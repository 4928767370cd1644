import { pool } from './rates.ts';
import type { Baseline, Minute } from './state.ts';

/** With fewer failures nothing can be said of how they scatter; a guess from a handful would blind the canary. */
const MIN_FAILURES = 30;
const MOST_DISPERSION = 4;
/** A short outage is not how failures scatter: that share of the worst minutes is left out. */
const OUTAGES = 0.005;
const MIN_CHANGES = 60;
const MINUTE_MS = 60_000;

/**
 * What a deployment was like over these minutes. Its failures scatter by more than chance where (squared distance from
 * the mean less the mean) is positive: summed over minutes and divided by the squared means that is the squared coefficient
 * of variation of the rate itself, whatever traffic did meanwhile.
 */
export function baselineOf(minutes: readonly Minute[], deployment: string): Baseline {
  const rates = { ...pool(minutes, deployment), ...spanOf(minutes, deployment), ...noiseOf(minutes, deployment) };
  if (rates.errors < MIN_FAILURES) return rates;
  const rate = rates.errors / rates.requests;
  const each = minutes.flatMap(({ arms }) => {
    const arm = arms[deployment];
    if (!arm) return [];
    const mean = arm.requests * rate;
    return [{ excess: (arm.errors - mean) ** 2 - mean, square: mean ** 2 }];
  });
  const usual = each.toSorted((a, b) => a.excess - b.excess).slice(0, Math.ceil(each.length * (1 - OUTAGES)));
  const [excess, squares] = usual.reduce(([sum, square], one) => [sum + one.excess, square + one.square], [0, 0]);
  return { ...rates, dispersion: Math.min(MOST_DISPERSION, Math.max(0, excess / squares)) };
}

function spanOf(minutes: readonly Minute[], deployment: string): Pick<Baseline, 'spanMinutes'> {
  const served = minutes.filter(({ arms }) => (arms[deployment]?.requests ?? 0) > 0);
  const [first, last] = [served[0], served.at(-1)];
  return first && last ? { spanMinutes: (Date.parse(last.at) - Date.parse(first.at)) / MINUTE_MS + 1 } : {};
}

function noiseOf(minutes: readonly Minute[], deployment: string): Pick<Baseline, 'memoryNoise'> {
  const percents = minutes.flatMap(({ arms }) => arms[deployment]?.memoryPercent ?? []);
  if (percents.length <= MIN_CHANGES) return {};
  const squares = percents.slice(1).reduce((total, percent, i) => total + (percent - (percents[i] ?? percent)) ** 2, 0);
  return { memoryNoise: squares / (percents.length - 1) };
}
