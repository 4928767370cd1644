import { init, type EChartsOption, type LineSeriesOption } from 'echarts';
import { hhmm } from '../figures.ts';
import type { ActRecord, Cell } from '../record.ts';
import type { Reason } from '../steward.ts';

const WIDTH = 900;
const HEIGHT = 190;
/** CSS variables of the page, so that a chart follows its light or dark colours. */
const COLOR = { champion: 'var(--champion)', challenger: 'var(--challenger)', limit: 'var(--limit)', text: 'var(--quiet)', line: 'var(--line)' }; // prettier-ignore

type Point = [number, number | null];

/** SVG: share of live traffic by version, as the endpoint had it. */
export function trafficChart(act: ActRecord): string {
  const { champion, challenger } = versionsOf(act);
  const share = (version: string): Point[] => [
    ...act.splits.map(({ at, versions }): Point => [Math.max(at.getTime(), act.began.getTime()), versions[version] ?? 0]),
    [act.ended.getTime(), act.splits.at(-1)?.versions[version] ?? 0],
  ]; // prettier-ignore
  const area = (version: string, color: string): LineSeriesOption => ({
    ...line(`v${version}`, share(version), color),
    step: 'end',
    stack: 'traffic',
    areaStyle: { color, opacity: 0.35 }, // prettier-ignore
  });
  return svg(act, '%', [area(challenger, COLOR.challenger), area(champion, COLOR.champion)], {
    max: 100,
    interval: 50,
  });
}

/** SVG: share of failed requests per minute, and the most that the challenger may have. */
export function errorsChart(act: ActRecord): string {
  const reason = limitOf(act, 'canary.errors');
  return svg(act, '%', [...both(act, failedPercent), ...limit(act, reason, 100)], {
    max: ({ max }) => Math.max(5, Math.ceil(max)),
  });
}

/** SVG: mean latency per minute, and the highest that the challenger may have. */
export function latencyChart(act: ActRecord): string {
  return svg(act, 'ms', [...both(act, meanOf), ...limit(act, limitOf(act, 'canary.latency'), 1)], {});
}

function failedPercent({ errors, requests }: Cell): number | null {
  return requests === 0 ? null : (errors / requests) * 100;
}

function meanOf({ meanMs, requests }: Cell): number | null {
  return requests === 0 ? null : meanMs;
}

/** The reason that held a limit against the champion's own figure, if live traffic was judged at all. */
export function limitOf({ closed }: Pick<ActRecord, 'closed'>, rule: string): Reason | undefined {
  return closed.reasons.find((reason) => reason.rule === rule && reason.champion !== undefined);
}

export function versionsOf({ closed, version }: Pick<ActRecord, 'closed' | 'version'>) {
  return { champion: closed.release.fallback?.version ?? '', challenger: version };
}

function both(act: ActRecord, of: (cell: Cell) => number | null): LineSeriesOption[] {
  const { champion, challenger } = versionsOf(act);
  const points = (version: string) =>
    act.minutes.map(({ at, versions }): Point => {
      const cell = versions[version];
      return [at.getTime() + 30_000, cell ? of(cell) : null];
    });
  return [
    line(`v${champion}`, points(champion), COLOR.champion),
    line(`v${challenger}`, points(challenger), COLOR.challenger),
  ].filter(({ data }) => data?.some((point) => Array.isArray(point) && point[1] !== null));
}

function limit(act: ActRecord, reason: Reason | undefined, scale: number): LineSeriesOption[] {
  const since = act.closed.release.trail[0]?.at;
  if (reason?.champion === undefined || reason.limit === undefined || since === undefined) return [];
  const value = reason.champion * reason.limit * scale;
  const data: Point[] = [[Date.parse(since), value], [Date.parse(act.closed.at), value]]; // prettier-ignore
  return [{ ...line('limit', data, COLOR.limit), lineStyle: { color: COLOR.limit, width: 1.5, type: 'dashed' } }];
}

function line(name: string, data: Point[], color: string): LineSeriesOption {
  return { name, type: 'line', data, symbol: 'none', itemStyle: { color }, lineStyle: { color, width: 2 } };
}

function svg(act: ActRecord, unit: string, series: LineSeriesOption[], y: { max?: number | ((range: { max: number }) => number); interval?: number }): string {
  const option: EChartsOption = {
    animation: false, useUTC: true, textStyle: { fontFamily: 'system-ui, sans-serif', color: COLOR.text },
    grid: { left: 48, right: 24, top: 32, bottom: 26 },
    legend: { right: 12, top: 2, itemWidth: 18, itemHeight: 8, icon: 'rect', textStyle: { color: COLOR.text }, data: series.map(({ name }) => String(name)) },
    xAxis: {
      type: 'time', minInterval: 60_000, min: act.began.getTime(), max: act.ended.getTime(), axisLine: { lineStyle: { color: COLOR.line } }, axisTick: { show: false },
      axisLabel: { color: COLOR.text, fontSize: 12, hideOverlap: true, formatter: (at: number) => hhmm(new Date(at)) }, splitLine: { show: false },
    },
    yAxis: {
      type: 'value', min: 0, ...y,
      axisLabel: { color: COLOR.text, formatter: `{value} ${unit}` }, splitLine: { lineStyle: { color: COLOR.line } },
    },
    series: [...series, ...marks(act)],
  };
  const chart = init(null, null, { renderer: 'svg', ssr: true, width: WIDTH, height: HEIGHT });
  chart.setOption(option);
  const drawn = chart.renderToSVGString();
  chart.dispose();
  return drawn.replace(/ width="\d+" height="\d+"/, '');
} // prettier-ignore

/** Upright lines where Steward moved traffic, where somebody else did, and where the app was killed. */
function marks({ closed, kill, way }: ActRecord): LineSeriesOption[] {
  const { trail, rollback } = closed.release;
  const at = [
    ...trail.map((step) => ({ xAxis: Date.parse(step.at), name: `${step.percent} %` })),
    ...(rollback?.restoredAt ? [{ xAxis: Date.parse(rollback.restoredAt), name: 'back' }] : []),
    // Lower: it may come soon after a step.
    ...(way ? [{ xAxis: way.hand.at.getTime(), name: 'by hand', label: { offset: [4, 16] } }] : []),
    ...(kill
      ? [{ xAxis: kill.at.getTime(), name: 'kill -9', label: { align: 'right' as const, offset: [-4, 0] } }]
      : []),
  ];
  return [
    {
      type: 'line', data: [],
      markLine: {
        symbol: 'none', silent: true, data: at, lineStyle: { color: COLOR.text, type: 'dotted', width: 1 },
        label: { formatter: '{b}', color: COLOR.text, position: 'insideEndTop', rotate: 0, fontSize: 10, align: 'left', offset: [4, 0] },
      },
    },
  ]; // prettier-ignore
}
