import type { HostedFunction, Trigger } from './app.ts';
import type { HttpData } from './core.ts';
import type { Invoke } from './invoke.ts';
import { hasKey, type HostKeys } from './keys.ts';

export type HttpFunction = HostedFunction<Extract<Trigger, { type: 'httpTrigger' }>>;

interface Route {
  readonly called: HttpFunction;
  readonly pattern: URLPattern;
  /** Literal segments win over parameters, parameters over catch-alls, from left to right. */
  readonly rank: string;
}

const constraints: Readonly<Record<string, string>> = {
  alpha: '[a-z]+',
  int: '-?[0-9]+',
  long: '-?[0-9]+',
  bool: 'true|false',
  guid: '[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}',
};

/** One ASP.NET route segment, `text`, `{name}`, `{name?}`, `{name:int}` or `{*rest}`, as a URL pattern and its rank. */
function segmentPattern(segment: string): { pattern: string; rank: string } {
  const match = /^\{(\*{0,2})(\w+)(?::(\w+))?(\?)?\}$/.exec(segment);
  if (!match) {
    if (/[{}]/.test(segment)) throw new Error(`route segment "${segment}" is not supported by this host.`);
    return { pattern: `/${encodeURI(segment).replaceAll(/[.+*?^$()|[\]\\:]/g, '\\$&')}`, rank: '0' };
  }
  const [, star, name, constraint, optional] = match;
  if (star) return { pattern: `{/:${name}(.*)}?`, rank: '2' };
  if (constraint === undefined) return { pattern: optional ? `{/:${name}}?` : `/:${name}`, rank: '1' };
  const expression = constraints[constraint];
  if (expression === undefined) throw new Error(`route constraint "${constraint}" is not supported by this host.`);
  return { pattern: optional ? `{/:${name}(${expression})}?` : `/:${name}(${expression})`, rank: '1' };
}

function routeOf(called: HttpFunction, routePrefix: string): Route {
  const path = [routePrefix, called.trigger.route ?? called.name].join('/');
  const segments = path.split('/').filter((segment) => segment !== '');
  const parts = segments.map(segmentPattern);
  const pathname = parts.map(({ pattern }) => pattern).join('') || '/';
  return {
    called,
    pattern: new URLPattern({ pathname }, { ignoreCase: true }),
    rank: parts.map(({ rank }) => rank).join(''),
  };
}

/** Route values arrive decoded, but for `%2F`, which stays so that it cannot be taken for a separator. */
function routeValue(text: string): string {
  return text.split(/%2f/i).map(decodeURIComponent).join('%2F');
}

async function requestData(request: Request, params: Record<string, string>): Promise<HttpData> {
  const query: Record<string, string> = {};
  const { searchParams } = new URL(request.url);
  for (const name of new Set(searchParams.keys())) query[name] = searchParams.getAll(name).join(',');
  const bytes = request.body ? new Uint8Array(await request.arrayBuffer()) : undefined;
  return {
    method: request.method,
    url: request.url,
    headers: Object.fromEntries(request.headers),
    query,
    params,
    ...(bytes && bytes.length > 0 ? { body: { bytes } } : {}),
  };
}

const text = (value: unknown): string | undefined =>
  typeof value === 'object' && value !== null && 'value' in value ? text(value.value) : value?.toString();

function cookieLine(cookie: NonNullable<HttpData['cookies']>[number]): string {
  const sameSite = { lax: 'Lax', strict: 'Strict', explicitNone: 'None' }[text(cookie['sameSite']) ?? ''];
  const maxAge = text(cookie['maxAge']);
  const [path, domain] = [text(cookie['path']), text(cookie['domain'])];
  return [
    `${cookie.name}=${encodeURIComponent(cookie.value)}`,
    ...(path ? [`Path=${path}`] : []),
    ...(domain ? [`Domain=${domain}`] : []),
    ...(maxAge ? [`Max-Age=${maxAge}`] : []),
    ...(text(cookie['secure']) === 'true' ? ['Secure'] : []),
    ...(text(cookie['httpOnly']) === 'true' ? ['HttpOnly'] : []),
    ...(sameSite ? [`SameSite=${sameSite}`] : []),
  ].join('; ');
}

function responseOf(data: HttpData | undefined): Response {
  if (!data) return new Response(null, { status: 204 });
  const headers = new Headers(data.headers);
  for (const cookie of data.cookies ?? []) headers.append('set-cookie', cookieLine(cookie));
  const status = Number(data.statusCode ?? 200);
  const bytes = data.body?.bytes;
  return new Response(bytes && bytes.length > 0 ? new Uint8Array(bytes) : null, { status, headers });
}

/** Answers requests to HTTP functions; undefined where no route and method fit (a wrong method is a 404, too). */
export function httpFunctions(functions: readonly HttpFunction[], routePrefix: string, keys: HostKeys, invoke: Invoke) {
  const routes = functions
    .map((called) => routeOf(called, routePrefix))
    .toSorted((a, b) => a.rank.localeCompare(b.rank));
  return async (request: Request): Promise<Response | undefined> => {
    const { pathname } = new URL(request.url);
    for (const { called, pattern } of routes) {
      const groups = pattern.exec({ pathname })?.pathname.groups;
      if (!groups || !called.trigger.methods.some((method) => method === request.method)) continue;
      const { authLevel } = called.trigger;
      const accepted = authLevel === 'admin' ? [keys.admin] : [keys.function, keys.admin];
      if (authLevel !== 'anonymous' && !hasKey(request, ...accepted)) return new Response(null, { status: 401 });
      const params = Object.fromEntries(
        Object.entries(groups).flatMap(([name, value]) => (value === undefined ? [] : [[name, routeValue(value)]])),
      );
      try {
        const answer = await invoke(called, { data: { http: await requestData(request, params) } });
        return responseOf(answer?.http);
      } catch {
        return new Response(null, { status: 500 });
      }
    }
    return undefined;
  };
}
