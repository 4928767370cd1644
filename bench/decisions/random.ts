/**
 * Seeded chance: the same numbers on every machine and in every thread, because only integer steps and the functions that
 * V8 computes in software (log, exp, sqrt, cos) are used.
 */
export interface Random {
  /** Uniform in (0, 1), 53 bits, never an end. */
  uniform(): number;
  normal(): number;
  gamma(shape: number): number;
  poisson(mean: number): number;
  binomial(n: number, p: number): number;
}

/** Below this many expected events counting one after the other is faster than splitting. */
const FEW_EVENTS = 12;

export function randomOf(seed: number): Random {
  const uniform = uniformOf(seed);
  let spare: number | undefined;
  const normal = () => {
    if (spare !== undefined) {
      const value = spare;
      spare = undefined;
      return value;
    }
    const radius = Math.sqrt(-2 * Math.log(uniform()));
    const angle = 2 * Math.PI * uniform();
    spare = radius * Math.sin(angle);
    return radius * Math.cos(angle);
  };
  const gamma = (shape: number) => gammaOf(shape, uniform, normal);
  const binomial = (n: number, p: number) => binomialOf(n, p, uniform, gamma);
  return { uniform, normal, gamma, binomial, poisson: (mean) => poissonOf(mean, uniform, gamma, binomial) };
}

/** xoshiro128** (Blackman and Vigna), its state filled from the seed by splitmix32. */
function uniformOf(seed: number): () => number {
  let mix = seed | 0;
  const fill = () => {
    mix = (mix + 0x9e3779b9) | 0;
    let z = mix ^ (mix >>> 16);
    z = Math.imul(z, 0x21f0aaad);
    z ^= z >>> 15;
    z = Math.imul(z, 0x735a2d97);
    return z ^ (z >>> 15);
  };
  let [a, b, c, d] = [fill(), fill(), fill(), fill()];
  const next = () => {
    const scrambled = Math.imul(b, 5);
    const word = Math.imul((scrambled << 7) | (scrambled >>> 25), 9) >>> 0;
    const shifted = b << 9;
    c ^= a;
    d ^= b;
    b ^= c;
    a ^= d;
    c ^= shifted;
    d = (d << 11) | (d >>> 21);
    return word;
  };
  return () => ((next() >>> 5) * 0x4000000 + (next() >>> 6) + 0.5) / 0x20000000000000;
}

/** Marsaglia and Tsang (2000), for shapes of 1 and more. */
function gammaOf(shape: number, uniform: () => number, normal: () => number): number {
  const d = shape - 1 / 3;
  const c = 1 / Math.sqrt(9 * d);
  for (;;) {
    const x = normal();
    const v = (1 + c * x) ** 3;
    if (v > 0 && Math.log(uniform()) < 0.5 * x * x + d - d * v + d * Math.log(v)) return d * v;
  }
}

/** Ahrens and Dieter (1974): the time of the m-th event is gamma; what is left over is counted, or was too much by a binomial share. */
function poissonOf(
  mean: number,
  uniform: () => number,
  gamma: (shape: number) => number,
  binomial: (n: number, p: number) => number,
): number {
  let [count, left] = [0, mean];
  while (left > FEW_EVENTS) {
    const m = Math.floor(left * 0.875);
    const at = gamma(m);
    if (at > left) return count + binomial(m - 1, left / at);
    count += m;
    left -= at;
  }
  const end = Math.exp(-left);
  for (let product = uniform(); product > end; product *= uniform()) count += 1;
  return count;
}

/** Splits at the median of n uniforms, which is beta, until few events are expected; these are found by inversion. */
function binomialOf(trials: number, share: number, uniform: () => number, gamma: (shape: number) => number): number {
  if (trials <= 0 || share <= 0) return 0;
  if (share >= 1) return trials;
  if (share > 0.5) return trials - binomialOf(trials, 1 - share, uniform, gamma);
  let [count, n, p] = [0, trials, share];
  while (n * Math.min(p, 1 - p) > FEW_EVENTS) {
    const i = 1 + Math.floor(n / 2);
    const low = gamma(i);
    const at = low / (low + gamma(n + 1 - i));
    if (at <= p) {
      count += i;
      [n, p] = [n - i, (p - at) / (1 - at)];
    } else [n, p] = [i - 1, p / at];
  }
  return count + (p > 0.5 ? n - inverted(n, 1 - p, uniform) : inverted(n, p, uniform));
}

function inverted(n: number, p: number, uniform: () => number): number {
  if (n <= 0 || p <= 0) return 0;
  const odds = p / (1 - p);
  let term = Math.exp(n * Math.log1p(-p));
  let left = uniform() - term;
  let k = 0;
  while (left > 0 && k < n) {
    k += 1;
    term *= (odds * (n - k + 1)) / k;
    left -= term;
  }
  return k;
}
