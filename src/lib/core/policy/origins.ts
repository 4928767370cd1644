import type { Position } from './fault.ts';
import { keyOf } from './fault.ts';
import type { PlacedPolicy } from './publicationRules.ts';
import { policySchema } from './policySchema.ts';
import { SECTION_NAMES } from './resolvePolicy.ts';
import { child, isMap, knownKeys, withDefaults } from './schemaShape.ts';
import { sectionPath } from './parsePolicy.ts';

type Schema = ReturnType<typeof child>;

/** One value that holds in an environment, as a person would write it, and where it comes from. */
export interface Origin {
  readonly key: string;
  readonly value: string;
  readonly from: 'environment' | 'top level' | 'default' | 'owners';
  /** Absent for defaults. */
  readonly at?: Position;
}

/** Everything that holds in one environment, in the order of the schema. Undefined when there is no such environment. */
export function originsOf(parsed: PlacedPolicy, environment: string): readonly Origin[] | undefined {
  const { written, source } = parsed;
  const own = parsed.policy.environments[environment];
  if (own === undefined || !isMap(written)) return undefined;
  const given = (path: readonly PropertyKey[]) => valueAt(written, path) !== undefined;
  const origin = (key: string, path: readonly PropertyKey[], value: unknown): Origin => {
    const at = given(path) ? source.locate(path) : undefined;
    const from = path[0] === 'environments' ? 'environment' : 'top level';
    return { key, value: shownWhole(value), from: given(path) ? from : 'default', ...(at === undefined ? {} : { at }) };
  };
  const kind = own.serves === 'batch' ? 'batchEndpoint' : 'endpoint';
  const named = (['workspace', kind, 'after', 'entry'] as const).flatMap((key) => {
    const value = key === 'batchEndpoint' ? own.endpoint : own[key];
    return value === undefined ? [] : [origin(key, ['environments', environment, key], value)];
  });
  const sections = SECTION_NAMES.filter((name) => name !== (own.serves === 'batch' ? 'rollout' : 'batch')).flatMap(
    (section) => {
      const base = sectionPath(written, environment, section);
      const schema = child(policySchema, section);
      const filled = schema === undefined ? undefined : withDefaults(schema, valueAt(written, base));
      return leavesOf(filled, [], schema).map(({ path, value }) =>
        origin(keyOf([section, ...path]), [...base, ...path], value),
      );
    },
  );
  const heirs = (['page', 'decide', 'inform'] as const)
    .filter((audience) => own.notify[audience] === own.owners)
    .map((audience): Origin => ({ key: `notify.${audience}`, value: shownWhole(own.owners), from: 'owners' }));
  return [
    origin('model', ['model'], own.model),
    origin('owners', ['owners'], own.owners),
    ...named,
    ...sections,
    ...heirs,
  ];
}

interface Leaf {
  readonly path: readonly string[];
  readonly value: unknown;
}

/** Lists stay whole: a list is replaced whole, so its items have one origin. */
function leavesOf(value: unknown, path: readonly string[], schema: Schema): readonly Leaf[] {
  if (!isMap(value) || path.at(-1) === 'request')
    return value === undefined ? [] : [{ path, value }, ...meantBy(value, path, schema)];
  return Object.entries(value).flatMap(([key, inner]) => leavesOf(inner, [...path, key], schema && child(schema, key)));
}

/** `true` where a map may stand means the map with its defaults. */
function meantBy(value: unknown, path: readonly string[], schema: Schema): readonly Leaf[] {
  const short = value === true && schema !== undefined && knownKeys(schema) !== undefined;
  return short ? leavesOf(withDefaults(schema, {}), path, schema) : [];
}

function shownWhole(value: unknown): string {
  if (typeof value === 'string') return value;
  const json = JSON.stringify(value);
  return json.length > 100 ? `${json.slice(0, 100)}...` : json;
}

function valueAt(data: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>((at, key) => (isMap(at) ? at[String(key)] : undefined), data);
}
