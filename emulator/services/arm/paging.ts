import type { Resource, World } from '../../world.ts';
import { ArmError } from './errors.ts';
import type { ArmContext } from './routes.ts';

/** Small on purpose: a reader that forgets `nextLink` is found early. The service's own size is unverified. */
const pageSize = 10;

/** One page, with `$skip` as an opaque continuation in `nextLink`. */
export function page(world: World, c: ArmContext, items: readonly object[], size = pageSize): Response {
  const token = c.req.query('$skip') ?? '0';
  if (!/^\d+$/.test(token)) throw new ArmError(400, 'UserError', `'${token}' is not a continuation token.`);
  const from = Number(token);
  const value = items.slice(from, from + size);
  if (from + size >= items.length) return c.json({ value });
  const query = new URLSearchParams({ ...c.req.query(), $skip: String(from + size) });
  return c.json({ value, nextLink: `${world.origin}${c.req.path}?${query.toString()}` });
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
      throw new ArmError(400, 'UserError', `listViewType '${listed}' is none of ActiveOnly, ArchivedOnly, All.`);
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
  if (field === undefined) throw new ArmError(400, 'UserError', `'${orderBy}' is not an order.`);
  const time = ({ createdAt, modifiedAt }: Resource) =>
    field.toLowerCase() === 'createdtime' ? createdAt.getTime() : modifiedAt.getTime();
  const ascending = [...resources].toSorted((a, b) => time(a) - time(b));
  return direction.toLowerCase() === 'asc' ? ascending : ascending.toReversed();
}
