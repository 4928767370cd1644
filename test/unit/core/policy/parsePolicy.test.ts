import { describe, expect, it } from 'vitest';
import { policySchema } from '../../../../src/lib/core/policy/policySchema.ts';
import { resolvePolicy } from '../../../../src/lib/core/policy/resolvePolicy.ts';
import { inlineRequests } from '../../../../src/lib/core/policy/requestFiles.ts';
import { readYaml } from '../../../../src/lib/core/policy/yamlSource.ts';
import { DEMANDING, linesOf, policyFrom, SIMPLE } from './given.ts';

const HEAD = `steward: 1
model: m
owners: [a@example.com]
environments:
  prod: {workspace: ml-prod, endpoint: spam}
evaluation: {job: e, data: d}
`;
const GATE = 'gate: {metric: auc, better: higher}\n';
const FROM_TRAINING = HEAD.replace('{job: e, data: d}', '{from: training, data: d}');

describe('the simple policy', () => {
  it('gets safe defaults', () => {
    const { prod } = policyFrom(SIMPLE).policy.environments;
    expect(prod).toEqual({
      model: 'spam-filter',
      environment: 'prod',
      workspace: 'ml-prod',
      endpoint: 'spam-online',
      serves: 'online',
      entry: true,
      handsTo: [],
      owners: ['ml-oncall@example.com'],
      training: {
        from: { kind: 'champion' },
        when: { drift: { breaches: 1, of: 1 } },
        cooldownMs: 24 * 3_600_000,
        budget: { runs: 4, perMs: 30 * 86_400_000 },
        deadline: { startMs: 2 * 3_600_000, finishMs: 12 * 3_600_000 },
        output: 'model',
        unregistered: 'ignore',
        dataOwners: [],
      },
      evaluation: {
        from: { kind: 'job', job: 'evaluate-spam' }, data: 'spam-holdout', predictions: 'predictions', artifact: 'tell',
        deadlineMs: 6 * 3_600_000,
      }, // prettier-ignore
      gate: {
        metric: 'accuracy', better: 'higher', compare: 'superior', margin: 0, confidence: 0.95, guardrails: [], require: [],
      }, // prettier-ignore
      rollout: {
        deployment: {},
        update: 'beside',
        stepsPercent: [10, 50, 100],
        bakeMs: 600_000,
        onInconclusive: 'hold',
        onNewerVersion: 'wait',
        deadlineMs: 24 * 3_600_000,
        watchMs: 2 * 3_600_000,
        keepPreviousMs: 24 * 3_600_000,
        deployDeadlineMs: 3_600_000,
        canary: {
          errors: 2, latencyPercent: 30, maxFalseRollback: 0.02, negligible: 0.002, minRequests: 100, settleMs: 300_000, traffic: 'metrics',
          limits: {},
        }, // prettier-ignore
      },
      notify: {
        page: ['ml-oncall@example.com'], decide: ['ml-oncall@example.com'], inform: ['ml-oncall@example.com'],
      }, // prettier-ignore
    });
  });

  it('has nothing to be said about it', () => {
    expect(linesOf(SIMPLE)).toEqual([]);
  });
});

describe('the demanding policy', () => {
  it('is obeyed whole', () => {
    expect(linesOf(DEMANDING, { 'smoke.json': '{"data": [1]}' })).toEqual([]);
  });

  it('is understood whole by the schema', () => {
    const { dev, test, prod } = resolvedWithoutRules(DEMANDING).environments;
    expect(dev).toMatchObject({ entry: true, rollout: { stepsPercent: [100], bakeMs: 0, watchMs: 2 * 3_600_000 } });
    expect(dev?.rollout.smokeTest).toBeUndefined();
    expect(test).toMatchObject({ entry: false, after: 'dev', rollout: { stepsPercent: [5, 25, 50, 100] } });
    expect(prod).toMatchObject({
      approval: { role: 'ModelRisk', count: 2, fourEyes: true, expiresMs: 48 * 3_600_000, onTimeout: 'reject' },
      freeze: { calendar: 'bank-changes', inFlight: 'hold' },
      training: { in: 'dev', when: { drift: { monitor: 'credit-monitor', breaches: 2, of: 3 } } },
      gate: {
        margin: 0.002,
        guardrails: [
          { metric: 'brier', comparison: { better: 'lower', compare: 'nonInferior', margin: 0.003 } },
          { metric: 'auc', min: 0.78 },
        ],
        slices: { by: ['age_band', 'region'], minRows: 500, maxGap: 0.03 },
      },
      rollout: {
        smokeTest: { request: { data: [1] }, expect: { status: 200, latencyMs: 300 }, also: [] },
        shadow: { percent: 20, forMs: 4 * 3_600_000 },
        canary: { errors: 2, latencyPercent: 30, maxFalseRollback: 0.01, limits: { errorRate: 0.03 } },
      },
      notify: { page: ['credit-oncall'], decide: ['model-risk'], inform: ['credit-ml'] },
    });
  });
});

