/** How far two samples lie apart, by the definitions of the service's own metric components. */

/** Area between the two empirical distribution functions, in standard deviations of the reference. */
export function normalizedWasserstein(reference: readonly number[], production: readonly number[]): number {
  const values = [...reference, ...production].toSorted((a, b) => a - b);
  const [a, b] = [reference.toSorted((x, y) => x - y), production.toSorted((x, y) => x - y)];
  let [i, j, area] = [0, 0, 0];
  for (const [at, value] of values.slice(0, -1).entries()) {
    while (i < a.length && (a[i] ?? 0) <= value) i += 1;
    while (j < b.length && (b[j] ?? 0) <= value) j += 1;
    area += Math.abs(i / a.length - j / b.length) * ((values[at + 1] ?? value) - value);
  }
  return area / Math.max(standardDeviation(reference), 0.001);
}

function standardDeviation(values: readonly number[]): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return Math.sqrt(squares / Math.max(1, values.length - 1));
}

/** The same buckets counted in both samples. */
export interface Histograms {
  readonly reference: readonly number[];
  readonly production: readonly number[];
}

/** Equal widths over the range of both, as many as Sturges' rule has for the smaller one. */
export function binned(reference: readonly number[], production: readonly number[]): Histograms {
  const all = [...reference, ...production];
  const lowest = all.reduce((a, b) => Math.min(a, b), Infinity);
  const width = all.reduce((a, b) => Math.max(a, b), -Infinity) - lowest;
  const bins = Math.ceil(Math.log2(Math.min(reference.length, production.length)) + 1);
  const binOf = (value: number) =>
    width === 0 ? 0 : Math.min(bins - 1, Math.floor(((value - lowest) / width) * bins));
  return tallied(
    reference.map(binOf),
    production.map(binOf),
    Array.from({ length: bins }, (_, bin) => bin),
  );
}

export function byValue(reference: readonly unknown[], production: readonly unknown[]): Histograms {
  const [a, b] = [reference.map(String), production.map(String)];
  return tallied(a, b, [...new Set([...a, ...b])]);
}

function tallied<Key>(reference: readonly Key[], production: readonly Key[], keys: readonly Key[]): Histograms {
  const count = (values: readonly Key[]) => keys.map((key) => values.filter((value) => value === key).length);
  return { reference: count(reference), production: count(production) };
}

/** Square root of the Jensen-Shannon divergence in bits: 0 for equal distributions, 1 for disjoint ones. */
export function jensenShannon({ reference, production }: Histograms): number {
  const [p, q] = [shares(reference), shares(production)];
  const half = (own: readonly number[]) =>
    own.reduce((sum, share, at) => {
      const mean = ((p[at] ?? 0) + (q[at] ?? 0)) / 2;
      return share > 0 ? sum + share * Math.log2(share / mean) : sum;
    }, 0);
  return Math.sqrt(Math.max(0, (half(p) + half(q)) / 2));
}

/** One is added to every bucket, or an empty one would make it infinite. */
export function populationStability({ reference, production }: Histograms): number {
  const [p, q] = [reference, production].map((counts) => {
    const total = counts.reduce((sum, count) => sum + count, 0);
    return counts.map((count) => (count + 1) / total);
  }) as [number[], number[]];
  return p.reduce((sum, share, at) => {
    const other = q[at] ?? share;
    return sum + (other - share) * Math.log(other / share);
  }, 0);
}

function shares(counts: readonly number[]): number[] {
  const total = counts.reduce((sum, count) => sum + count, 0);
  return counts.map((count) => count / total);
}
