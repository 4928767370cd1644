import { expect, test } from 'vitest';
import { DOCUMENTED, argo, argoAsDocumented } from '../../../../../bench/decisions/peers/argo.ts';
import { arm, minute, watched } from '../given.ts';

const at = (errors: number) => minute(arm({ errors }));

/** docs/features/analysis.md@010ad55: a sample each five minutes, failed below 95 %, failureLimit 3; the code fails at the fourth (`Failed > FailureLimit`). */
test('the documented analysis fails at its fourth measurement below 95 %', () => {
  expect(watched(argoAsDocumented, () => at(6))).toEqual({ decision: 'rollBack', after: 20 });
  expect(watched(argoAsDocumented, () => at(5)).decision).toBe('goOn');
  expect(watched(argo('strict', { ...DOCUMENTED, failureLimit: 0 }), () => at(6))).toEqual({ decision: 'rollBack', after: 5 });
}); // prettier-ignore

const everyOther = (i: number) => at(Math.floor(i / 5) % 2 === 0 ? 10 : 0);

test('failed measurements need not follow each other', () => {
  expect(watched(argoAsDocumented, everyOther)).toEqual({ decision: 'rollBack', after: 35 });
});

test('0/0 fails a measurement; before the first request it errs, and more than four errors in sequence abort', () => {
  expect(watched(argoAsDocumented, (i) => (i === 0 ? at(0) : minute(undefined)))).toEqual({ decision: 'rollBack', after: 25 }); // prettier-ignore
  expect(watched(argoAsDocumented, () => minute(undefined))).toEqual({ decision: 'rollBack', after: 25 });
  expect(watched(argoAsDocumented, (i) => (i < 20 ? minute(undefined) : at(0))).decision).toBe('goOn');
});