function resolvedWithoutRules(text: string) {
  const source = readYaml(text, 'p.yaml');
  if ('faults' in source) throw new Error('not YAML');
  return resolvePolicy(
    policySchema.parse(
      inlineRequests(source.data, { readRequest: () => '{"data": [1]}', schemaFault: () => undefined }).data,
    ),
  );
}

describe('all faults at once', () => {
  it('three faults are three lines, each with its place', () => {
    const text = `steward: 1
model: spam-filter
owners: [ml-oncall@example.com]
environments:
  prod: {workspace: ml-prod, endpoint: spam-online}
evaluation: {job: evaluate-spam, data: spam-holdout}
gate:
  metrc: accuracy
  better: higher
rollout:
  bake: 10
  steps: [10%, 50%]
`;
    expect(linesOf(text)).toEqual([
      "p.yaml:8:3 gate.metrc: unknown key (did you mean 'metric'?)",
      'p.yaml:11:9 rollout.bake: expected a duration with a unit, such as 10m, 24h or 7d, got 10',
      'p.yaml:12:10 rollout.steps: expected ascending percentages that end with 100%, such as [10%, 50%, 100%]',
    ]);
  });
});

const BOTH = `${HEAD.replace('environments:', 'environments:\n  dev: {workspace: ml-dev, endpoint: spam-dev}')}${GATE}`;

