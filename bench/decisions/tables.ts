import type { Results } from './results.ts';
import { SCENARIOS, SETS, type ParameterSet, type Scenario } from './scenarios.ts';
import type { Row } from './tally.ts';

/** Cells of text, the first row the head. */
type Table = readonly (readonly string[])[];

const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;

export function markdown(table: Table): string {
  const [head = [], ...body] = table;
  return [line(head), line(head.map((_, i) => (i === 0 ? '---' : '---:'))), ...body.map(line)].join('\n');
}

function plain(table: Table): string {
  const widths = (table[0] ?? []).map((_, i) => Math.max(...table.map((row) => row[i]?.length ?? 0)));
  return table
    .map((row) => row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0))).join('  '))
    .join('\n'); // prettier-ignore
}

export function percent(share: number): string {
  return (100 * share).toFixed(1);
}

/** One cell a scenario, one line a method. */
function byScenario(results: Results, set: ParameterSet, kind: Scenario['kind'], cell: (row: Row) => string): Table {
  const rows = results.rows.filter((row) => row.set === set && row.kind === kind);
  const scenarios = SCENARIOS.map(({ name }) => name).filter((name) => rows.some(({ scenario }) => scenario === name));
  const methods = [...new Set(rows.map(({ method }) => method))];
  return [
    ['', ...scenarios],
    ...methods.map((method) => [
      method,
      ...scenarios.map((scenario) => {
        const row = rows.find((each) => each.method === method && each.scenario === scenario);
        return row ? cell(row) : '';
      }),
    ]),
  ];
}

const wrong = (row: Row) =>
  row.refused === row.plans
    ? 'refused'
    : `${percent(row.wrong)} [${percent(row.interval[0])}, ${percent(row.interval[1])}]`;
const shortWrong = (row: Row) => (row.refused === row.plans ? 'refused' : percent(row.wrong));
const exposed = (row: Row) => `${Math.round(row.medianExposed)} / ${Math.round(row.medianFailed)}`;
const missed = (row: Row) => `${shortWrong(row)} (${percent(row.held)} held)`;
const promoted = (row: Row) =>
  row.promoted < 0.5 ? `${percent(row.promoted)} %` : `${row.medianMinutesToPromote} min`;

export const TABLES: Readonly<Record<string, (results: Results) => Table>> = {
  ...Object.fromEntries(
    SETS.flatMap((set) => [
      [`falseRollback.${set}`, (results: Results) => byScenario(results, set, 'ok', wrong)],
      [`missed.${set}`, (results: Results) => byScenario(results, set, 'bad', missed)],
      [`exposed.${set}`, (results: Results) => byScenario(results, set, 'bad', exposed)],
      [`promoted.${set}`, (results: Results) => byScenario(results, set, 'ok', promoted)],
    ]),
  ),
  'stress.named': (results) => byScenario(results, 'named', 'stress', wrong),
  goals: goalsTable,
  summary: summaryTable,
  bands: bandsTable,
  gate: gateTable,
};

const share = (value: number | undefined) => (value === undefined ? '' : percent(value));
const ratio = (value: number | undefined) => value?.toFixed(2) ?? '';

function summaryTable({ summary, peers }: Results): Table {
  return [
    ['', 'worst false rollback %', 'err2x missed %', 'worst of err5x, hardfail, lat30, leak %', 'noisy2x %', 'low_fail %', 'exposed / oracle', 'minutes to promote / Wald'],
    ...Object.entries({ Steward: summary, ...peers }).map(([method, s]) => [
      method, share(s.worstFalseRollback), share(s.missTwice), share(s.missHard), share(s.missNoisyTwice), share(s.missLowFail), ratio(s.exposureRatio), ratio(s.promoteRatio),
    ]),
  ]; // prettier-ignore
}

