import type { Results } from './results.ts';
import { BANDS, type Row } from './tally.ts';

interface Curve {
  readonly title: string;
  readonly scenario: string;
  /** Fraction. */
  readonly value: (row: Row) => number;
}

/** File in docs/decision-quality -> what it shows, by traffic. */
const CURVES: Readonly<Record<string, Curve>> = {
  'false-rollback.svg': { title: 'Healthy releases rolled back, %', scenario: 'healthy', value: ({ wrong }) => wrong },
  'missed-twice.svg': { title: 'Releases with twice the errors promoted, %', scenario: 'err2x', value: ({ wrong }) => wrong },
  'caught-twice.svg': { title: 'Releases with twice the errors rolled back within the hour, %', scenario: 'err2x', value: ({ rolledBack }) => rolledBack },
  'caught-slow.svg': { title: 'Releases 30 % slower rolled back within the hour, %', scenario: 'lat30', value: ({ rolledBack }) => rolledBack },
}; // prettier-ignore

const [WIDTH, HEIGHT, LEFT, TOP, RIGHT, BOTTOM] = [860, 360, 46, 34, 220, 44];
const COLORS = [
  '#0b6e4f',
  '#c0392b',
  '#e08e79',
  '#8e44ad',
  '#b7950b',
  '#d9b44a',
  '#2471a3',
  '#7fb3d5',
  '#7f8c8d',
  '#111111',
];

export function curvesOf(results: Results): Record<string, string> {
  return Object.fromEntries(Object.entries(CURVES).map(([file, curve]) => [file, svg(results, curve)]));
}

function svg({ bandRows }: Results, { title, scenario, value }: Curve): string {
  const rows = bandRows.filter((row) => row.scenario === scenario);
  const methods = [...new Set(rows.map(({ method }) => method))];
  const lines = methods.map((method, i) => {
    const color = COLORS[i % COLORS.length] ?? '#000000';
    const points = rows
      .filter((row) => row.method === method && row.plans > row.refused)
      .map((row) => point(row, value(row)));
    const style = `fill="none" stroke="${color}" stroke-width="${i === 0 ? 3 : 1.5}"`;
    const y = TOP + 8 + 18 * i;
    return [
      `<polyline points="${points.join(' ')}" ${style}/>`,
      `<line x1="${WIDTH - RIGHT + 14}" y1="${y}" x2="${WIDTH - RIGHT + 34}" y2="${y}" ${style}/>`,
      text(WIDTH - RIGHT + 40, y + 4, method),
    ].join('\n');
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="sans-serif" font-size="12" role="img" aria-label="${title}">`,
    `<rect width="${WIDTH}" height="${HEIGHT}" fill="#ffffff"/>`,
    text(LEFT, 20, title, 'font-size="14" font-weight="bold"'),
    ...grid(),
    ...lines,
    '</svg>\n',
  ].join('\n'); // prettier-ignore
}

/** Percentages across, bands of traffic below. */
function grid(): string[] {
  const across = [0, 25, 50, 75, 100].flatMap((percent) => {
    const y = yOf(percent / 100);
    return [
      `<line x1="${LEFT}" y1="${y}" x2="${WIDTH - RIGHT}" y2="${y}" stroke="#dddddd"/>`,
      text(LEFT - 8, y + 4, `${percent}`, 'text-anchor="end"'),
    ];
  });
  const below = BANDS.map(([from, to]) =>
    text(xOf(from, to), HEIGHT - BOTTOM + 18, `${from}-${to}`, 'text-anchor="middle"'),
  );
  const name = text(
    (LEFT + WIDTH - RIGHT) / 2,
    HEIGHT - 8,
    'requests a minute, both versions together',
    'text-anchor="middle"',
  );
  return [...across, ...below, name];
}

function point({ traffic: [from, to] = [1, 1] }: Row, share: number): string {
  return `${xOf(from, to)},${yOf(share)}`;
}

/** Logarithmic. */
function xOf(from: number, to: number): number {
  const [low, high] = [Math.log(BANDS[0]?.[0] ?? 1), Math.log(BANDS.at(-1)?.[1] ?? 10)];
  return Math.round(LEFT + ((Math.log(from * to) / 2 - low) / (high - low)) * (WIDTH - LEFT - RIGHT));
}

function yOf(share: number): number {
  return Number((HEIGHT - BOTTOM - share * (HEIGHT - TOP - BOTTOM)).toFixed(1));
}

function text(x: number, y: number, words: string, style = ''): string {
  return `<text x="${x}" y="${y}" fill="#333333"${style && ` ${style}`}>${words}</text>`;
}
