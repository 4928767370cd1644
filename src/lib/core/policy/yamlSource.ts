import { isAlias, isMap, isPair, isScalar, isSeq, LineCounter, parseDocument, visit } from 'yaml';
import type { Document, Node } from 'yaml';
import type { Finding, PolicyFault, Position, Source } from './fault.ts';
import { placed } from './fault.ts';

/** YAML 1.1 readers make `true` of these; a file must mean the same to every reader. */
const NEVER_KEYS = new Set(['on', 'off', 'yes', 'no', 'y', 'n', '__proto__']);
/** Times and dates are numbers or objects to some YAML readers, text to others: `12:30`, `2026-12-20`. */
const TIME_OR_DATE = /^\d{1,2}:\d{2}|^\d{4}-\d{2}-\d{2}/;

export interface YamlSource extends Source {
  readonly data: unknown;
  readonly findings: readonly Finding[];
}

/** Reads YAML 1.2 with the place of everything. Text that is not YAML gives its faults and no data. */
export function readYaml(text: string, file: string): YamlSource | { readonly faults: readonly PolicyFault[] } {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, stringKeys: true });
  const broken = [...document.errors, ...document.warnings].map(({ message, pos }): PolicyFault => ({
    severity: 'fault',
    file,
    at: positionOf(lines, pos[0]),
    key: '',
    message: `not valid YAML: ${message}`,
  }));
  if (broken.length > 0) return { faults: broken };
  const source: Source = {
    file,
    locate: (path, part) => positionOf(lines, offsetOf(document, path, part ?? 'value')),
  };
  try {
    const data: unknown = document.toJS({ maxAliasCount: 20 });
    return { ...source, data, findings: portabilityFindings(document) };
  } catch (error) {
    const message = `not valid YAML: ${error instanceof Error ? error.message : String(error)}`;
    return { faults: placed(source, [{ severity: 'fault', path: [], message }]) };
  }
}

function positionOf(lines: LineCounter, offset: number): Position {
  const { line, col } = lines.linePos(offset);
  return { line: Math.max(1, line), column: Math.max(1, col) };
}

function offsetOf(document: Document, path: readonly PropertyKey[], part: 'key' | 'value'): number {
  let node: Node | null | undefined = document.contents;
  let offset = node?.range?.[0] ?? 0;
  for (const [depth, step] of path.entries()) {
    const found: Pair | undefined = step === undefined ? undefined : pairAt(document, node, step);
    if (found === undefined) return offset;
    const last = depth === path.length - 1;
    const keyOffset = found.key?.range?.[0];
    offset = (last && part === 'key' ? keyOffset : undefined) ?? found.value?.range?.[0] ?? keyOffset ?? offset;
    node = found.value;
  }
  return offset;
}

interface Pair {
  readonly key?: Node | undefined;
  readonly value: Node | undefined;
}

function pairAt(document: Document, parent: Node | null | undefined, step: PropertyKey): Pair | undefined {
  const node = isAlias(parent) ? parent.resolve(document) : parent;
  if (isSeq<Node>(node)) {
    const value = node.items[Number(step)];
    return value === undefined ? undefined : { value };
  }
  if (!isMap<Node, Node | null>(node)) return undefined;
  const pair = node.items.find(({ key }) => isScalar(key) && String(key.value) === String(step));
  return pair === undefined ? undefined : { key: pair.key, value: pair.value ?? undefined };
}

function pathOf(ancestors: readonly unknown[]): PropertyKey[] {
  return ancestors.flatMap((ancestor, depth): PropertyKey[] => {
    if (isPair(ancestor) && isScalar(ancestor.key)) return [String(ancestor.key.value)];
    if (isSeq(ancestor)) return [ancestor.items.indexOf(ancestors[depth + 1])];
    return [];
  });
}

function noKey(name: string): string {
  return `'${name}' must not be a key: YAML 1.1 readers make it true or false; expected another name`;
}

/** What is valid YAML and still means different things to different readers. */
function portabilityFindings(document: Document): readonly Finding[] {
  const findings: Finding[] = [];
  visit(document, {
    Pair(_, { key, value }, ancestors) {
      if (!isScalar(key)) return;
      const name = String(key.value);
      const path = [...pathOf(ancestors), name];
      if (NEVER_KEYS.has(name.toLowerCase()))
        findings.push({ severity: 'fault', path, atKey: true, message: noKey(name) });
      if (!isScalar(value) || value.type !== 'PLAIN') return;
      if (name === 'cron' || TIME_OR_DATE.test(value.source ?? ''))
        findings.push({ severity: 'fault', path, message: `expected quotes around ${value.source ?? 'the value'}` });
    },
  });
  return findings;
}
