import { describe, expect, it } from 'vitest';
import { faultLine } from '../../../../src/lib/core/policy/fault.ts';
import { checkPublication } from '../../../../src/lib/core/policy/publicationRules.ts';
import { ESTATE, estateFrom, policyFrom, SIMPLE } from './given.ts';

function lines(policies: readonly (readonly [file: string, text: string])[], estate = ESTATE): string[] {
  const parsed = policies.map(([file, text]) => policyFrom(text, file));
  return checkPublication(parsed, estateFrom(estate).estate).map(faultLine);
}

const TWO = SIMPLE.replace('environments:', 'environments:\n  test: {workspace: ml-test, endpoint: spam-test}');

const BROUGHT = (by: string) =>
  TWO.replace('endpoint: spam-online}', `endpoint: spam-online, after: test, bring: ${by}}`);

describe('a policy against the estate', () => {
  it('that fits is silent', () => {
    expect(lines([['a.yaml', TWO]])).toEqual([]);
  });

  const rows: readonly { rule: string; policy: string; estate?: string; lines: string[] }[] = [
    { rule: 'unknown workspace', policy: SIMPLE.replace('ml-prod', 'ml-prd'), lines: ["a.yaml:5:21 environments.prod.workspace: expected a workspace of the estate (ml-prod, ml-test), got 'ml-prd' (did you mean 'ml-prod'?)"] },
    { rule: "another environment's workspace", policy: SIMPLE.replace('ml-prod', 'ml-test'), lines: ['a.yaml:5:21 environments.prod.workspace: expected a workspace of prod; the estate says ml-test is test'] },
    { rule: 'unknown owner', policy: SIMPLE.replace('ml-oncall@example.com', 'oncal'), lines: ["a.yaml:3:10 owners[0]: expected a channel of the estate (oncall, releases), got 'oncal' (did you mean 'oncall'?), or an e-mail address"] },
    { rule: 'unknown channel in a section of all environments is told once', policy: `${TWO}notify: {page: [oncall, phone]}\n`, lines: ["a.yaml:10:25 notify.page[1]: expected a channel of the estate (oncall, releases), got 'phone', or an e-mail address"] },
    { rule: 'unknown channel that brings', policy: BROUGHT('cj'), lines: ["a.yaml:6:73 environments.prod.bring: expected a channel of the estate (oncall, releases), got 'cj'"] },
    { rule: 'a channel that cannot be asked', policy: BROUGHT('releases'), lines: ['a.yaml:6:73 environments.prod.bring: expected a channel of kind github or email, which can be asked for something; releases is eventGrid'] },
    { rule: 'a person may be asked', policy: BROUGHT('oncall'), lines: [] },
    { rule: 'floor: confidence', policy: SIMPLE.replace('higher}', 'higher, confidence: 80%}'), estate: `${ESTATE}floor: {prod: {minConfidence: 95%}}\n`, lines: ["a.yaml:8:60 gate.confidence: expected at least 95%, the estate's floor for prod; got 80%"] },
    { rule: 'floor: first step, by default', policy: SIMPLE, estate: `${ESTATE}floor: {prod: {maxFirstStep: 5%}}\n`, lines: ["a.yaml:1:1 rollout.steps[0]: expected at most 5%, the estate's floor for prod; got 10%"] },
    { rule: 'floor: durations', policy: `${SIMPLE}rollout: {bake: 6m, watch: 6m, keepPrevious: 1h}\n`, estate: `${ESTATE}floor: {prod: {minBake: 10m, minWatch: 1h, minKeepPrevious: 1d}}\n`, lines: ["a.yaml:9:17 rollout.bake: expected at least 10m, the estate's floor for prod; got 6m", "a.yaml:9:28 rollout.watch: expected at least 1h, the estate's floor for prod; got 6m", "a.yaml:9:46 rollout.keepPrevious: expected at least 1d, the estate's floor for prod; got 1h"] },
    { rule: 'unknown role', policy: `${SIMPLE}approval: {role: Risk}\n`, estate: `${ESTATE}roles: {ModelRisk: [ada@example.com]}\n`, lines: ["a.yaml:9:18 approval.role: expected a role of the estate (ModelRisk), got 'Risk'"] },
    { rule: 'a role without anybody', policy: `${SIMPLE}approval: {role: Risk}\n`, estate: `${ESTATE}roles: {Risk: []}\n`, lines: ['a.yaml:9:11 approval.count: expected at least 1 members of Risk in the estate: nobody could ever approve [SW401 docs/policy-checks.md#sw401-too-few-approvers]'] },
    { rule: 'fewer people than approvals', policy: `${SIMPLE}approval: {role: Risk, count: 2}\n`, estate: `${ESTATE}roles: {Risk: [ada@example.com, Ada@example.com]}\n`, lines: ['a.yaml:9:31 approval.count: expected at least 2 members of Risk in the estate: nobody could ever approve [SW401 docs/policy-checks.md#sw401-too-few-approvers]'] },
    { rule: 'a group may have any number of members', policy: `${SIMPLE}approval: {role: Risk, count: 2}\n`, estate: `${ESTATE}roles: {Risk: [00000000-0000-0000-0000-0000000000aa]}\n`, lines: [] },
    { rule: 'floor of another environment', policy: SIMPLE, estate: `${ESTATE}floor: {test: {minBake: 1d}}\n`, lines: [] },
    { rule: 'floor: a margin alone is no confidence', policy: SIMPLE.replace('higher}', 'higher, judge: fixedMargin}'), estate: `${ESTATE}floor: {prod: {minConfidence: 95%}}\n`, lines: ["a.yaml:8:55 gate.judge: expected confidence, the estate's floor for prod; got fixedMargin"] },
    { rule: 'floor: nor is one of a guardrail', policy: SIMPLE.replace('higher}', 'higher, guardrails: [{metric: size, better: lower, margin: 1, judge: fixedMargin}]}'), estate: `${ESTATE}floor: {prod: {minConfidence: 95%}}\n`, lines: ["a.yaml:8:109 gate.guardrails[0].judge: expected confidence, the estate's floor for prod; got fixedMargin"] },
    { rule: 'exactly at the floor', policy: SIMPLE, estate: `${ESTATE}floor: {prod: {minConfidence: 95%, maxFirstStep: 10%, minBake: 10m, minWatch: 2h, minKeepPrevious: 24h}}\n`, lines: [] },
  ]; // prettier-ignore

  it.each(rows)('$rule', ({ policy, estate, lines: wanted }) => {
    expect(lines([['a.yaml', policy]], estate)).toEqual(wanted);
  });
});

describe('policies against each other', () => {
  it('one endpoint belongs to one lifecycle, whatever its case', () => {
    const other = SIMPLE.replace('spam-filter', 'phish-filter').replace('spam-online', 'Spam-Online');
    expect(lines([['a.yaml', SIMPLE], ['b.yaml', other]])).toEqual([
      'b.yaml:5:40 environments.prod.endpoint: expected an endpoint of its own; Spam-Online in ml-prod belongs to spam-filter in prod (a.yaml)',
    ]); // prettier-ignore
  });

  it('the same name in another workspace is another endpoint', () => {
    const both = SIMPLE.replace('environments:', 'environments:\n  test: {workspace: ml-test, endpoint: spam-online}');
    expect(lines([['a.yaml', both]])).toEqual([]);
  });

  it('one model has one policy', () => {
    const again = SIMPLE.replace('spam-online', 'other');
    expect(lines([['a.yaml', SIMPLE], ['b.yaml', again]])).toEqual([
      'b.yaml:2:8 model: expected one policy a model; a.yaml has it too',
    ]); // prettier-ignore
  });
});
