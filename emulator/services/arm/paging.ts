import type { Resource, World } from '../../world.ts';
import { userError } from './errors.ts';
import type { ArmContext } from './routes.ts';

/** Small on purpose: a reader that forgets `nextLink` is found early. The service's own size is unverified. */
const pageSize = 10;

/** One page of `count` items, with `$skip` as an opaque continuation in `nextLink`. */
export function page(world: World, c: ArmContext, items: readonly object[]): Response {
  const size = wholeNumber(c, 'count') ?? pageSize;
  const from = wholeNumber(c, '$skip') ?? 0;
  const value = items.slice(from, from + size);
  if (from + size >= items.length) return c.json({ value });
  const query = new URLSearchParams({ ...c.req.query(), $skip: String(from + size) });
  return c.json({ value, nextLink: `${world.origin}${c.req.path}?${query.toString()}` });
}

/** Undefined when the option is absent. */
export function wholeNumber(c: ArmContext, option: string): number | undefined {
  const text = c.req.query(option);
  if (text === undefined) return undefined;
  if (!/^\d{1,6}$/.test(text)) throw userError(`${option} '${text}' is not a whole number.`);
  return Number(text);
}

/** `listViewType`: ActiveOnly when absent. */
export function inView(c: ArmContext, isArchived: boolean): boolean {
  const listed = c.req.query('listViewType') ?? 'ActiveOnly';
  switch (listed) {
    case 'ActiveOnly':
      return !isArchived;
    case 'ArchivedOnly':
      return isArchived;
    case 'All':
      return true;
    default:
      throw userError(`listViewType '${listed}' is none of ActiveOnly, ArchivedOnly, All.`);
  }
}

/** `a,b=c`: has tag a with any value, and tag b with value c. */
export function hasTags(tags: Readonly<Record<string, string>>, wanted: string | undefined): boolean {
  return (wanted ?? '').split(',').every((term) => {
    if (term === '') return true;
    const equals = term.indexOf('=');
    if (equals < 0) return Object.hasOwn(tags, term);
    return tags[term.slice(0, equals)] === term.slice(equals + 1);
  });
}

/** In order of `$orderBy`, for which the service takes `createdtime|modifiedtime asc|desc`; newest first when absent. */
export function ordered<Item extends Resource>(c: ArmContext, resources: Iterable<Item>): Item[] {
  const orderBy = c.req.query('$orderBy') ?? c.req.query('orderBy') ?? 'createdtime desc';
  const [, field, direction = 'asc'] = /^(createdtime|modifiedtime)(?:\s+(asc|desc))?$/i.exec(orderBy) ?? [];
  if (field === undefined) throw userError(`'${orderBy}' is not an order.`);
  const time = ({ createdAt, modifiedAt }: Resource) =>
    field.toLowerCase() === 'createdtime' ? createdAt.getTime() : modifiedAt.getTime();
  const ascending = [...resources].toSorted((a, b) => time(a) - time(b));
  return direction.toLowerCase() === 'asc' ? ascending : ascending.toReversed();
}
