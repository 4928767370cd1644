import { didYouMean } from './expected.ts';
import type { Finding } from './fault.ts';
import { isMap } from './schemaShape.ts';

/**
 * How the environments of one policy fit together. Works on the data as written, so that these faults are told together
 * with those of the schema; whatever has the wrong type is left to the schema.
 */
export function environmentFindings(written: unknown): Finding[] {
  if (!isMap(written) || !isMap(written['environments'])) return [];
  const environments = written['environments'];
  const names = Object.keys(environments);
  const findings = names.flatMap((name) => {
    const environment = environments[name];
    return isMap(environment) ? chainFindings(names, name, environment) : [];
  });
  const cycle = cycleIn(environments);
  if (cycle !== undefined)
    findings.push(
      fault(
        ['environments', cycle[0] ?? '', 'after'],
        `expected no circle, got ${[...cycle, cycle[0]].join(' after ')}`,
      ),
    );
  return [
    ...findings,
    ...gateFindings(written, environments),
    ...measuredFindings(written, environments),
    ...trainingFindings(written, environments),
    ...collectedFindings(written, environments),
  ];
}

function fault(path: readonly string[], message: string): Finding {
  return { severity: 'fault', path, message };
}

function chainFindings(
  names: readonly string[],
  name: string,
  environment: Readonly<Record<string, unknown>>,
): Finding[] {
  const { after, entry } = environment;
  const path = ['environments', name];
  if (after === undefined && entry === false)
    return [
      fault([...path, 'entry'], 'expected after: an environment that is no entry and follows none gets no versions'),
    ];
  if (after === undefined && environment['bring'] !== undefined)
    return [fault([...path, 'bring'], 'expected after: an environment that follows none has nothing brought to it')];
  if (typeof after === 'string' && !names.includes(after))
    return [fault([...path, 'after'], notAnEnvironment(after, names))];
  return [];
}

function notAnEnvironment(written: string, names: readonly string[]): string {
  return `expected an environment of this policy (${names.join(', ')}), got '${written}'${didYouMean(written, names)}`;
}

/** The first circle of `after`, in order. */
function cycleIn(environments: Readonly<Record<string, unknown>>): readonly string[] | undefined {
  for (const start of Object.keys(environments)) {
    const way = [start];
    for (let at = afterOf(environments[start]); at !== undefined; at = afterOf(environments[at])) {
      if (at === start) return way;
      if (way.includes(at)) break;
      way.push(at);
    }
  }
  return undefined;
}

function afterOf(environment: unknown): string | undefined {
  const after = isMap(environment) ? environment['after'] : undefined;
  return typeof after === 'string' ? after : undefined;
}

function gateFindings(
  written: Readonly<Record<string, unknown>>,
  environments: Readonly<Record<string, unknown>>,
): Finding[] {
  return Object.entries(environments).flatMap(([name, environment]) => {
    if (!isMap(environment) || (environment['evaluation'] ?? written['evaluation']) !== undefined) return [];
    if (environment['gate'] !== undefined) return [withoutEvaluation(['environments', name, 'gate'], name)];
    return written['gate'] === undefined ? [] : [withoutEvaluation(['gate'], name)];
  });
}

/** A version that was brought from another workspace left its training there. */
function measuredFindings(
  written: Readonly<Record<string, unknown>>,
  environments: Readonly<Record<string, unknown>>,
): Finding[] {
  return Object.entries(environments).flatMap(([name, environment]) => {
    if (!isMap(environment) || typeof environment['after'] !== 'string') return [];
    const own = environment['evaluation'];
    const evaluation = own ?? written['evaluation'];
    if (!isMap(evaluation) || evaluation['from'] !== 'training') return [];
    const path = own === undefined ? ['evaluation', 'from'] : ['environments', name, 'evaluation', 'from'];
    return [fault(path, `expected a job or component for ${name}: its versions come from ${environment['after']}, and what their trainings measured stays there`)]; // prettier-ignore
  });
}

function withoutEvaluation(path: readonly string[], name: string): Finding {
  return fault(path, `expected an evaluation for ${name}: a gate that gets no evidence never decides`);
}

function trainingFindings(
  written: Readonly<Record<string, unknown>>,
  environments: Readonly<Record<string, unknown>>,
): Finding[] {
  const names = Object.keys(environments);
  const places = [
    { path: ['training', 'in'], training: written['training'] },
    ...Object.entries(environments).map(([name, environment]) => ({
      path: ['environments', name, 'training', 'in'],
      training: isMap(environment) ? environment['training'] : undefined,
    })),
  ];
  return places.flatMap(({ path, training }) => {
    const where = isMap(training) ? training['in'] : undefined;
    if (typeof where !== 'string') return [];
    if (!names.includes(where)) return [fault(path, notAnEnvironment(where, names))];
    const there = trainingOf(written, environments[where]);
    const onward = isMap(there) ? there['in'] : undefined;
    if (typeof onward === 'string' && onward !== where)
      return [fault(path, `expected an environment that trains itself: ${where} hands its trainings on to ${onward}`)];
    return there !== undefined ? [] : [fault(path, `expected an environment with a training of its own: ${where} would refuse what is handed to it`)]; // prettier-ignore
  });
}

function trainingOf(written: Readonly<Record<string, unknown>>, environment: unknown): unknown {
  return (isMap(environment) ? environment['training'] : undefined) ?? written['training'];
}

/** What an environment is asked lies in its own workspace: it is taken in where training runs there, too. */
function collectedFindings(
  written: Readonly<Record<string, unknown>>,
  environments: Readonly<Record<string, unknown>>,
): Finding[] {
  return Object.entries(environments).flatMap(([name, environment]) => {
    const training = trainingOf(written, environment);
    if (!isMap(training) || training['collected'] === undefined) return [];
    const where = training['in'];
    if (typeof where !== 'string' || where === name) return [];
    const isOwn = isMap(environment) && environment['training'] !== undefined;
    const path = isOwn ? ['environments', name, 'training', 'collected'] : ['training', 'collected'];
    return [fault(path, `expected ${name} to train itself: what ${name} is asked lies in its own workspace, and training.in hands its trainings to ${where}`)]; // prettier-ignore
  });
}
