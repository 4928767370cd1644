import type { Method } from './method.ts';
import { argoAsDocumented } from './peers/argo.ts';
import { cloudwatchAlarms, cloudwatchTuned } from './peers/cloudwatch.ts';
import { flaggerAsDocumented, flaggerTuned } from './peers/flagger.ts';
import { kayentaEveryTen, kayentaOnce } from './peers/kayenta.ts';
import { naivePeeking } from './peers/naive.ts';
import { oracle } from './peers/wald.ts';
import { steward, stewardAskedFirst } from './steward.ts';

/** The judge first, then what others publish, then what nobody can beat. */
export const METHODS: readonly Method[] = [
  steward,
  stewardAskedFirst,
  flaggerAsDocumented,
  flaggerTuned,
  argoAsDocumented,
  cloudwatchAlarms,
  cloudwatchTuned,
  kayentaOnce,
  kayentaEveryTen,
  naivePeeking,
  oracle,
];