describe('every rule has its line', () => {
  const rows: readonly { rule: string; text: string; line: string; files?: Record<string, string> }[] = [
    { rule: 'not YAML', text: 'a: [1\n', line: 'p.yaml:2:1 not valid YAML: Flow sequence in block collection must be sufficiently indented and end with a ]' },
    { rule: 'a key twice', text: `${HEAD}model: n\n${GATE}`, line: 'p.yaml:7:1 not valid YAML: Map keys must be unique' },
    { rule: 'an empty file', text: '', line: 'p.yaml:1:1 expected a map with steward, model, owners, environments, training, evaluation, gate, approval, freeze, rollout, batch, notify, got nothing' },
    { rule: 'format version', text: `${HEAD.replace('steward: 1', 'steward: 2')}${GATE}`, line: 'p.yaml:1:10 steward: expected 1, the version of this format, got 2' },
    { rule: 'model name is text', text: `${HEAD.replace('model: m', 'model: 7')}${GATE}`, line: 'p.yaml:2:8 model: expected the name of a registered model, got 7' },
    { rule: 'owners', text: `${HEAD.replace('[a@example.com]', '[]')}${GATE}`, line: 'p.yaml:3:9 owners: expected at least one owner, got an empty list' },
    { rule: 'more recipients than one save can hold', text: `${HEAD}${GATE}notify: {page: [${Array.from({ length: 21 }, (_, n) => `p${n}@example.com`).join(', ')}]}\n`, line: 'p.yaml:8:16 notify.page: expected at most 20; more people are one channel of the estate, got a list' },
    { rule: 'no environment', text: 'steward: 1\nmodel: m\nowners: [a@b.ch]\nenvironments: {}\n', line: 'p.yaml:4:15 environments: expected a map from environment name to {workspace, endpoint or batchEndpoint}' },
    { rule: 'environment name', text: `${HEAD.replace('prod:', 'Prod:')}${GATE}`, line: "p.yaml:5:3 environments.Prod: expected an environment name of lower-case letters, digits and dashes, got 'Prod'" },
    { rule: 'key on', text: `${HEAD.replace('prod:', 'on:')}${GATE}`, line: "p.yaml:5:3 environments.on: 'on' must not be a key: YAML 1.1 readers make it true or false; expected another name" },
    { rule: 'missing key', text: `${HEAD.replace(', endpoint: spam', '')}${GATE}`, line: 'p.yaml:5:9 environments.prod.endpoint: missing: expected endpoint (online) or batchEndpoint, and only one of them' },
    { rule: 'endpoint name', text: `${HEAD.replace('spam}', 'spam-}')}${GATE}`, line: "p.yaml:5:40 environments.prod.endpoint: expected an endpoint name: 3 to 32 letters, digits and single dashes, beginning with a letter, got 'spam-'" },
    { rule: 'far-off unknown key', text: `${HEAD}${GATE}colour: red\n`, line: 'p.yaml:8:1 colour: unknown key; known here: steward, model, owners, environments, training, evaluation, gate, approval, freeze, rollout, batch, notify' },
    { rule: 'near word', text: `${HEAD}gate: {metric: auc, better: higer}\n`, line: "p.yaml:7:29 gate.better: expected higher or lower, got 'higer' (did you mean 'higher'?)" },
    { rule: 'percent needs its sign', text: `${HEAD}gate: {metric: auc, better: higher, confidence: 95}\n`, line: 'p.yaml:7:49 gate.confidence: expected a percentage with its sign, above 50% and below 100%, such as 95%, got 95' },
    { rule: 'confidence range', text: `${HEAD}gate: {metric: auc, better: higher, confidence: 100%}\n`, line: "p.yaml:7:49 gate.confidence: expected a percentage with its sign, above 50% and below 100%, such as 95%, got '100%'" },
    { rule: 'empty gate', text: `${HEAD}gate: {better: higher}\n`, line: 'p.yaml:7:7 gate.metric: missing: expected the name of a metric that the evaluation logs' },
    { rule: 'gate without evaluation', text: `${HEAD.replace(/evaluation.*\n/, '')}${GATE}`, line: 'p.yaml:6:7 gate: expected an evaluation for prod: a gate that gets no evidence never decides' },
    { rule: 'evaluation by nothing', text: `${HEAD.replace('{job: e, data: d}', '{data: d}')}${GATE}`, line: 'p.yaml:6:13 evaluation.job: missing: expected job, component or from: training, and only one of them' },
    { rule: 'evaluation by two', text: `${HEAD.replace('{job: e, data: d}', '{job: e, from: training, data: d}')}${GATE}`, line: 'p.yaml:6:28 evaluation.from: expected job, component or from: training, and only one of them' },
    { rule: 'evaluation from elsewhere', text: `${HEAD.replace('{job: e, data: d}', '{from: champion, data: d}')}${GATE}`, line: "p.yaml:6:20 evaluation.from: expected training, got 'champion'" },
    { rule: 'component without compute', text: `${HEAD.replace('{job: e, data: d}', '{component: e, data: d}')}${GATE}`, line: 'p.yaml:6:13 evaluation.compute: missing: expected the compute on which the component runs' },
    { rule: 'compute without component', text: `${HEAD.replace('{job: e, data: d}', '{job: e, compute: c, data: d}')}${GATE}`, line: 'p.yaml:6:31 evaluation.compute: expected a component with it: a job brings its own compute' },
    { rule: 'name of an output', text: `${HEAD.replace('data: d}', "data: d, predictions: a/b}")}${GATE}`, line: "p.yaml:6:44 evaluation.predictions: expected the name of an output of the evaluation, got 'a/b'" },
    { rule: 'artifact', text: `${HEAD.replace('data: d}', "data: d, artifact: verfy}")}${GATE}`, line: "p.yaml:6:41 evaluation.artifact: expected tell or verify, got 'verfy' (did you mean 'verify'?)" },
    { rule: 'negative margin', text: `${HEAD}gate: {metric: auc, better: higher, margin: -1}\n`, line: 'p.yaml:7:45 gate.margin: expected a margin of 0 or more, got -1' },
    { rule: 'nonInferior by nothing', text: `${HEAD}gate: {metric: auc, better: higher, compare: nonInferior}\n`, line: 'p.yaml:7:46 gate.compare: expected a margin greater than 0 with nonInferior: how much worse may it get?' },
    { rule: 'crossed bounds', text: `${HEAD}gate: {metric: auc, better: higher, min: 0.9, max: 0.8}\n`, line: 'p.yaml:7:42 gate.min: expected a min below max' },
    { rule: 'guardrail that guards nothing', text: `${HEAD}gate: {metric: auc, better: higher, guardrails: [{metric: b}]}\n`, line: 'p.yaml:7:59 gate.guardrails[0].metric: expected better (with margin), min or max: a guardrail without any guards nothing' },
    { rule: 'guardrail without side', text: `${HEAD}gate: {metric: auc, better: higher, guardrails: [{metric: b, margin: 1, min: 0}]}\n`, line: 'p.yaml:7:59 gate.guardrails[0].metric: expected better: higher or lower, which a comparison needs' },
    { rule: 'guardrail without margin', text: `${HEAD}gate: {metric: auc, better: higher, guardrails: [{metric: b, better: lower}]}\n`, line: 'p.yaml:7:59 gate.guardrails[0].metric: expected a margin greater than 0: how much worse may it get?' },
    { rule: 'demand', text: `${HEAD}gate: {metric: auc, better: higher, require: [git]}\n`, line: "p.yaml:7:47 gate.require[0]: expected one of gitCommit, cleanTree, dataVersions, dataValidation, pinnedEnvironment, or tag:NAME, or report:NAME, got 'git'" },
    { rule: 'steps ascend', text: `${HEAD}${GATE}rollout: {steps: [50%, 10%, 100%]}\n`, line: 'p.yaml:8:18 rollout.steps: expected ascending percentages that end with 100%, such as [10%, 50%, 100%]' },
    { rule: 'a step of nothing', text: `${HEAD}${GATE}rollout: {steps: [0%, 100%]}\n`, line: "p.yaml:8:19 rollout.steps[0]: expected a percentage with its sign, above 0% and at most 100%, such as 10%, got '0%'" },
    { rule: 'no steps', text: `${HEAD}${GATE}rollout: {steps: []}\n`, line: 'p.yaml:8:18 rollout.steps: expected ascending percentages that end with 100%, such as [10%, 50%, 100%]' },
    { rule: 'duration needs its unit', text: `${HEAD}${GATE}rollout: {watch: 24}\n`, line: 'p.yaml:8:18 rollout.watch: expected a duration with a unit, such as 10m, 24h or 7d, got 24' },
    { rule: 'a deadline of nothing', text: `${HEAD}${GATE}rollout: {deadline: 0h}\n`, line: "p.yaml:8:21 rollout.deadline: expected a duration with a unit, such as 10m, 24h or 7d, longer than zero, got '0h'" },
    { rule: 'bakes outlast the deadline', text: `${HEAD}${GATE}rollout: {bake: 12h, deadline: 24h}\n`, line: 'p.yaml:8:32 rollout.deadline: expected a deadline longer than the bakes of all steps together' },
    { rule: 'the shadow outlasts the deadline', text: `${HEAD}${GATE}rollout: {deadline: 4h, shadow: {percent: 20%, for: 4h}}\n`, line: 'p.yaml:8:21 rollout.deadline: expected a deadline longer than the shadow (shadow.for)' },
    { rule: 'multiple', text: `${HEAD}${GATE}rollout: {canary: {errors: 1x}}\n`, line: "p.yaml:8:28 rollout.canary.errors: expected a multiple greater than 1x, such as 2x, got '1x'" },
    { rule: 'increase', text: `${HEAD}${GATE}rollout: {canary: {latency: 30%}}\n`, line: "p.yaml:8:29 rollout.canary.latency: expected an increase greater than +0%, such as +30%, got '30%'" },
    { rule: 'false rollbacks', text: `${HEAD}${GATE}rollout: {canary: {maxFalseRollback: 60%}}\n`, line: "p.yaml:8:38 rollout.canary.maxFalseRollback: expected a percentage with its sign, above 0% and at most 50%, such as 2%, got '60%'" },
    { rule: 'minimum traffic', text: `${HEAD}${GATE}rollout: {canary: {minRequests: 0}}\n`, line: 'p.yaml:8:33 rollout.canary.minRequests: expected a whole number, 1 or more, got 0' },
    { rule: 'traffic from nowhere', text: `${HEAD}${GATE}rollout: {canary: {traffic: logs}}\n`, line: "p.yaml:8:29 rollout.canary.traffic: expected metrics or log, got 'logs' (did you mean 'log'?)" },
    { rule: 'mirroring limit', text: `${HEAD}${GATE}rollout: {shadow: {percent: 60%, for: 1h}}\n`, line: "p.yaml:8:29 rollout.shadow.percent: expected a percentage with its sign, above 0% and at most 50% (the platform mirrors no more), such as 20%, got '60%'" },
    { rule: 'request file is absent', text: `${HEAD}${GATE}rollout: {smokeTest: {request: smoke.json}}\n`, line: "p.yaml:8:32 rollout.smokeTest.request: expected a JSON file beside the policy; 'smoke.json' cannot be read: no such file" },
    { rule: 'request file holds a bare number', text: `${HEAD}${GATE}rollout: {smokeTest: {request: smoke.json}}\n`, files: { 'smoke.json': '7' }, line: "p.yaml:8:32 rollout.smokeTest.request: expected a JSON object or array in 'smoke.json'" },
    { rule: 'request is neither file nor body', text: `${HEAD}${GATE}rollout: {smokeTest: {request: 7}}\n`, line: 'p.yaml:8:32 rollout.smokeTest.request: expected the name of a JSON file beside the policy, or the JSON body itself as a map or list, got 7' },
    { rule: 'steps in place', text: `${HEAD}${GATE}rollout: {update: inPlace}\n`, line: 'p.yaml:8:10 rollout.steps: expected [100%] with update: inPlace, where there is one deployment and nothing to split' },
    { rule: 'flips of no column', text: `${HEAD}${GATE}rollout: {shadow: {percent: 5%, for: 1h, answers: {score: p, maxFlips: 5%}}}\n`, line: 'p.yaml:8:51 rollout.shadow.answers.prediction: expected the column of the class that maxFlips is about' },
    { rule: 'a shift of no column', text: `${HEAD}${GATE}rollout: {shadow: {percent: 5%, for: 1h, answers: {prediction: l, maxShift: 0.1}}}\n`, line: 'p.yaml:8:51 rollout.shadow.answers.score: expected the column of the number that maxShift is about' },
    { rule: 'answers without a column', text: `${HEAD}${GATE}rollout: {shadow: {percent: 5%, for: 1h, answers: {rows: /a}}}\n`, line: 'p.yaml:8:51 rollout.shadow.answers.prediction: expected prediction or score, the column of a class or of a number' },
    { rule: 'answers that are what was asked', text: `${HEAD}${GATE}rollout: {shadow: {percent: 5%, for: 1h, answers: {inputs: x, outputs: x, score: p}}}\n`, line: 'p.yaml:8:72 rollout.shadow.answers.outputs: expected another collection than that of the inputs' },
    { rule: 'rows by no pointer', text: `${HEAD}${GATE}rollout: {shadow: {percent: 5%, for: 1h, answers: {rows: a, score: p}}}\n`, line: "p.yaml:8:58 rollout.shadow.answers.rows: expected a JSON Pointer to the list of rows, such as /predictions, got 'a'" },
    { rule: 'all rows may flip', text: `${HEAD}${GATE}rollout: {shadow: {percent: 5%, for: 1h, answers: {prediction: l, maxFlips: 100%}}}\n`, line: "p.yaml:8:77 rollout.shadow.answers.maxFlips: expected a percentage with its sign, above 0% and below 100%, such as 5%, got '100%'" },
    { rule: 'no shift at all', text: `${HEAD}${GATE}rollout: {shadow: {percent: 5%, for: 1h, answers: {score: p, maxShift: 0}}}\n`, line: 'p.yaml:8:72 rollout.shadow.answers.maxShift: expected a number above 0, such as 0.05, got 0' },
    { rule: 'shadow in place', text: `${HEAD}${GATE}rollout: {update: inPlace, steps: [100%], shadow: {percent: 5%, for: 1h}}\n`, line: 'p.yaml:8:51 rollout.shadow: not possible with update: inPlace: there is no second deployment to copy requests to' },
    { rule: 'deployment in place', text: `${HEAD}${GATE}rollout: {update: inPlace, steps: [100%], deployment: {instances: 2}}\n`, line: 'p.yaml:8:55 rollout.deployment: not possible with update: inPlace, which exchanges the model alone, so that it can be taken back' },
    { rule: 'asset without its version', text: `${HEAD}${GATE}rollout: {deployment: {environment: mail}}\n`, line: "p.yaml:8:37 rollout.deployment.environment: expected the name and version of an environment, such as name:3, or its azureml://registries address, got 'mail'" },
    { rule: 'schema that cannot fail', text: `${HEAD}${GATE}rollout: {smokeTest: {request: {a: 1}, expect: {schema: {minimum: 1}}}}\n`, line: 'p.yaml:8:57 rollout.smokeTest.expect.schema: expected a JSON Schema that can be used: strict mode: missing type "number" for keyword "minimum" at "#" (strictTypes)' },
    { rule: 'schema file that cannot be used', text: `${HEAD}${GATE}rollout: {smokeTest: {request: {a: 1}, also: [{request: {b: 1}, expect: {schema: s.json}}]}}\n`, files: { 's.json': '{"typ": "array"}' }, line: 'p.yaml:8:82 rollout.smokeTest.also[0].expect.schema: expected a JSON Schema that can be used: strict mode: unknown keyword: "typ"' },
    { rule: 'place that is no pointer', text: `${HEAD}${GATE}rollout: {smokeTest: {request: {a: 1}, expect: {values: {label: ham}}}}\n`, line: "p.yaml:8:58 rollout.smokeTest.expect.values.label: expected a JSON Pointer, such as /0/label, got 'label'" },
    { rule: 'too many requests', text: `${HEAD}${GATE}rollout: {smokeTest: {request: {a: 1}, also: [{request: {}}, {request: {}}, {request: {}}, {request: {}}, {request: {}}]}}\n`, line: 'p.yaml:8:46 rollout.smokeTest.also: expected a list of at most 4 more requests, such as [{request: other.json}], got a list' },
    { rule: 'training without a cause', text: `${HEAD}${GATE}training: {from: champion, when: {}}\n`, line: 'p.yaml:8:34 training.when: expected drift, newData or schedule: nothing would ever start a training' },
    { rule: 'training from nowhere', text: `${HEAD}${GATE}training: {from: last, when: {newData: d}}\n`, line: "p.yaml:8:18 training.from: expected champion, or a map with job, or a map with component, compute, got 'last'" },
    { rule: 'key inside an alternative', text: `${HEAD}${GATE}training: {from: {jobs: x}, when: {newData: d}}\n`, line: "p.yaml:8:19 training.from.jobs: unknown key (did you mean 'job'?)" },
    { rule: 'training from a component without a compute', text: `${HEAD}${GATE}training: {from: {component: fit}, when: {newData: d}}\n`, line: 'p.yaml:8:18 training.from.compute: missing: expected the compute on which the component runs' },
    { rule: 'breaches', text: `${HEAD}${GATE}training: {when: {drift: {breaches: 3 of 2}}}\n`, line: "p.yaml:8:37 training.when.drift.breaches: expected so many breaches of so many monitor runs, such as 2 of 3, got '3 of 2'" },
    { rule: 'training where nobody trains', text: `${HEAD.replace('spam}', 'spam, training: {in: dev, when: {newData: d}}}\n  dev:  {workspace: ml-dev, endpoint: spam-dev}')}${GATE}`, line: 'p.yaml:5:61 environments.prod.training.in: expected an environment with a training of its own: dev would refuse what is handed to it' },
    { rule: 'training that is handed in a circle', text: `${HEAD.replace('spam}', 'spam, training: {in: dev, when: {newData: d}}}\n  dev:  {workspace: ml-dev, endpoint: spam-dev, training: {in: prod, when: {newData: d}}}')}${GATE}`, line: 'p.yaml:5:61 environments.prod.training.in: expected an environment that trains itself: dev hands its trainings on to prod' },
    { rule: 'training elsewhere', text: `${HEAD}${GATE}training: {in: prd, when: {newData: d}}\n`, line: "p.yaml:8:16 training.in: expected an environment of this policy (prod), got 'prd' (did you mean 'prod'?)" },
    { rule: 'cron is quoted', text: `${HEAD}${GATE}training: {when: {schedule: {cron: 0 3 * * SUN}}}\n`, line: 'p.yaml:8:36 training.when.schedule.cron: expected quotes around 0 3 * * SUN' },
    { rule: 'cron has five fields', text: `${HEAD}${GATE}training: {when: {schedule: {cron: "3 * * SUN"}}}\n`, line: `p.yaml:8:36 training.when.schedule.cron: expected five cron fields in quotes, such as "0 3 * * SUN", got '3 * * SUN'` },
    { rule: 'times are quoted', text: `${HEAD}${GATE}rollout: {bake: 12:30}\n`, line: 'p.yaml:8:17 rollout.bake: expected quotes around 12:30' },
    { rule: 'cron has values that exist', text: `${HEAD}${GATE}training: {when: {schedule: {cron: "99 3 * * SUN"}}}\n`, line: "p.yaml:8:36 training.when.schedule.cron: expected minutes (0 to 59), got '99' as field 1 of '99 3 * * SUN'" },
    { rule: 'cron has words that exist', text: `${HEAD}${GATE}training: {when: {schedule: {cron: "0 3 * * SON"}}}\n`, line: "p.yaml:8:36 training.when.schedule.cron: expected days of the week (0 to 7, or SUN to SAT), got 'SON' as field 5 of '0 3 * * SON'" },
    { rule: 'cron names a day that comes', text: `${HEAD}${GATE}training: {when: {schedule: {cron: "0 3 30 2 *"}}}\n`, line: "p.yaml:8:36 training.when.schedule.cron: expected a schedule that is due some day, got '0 3 30 2 *': it names a day that never comes" },
    { rule: 'time zone', text: `${HEAD}${GATE}training: {when: {schedule: {cron: "0 3 * * 0", timeZone: Europe/Zurch}}}\n`, line: "p.yaml:8:59 training.when.schedule.timeZone: expected a time zone such as Europe/Zurich, got 'Europe/Zurch'" },
    { rule: 'entry: false without after', text: `${HEAD.replace('endpoint: spam', 'endpoint: spam, entry: false')}${GATE}`, line: 'p.yaml:5:53 environments.prod.entry: expected after: an environment that is no entry and follows none gets no versions' },
    { rule: 'brought from nowhere', text: `${HEAD.replace('endpoint: spam', 'endpoint: spam, bring: ci')}${GATE}`, line: 'p.yaml:5:53 environments.prod.bring: expected after: an environment that follows none has nothing brought to it' },
    { rule: 'after an unknown environment', text: `${HEAD.replace('endpoint: spam', 'endpoint: spam, after: tst')}  tst2: {workspace: ml-t, endpoint: abc}\n${GATE}`.replace(/(evaluation.*\n)(.*\n)/, '$2$1'), line: "p.yaml:5:53 environments.prod.after: expected an environment of this policy (prod, tst2), got 'tst' (did you mean 'tst2'?)" },
    { rule: 'a version that left its training behind', text: BOTH.replace('spam}', 'spam, after: dev}').replace('{job: e, data: d}', '{from: training, data: d}'), line: 'p.yaml:7:20 evaluation.from: expected a job or component for prod: its versions come from dev, and what their trainings measured stays there' },
    { rule: 'a version that left its training behind, in a section of its own', text: BOTH.replace('spam}', 'spam, after: dev, evaluation: {from: training, data: d}}'), line: 'p.yaml:6:77 environments.prod.evaluation.from: expected a job or component for prod: its versions come from dev, and what their trainings measured stays there' },
    { rule: 'a circle', text: `${HEAD.replace('endpoint: spam', 'endpoint: spam, after: prod')}${GATE}`, line: 'p.yaml:5:53 environments.prod.after: expected no circle, got prod after prod' },
    { rule: 'warning: no gate', text: HEAD, line: 'p.yaml:1:1 warning: gate: missing: without a gate no version is ever released' },
    { rule: 'warning: trainings by whose metrics nothing is compared', text: `${FROM_TRAINING}gate: {metric: f1, better: higher}\n`, line: 'p.yaml:6:20 warning: evaluation.from: trainings log metrics, by which only accuracy, errorRate, error_rate, auc, roc_auc, rmse can be compared with a champion: f1 stays undecided, which rejects' },
    { rule: 'warning: a guardrail of trainings that compares', text: `${FROM_TRAINING}gate: {metric: accuracy, better: higher, guardrails: [{metric: brier, better: lower, margin: 0.01}, {metric: auc, min: 0.5}]}\n`, line: 'p.yaml:6:20 warning: evaluation.from: trainings log metrics, by which only accuracy, errorRate, error_rate, auc, roc_auc, rmse can be compared with a champion: brier stays undecided, which rejects' },
    { rule: 'slices by a metric that is not known', text: `${HEAD}gate: {metric: accuracy, better: higher, slices: {by: [region], metric: acc, maxGap: 0.1}}\n`, line: "p.yaml:7:73 gate.slices.metric: expected a metric that slices are compared by: accuracy, errorRate, error_rate, precision, recall, f1, auc, roc_auc, brier, logLoss, log_loss, rmse, mse, mae, got 'acc'" },
    { rule: 'a positive label that is a list', text: `${HEAD}gate: {metric: f1, better: higher, positive: [spam]}\n`, line: 'p.yaml:7:46 gate.positive: expected a label: a text, a number, true or false, got a list' },
    { rule: 'judge without a comparison', text: `${HEAD}gate: {metric: f1, better: higher, guardrails: [{metric: size, max: 3, judge: fixedMargin}]}\n`, line: 'p.yaml:7:58 gate.guardrails[0].metric: expected better: higher or lower, which a comparison needs' },
    { rule: 'warning: a start that comes too late', text: `${HEAD}${GATE}training: {when: {newData: t}, deadline: {start: 13h}}\n`, line: 'p.yaml:8:42 warning: training.deadline: start comes after finish: both count from the submission, so a job that never starts is not tried again' },
    { rule: 'warning: trained on what judges it', text: `${HEAD}${GATE}training: {when: {newData: d}}\n`, line: 'p.yaml:8:28 warning: training.when.newData: the data that versions are judged on (evaluation.data): a model trained on it is judged by what it has seen' },
    { rule: 'warning: bake shorter than the metric delay', text: `${HEAD}${GATE}rollout: {bake: 5m}\n`, line: 'p.yaml:8:17 warning: rollout.bake: a bake of 5m sees no metric: they are judged when 5m old (canary.settle)' },
    { rule: 'warning: shadow shorter than the metric delay', text: `${HEAD}${GATE}rollout: {shadow: {percent: 20%, for: 5m}}\n`, line: 'p.yaml:8:39 warning: rollout.shadow.for: a shadow of 5m sees no metric: they are judged when 5m old (canary.settle)' },
    { rule: 'warning: watch shorter than the metric delay', text: `${HEAD}${GATE}rollout: {watch: 1m}\n`, line: 'p.yaml:8:18 warning: rollout.watch: a watch of 1m sees no metric: they are judged when 5m old (canary.settle)' },
  ]; // prettier-ignore

  it.each(rows)('$rule', ({ text, line, files }) => {
    // Code and page of what the catalogue knows are for checks.test.ts.
    expect(linesOf(text, files).map((told) => told.replace(/ \[SW.*\]$/, ''))).toContain(line);
  });

  it('a policy that breaks none is silent', () => {
    expect(linesOf(`${HEAD}${GATE}`)).toEqual([]);
    const guarded = 'guardrails: [{metric: error_rate, better: lower, margin: 0.01}, {metric: auc, min: 0.6}]';
    expect(linesOf(`${FROM_TRAINING}gate: {metric: accuracy, better: higher, ${guarded}}\n`)).toEqual([]);
    expect(linesOf(`${HEAD}${GATE}training: {when: {newData: t}, deadline: {start: 12h}}\n`)).toEqual([]);
  });
});

