import { z } from 'zod';
import { expected } from './expected.ts';
import { count, list, number, section, text, word } from './leaves.ts';
import { metricNames } from '../gate/metrics.ts';
import type { GatePolicy, Guardrail } from './policy.ts';
import { fraction } from './units.ts';

const metric = () => text('the name of a metric that the evaluation logs');
const margin = () => number('a margin in the unit of the metric, 0 or more').min(0, expected('a margin of 0 or more'));
const better = () => word(['higher', 'lower']);
const compare = () => word(['superior', 'nonInferior']);
const judge = () => word(['confidence', 'fixedMargin']);
const positive = z.union([z.string().min(1), z.boolean(), z.number()], expected('a label: a text, a number, true or false')).transform(String); // prettier-ignore
const BOUNDS = 'a min below max';

function boundsCross({ min, max }: { min?: number; max?: number }): boolean {
  return min !== undefined && max !== undefined && min >= max;
}

const guardrail = section({
  metric: metric(),
  better: better().exactOptional(),
  compare: compare().exactOptional(),
  margin: margin().exactOptional(),
  judge: judge().exactOptional(),
  min: number().exactOptional(),
  max: number().exactOptional(),
})
  .superRefine((rail, context) => {
    const fault = (key: string, message: string) => context.addIssue({ code: 'custom', path: [key], message });
    const compares = rail.better !== undefined;
    if (!compares && rail.min === undefined && rail.max === undefined)
      fault('metric', `expected better (with margin), min or max: a guardrail without any guards nothing`);
    if (!compares && (rail.compare !== undefined || rail.margin !== undefined || rail.judge !== undefined))
      fault('metric', 'expected better: higher or lower, which a comparison needs');
    if (compares && rail.compare !== 'superior' && !(rail.margin !== undefined && rail.margin > 0))
      fault('metric', 'expected a margin greater than 0: how much worse may it get?');
    if (boundsCross(rail)) fault('min', `expected ${BOUNDS}`);
  })
  .transform(({ metric: name, better: side, compare: how, margin: by, judge: decides, ...bounds }): Guardrail => ({
    metric: name,
    ...bounds,
    ...(side === undefined
      ? {}
      : { comparison: { better: side, compare: how ?? 'nonInferior', margin: by ?? 0, ...fixed(decides) } }),
  }));

function fixed(judged: 'confidence' | 'fixedMargin' | undefined): { readonly judge?: 'fixedMargin' } {
  return judged === 'fixedMargin' ? { judge: judged } : {};
}

/** For each name a byte of each row is kept. */
const MOST_SLICE_NAMES = 10;

const slices = section({
  by: list(text('the name of a slice'), 'a list of slice names').min(1, expected('at least one slice name')).max(MOST_SLICE_NAMES, expected(`at most ${MOST_SLICE_NAMES} slice names`)), // prettier-ignore
  metric: z.enum(metricNames, expected(`a metric that slices are compared by: ${metricNames.join(', ')}`)),
  minRows: count().prefault(100),
  maxGap: number('the largest allowed difference between slices').min(0, expected('a gap of 0 or more')),
});

/** Each is a line of every verdict, and the row keeps those. */
const MOST_DEMANDS = 20;
const DEMANDS = ['gitCommit', 'cleanTree', 'dataVersions', 'dataValidation', 'pinnedEnvironment'];
const demand = text(
  `one of ${DEMANDS.join(', ')}, or tag:NAME, or report:NAME`,
  new RegExp(`^(${DEMANDS.join('|')}|(tag|report):[A-Za-z0-9._-]{1,128})$`),
);

export const gateSection = section({
  metric: metric(),
  better: better(),
  compare: compare().prefault('superior'),
  margin: margin().prefault(0),
  confidence: fraction({ above: 50, below: 100 }, 'above 50% and below 100%, such as 95%').prefault('95%'),
  judge: judge().prefault('confidence'),
  positive: positive.exactOptional(),
  min: number().exactOptional(),
  max: number().exactOptional(),
  guardrails: list(guardrail, 'a list of guardrails').prefault([]),
  slices: slices.exactOptional(),
  require: list(demand, 'a list of demands')
    .max(MOST_DEMANDS, expected(`at most ${MOST_DEMANDS} demands`))
    .prefault([]),
})
  .superRefine((gate, context) => {
    const fault = (key: string, message: string) => context.addIssue({ code: 'custom', path: [key], message });
    if (gate.compare === 'nonInferior' && gate.margin === 0)
      fault('compare', 'expected a margin greater than 0 with nonInferior: how much worse may it get?');
    if (boundsCross(gate)) fault('min', `expected ${BOUNDS}`);
  })
  .transform(({ judge: decides, ...gate }): GatePolicy => ({ ...gate, ...fixed(decides) }));