/** A figure, its goal and whether that is met; shares in percent. */
function goal(
  what: string,
  measured: number | undefined,
  relation: 'at most' | 'at least',
  limit: number,
  unit: string,
) {
  const met = measured !== undefined && (relation === 'at most' ? measured <= limit : measured >= limit);
  const shown = (value: number) => (unit === '%' ? `${percent(value)} %` : value.toFixed(2));
  return [
    what,
    `${relation} ${shown(limit)}`,
    measured === undefined ? 'none' : shown(measured),
    met ? 'met' : 'missed',
  ];
}

function noGoal(what: string, measured: number | undefined): string[] {
  return [what, 'no goal', measured === undefined ? 'none' : `${percent(measured)} %`, ''];
}

function goalsTable({ summary: s }: Results): Table {
  return [
    ['', 'goal', 'measured', ''],
    goal('worst false rollback: healthy, noisy, bluefail, warmup, low_ok', s.worstFalseRollback, 'at most', 0.02, '%'),
    goal('err2x promoted', s.missTwice, 'at most', 0.05, '%'),
    goal('err5x, hardfail, lat30 or leak promoted (worst)', s.missHard, 'at most', 0, '%'),
    goal('noisy2x promoted', s.missNoisyTwice, 'at most', 0.3, '%'),
    noGoal('healthy, taken on by pre-flight, undecided at the horizon', s.undecidedHealthy),
    noGoal('noisy, the same', s.undecidedNoisy),
    goal('requests exposed / oracle', s.exposureRatio, 'at most', 1.7, ''),
    goal('minutes to promote / Wald', s.promoteRatio, 'at most', 1.4, ''),
    goal('gate: equal models promoted', s.gateFalse, 'at most', 0.05, '%'),
    goal('gate: two points better promoted, 1000 rows', s.gatePower, 'at least', 0.8, '%'),
    goal('gate: effective samples, pairs / two areas', s.gateEffective, 'at least', 4, ''),
  ]; // prettier-ignore
}

function bandsTable({ bands }: Results): Table {
  return [
    ['requests a minute', 'plans', 'beyond the oracle %', 'refused %', 'of these within its reach %', 'minutes to promote / Wald'],
    ...bands.map(({ traffic, plans, beyondOracle, refused, refusedNeedlessly, promoteRatio }) => [
      traffic.join(' to '), `${plans}`, percent(beyondOracle), percent(refused), percent(refusedNeedlessly), promoteRatio?.toFixed(2) ?? '',
    ]),
  ]; // prettier-ignore
}

function gateTable({ gate }: Results): Table {
  return [
    ['', 'rows', 'gain', 'promoted %', '95 %'],
    ...gate.map(({ gate, rows, gain, promoted, interval }) => [
      gate, `${rows}`, `${(100 * gain).toFixed(0)} points`, percent(promoted), interval.map((end) => percent(end)).join(' to '),
    ]),
  ]; // prettier-ignore
}

const TITLES: Readonly<Record<string, string>> = {
  falseRollback: 'rolled back though good, %',
  missed: 'promoted though bad, %',
  exposed: 'median requests that met the bad challenger, and failed',
  promoted: 'median minutes until a good one is promoted',
  stress: 'healthy under stress: rolled back, %',
  goals: 'goals',
  summary: 'summary',
  bands: 'by traffic, random set',
  gate: 'gates',
};

export function terminalTables(results: Results): string {
  const shown = Object.entries(TABLES).flatMap(([name, table]) => {
    const cells = table(results);
    const [title = '', set] = name.split('.');
    const head = `${TITLES[title] ?? title}${set ? ` (${set})` : ''}`;
    return cells.length > 1 ? [`\n${head}\n${plain(cells)}`] : [];
  });
  const seeds = Object.entries(results.seeds).map(([set, [from, to]]) => `${set} ${from}..${to}`);
  return [`${results.purpose} seeds: ${seeds.join(', ')}; alpha ${results.alpha}; ${results.plans} plans each`, ...shown].join('\n'); // prettier-ignore
}