describe('environments', () => {
  const two = `steward: 1
model: m
owners: [a@example.com]
environments:
  test: {workspace: ml-test, endpoint: spam-test, rollout: {bake: 20m}, notify: {page: [b@example.com]}}
  prod: {workspace: ml-prod, endpoint: spam}
evaluation: {job: e, data: d}
gate: {metric: auc, better: higher}
rollout: {bake: 30m, watch: 4h, smokeTest: {request: {x: 1}}}
notify: {page: [c@example.com], inform: [d@example.com]}
`;

  it('a section replaces the top-level one whole', () => {
    const { test, prod } = policyFrom(two).policy.environments;
    expect(test?.rollout).toMatchObject({ bakeMs: 20 * 60_000, watchMs: 2 * 3_600_000 });
    expect(test?.rollout.smokeTest).toBeUndefined();
    expect(test?.notify).toEqual({ page: ['b@example.com'], decide: ['a@example.com'], inform: ['a@example.com'] });
    expect(prod?.rollout).toMatchObject({
      bakeMs: 30 * 60_000,
      smokeTest: { request: { x: 1 }, expect: { status: 200 }, also: [] },
    });
    expect(prod?.notify).toEqual({ page: ['c@example.com'], decide: ['a@example.com'], inform: ['d@example.com'] });
  });

  it('each knows those that come after it', () => {
    const { test, prod } = policyFrom(two.replace('endpoint: spam}', 'endpoint: spam, after: test}')).policy
      .environments;
    expect([test?.handsTo, test?.entry]).toEqual([['prod'], true]);
    expect([prod?.handsTo, prod?.entry, prod?.after]).toEqual([[], false, 'test']);
  });

  it('a circle of two is told once', () => {
    const circle = two
      .replace('spam-test', 'spam-test, after: prod')
      .replace('endpoint: spam}', 'endpoint: spam, after: test}');
    expect(linesOf(circle).filter((line) => line.includes('circle'))).toEqual([
      'p.yaml:5:58 environments.test.after: expected no circle, got test after prod after test',
    ]);
  });
});
