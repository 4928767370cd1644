export type Level = 'debug' | 'info' | 'warn' | 'error';
export type Data = Readonly<Record<string, unknown>>;
/** Takes one line of JSON. */
export type Sink = (level: Level, line: string) => void;

/** The message is static, so that lines can be counted by it; everything that varies is data. */
export interface Log {
  debug(message: string, data?: Data): void;
  info(message: string, data?: Data): void;
  warn(message: string, data?: Data): void;
  error(message: string, data?: Data): void;
  /** The same log with these properties on each line. */
  bind(data: Data): Log;
}

export function createLog(sink: Sink = toConsole, bound: Data = {}): Log {
  const write = (level: Level) => (message: string, data?: Data) =>
    sink(level, line({ level, message, ...bound, ...data }));
  return {
    debug: write('debug'),
    info: write('info'),
    warn: write('warn'),
    error: write('error'),
    bind: (data) => createLog(sink, { ...bound, ...data }),
  };
}

function toConsole(level: Level, text: string): void {
  console[level](text);
}

/** Never throws: a log line must not break what it tells about. */
function line(data: Data): string {
  try {
    return JSON.stringify(data, shown);
  } catch {
    return JSON.stringify({ level: data['level'], message: data['message'], unreadable: Object.keys(data) });
  }
}

const SECRET_NAME = /secret|password|authorization|connectionstring|credential|(access|bearer|sas)token|^token$|^sig$/i;
/** `x-functions-key`, `aeg-sas-key`, `primaryKey`: a text under such a name is a key, unless the word is our own. */
const KEY_NAME = /key$/i;
const OUR_KEYS: ReadonlySet<string> = new Set(['factKey', 'rowKey']);
const SECRET_TEXT = /((?:AccountKey|SharedAccessKey|accesskey|sig|code)=|Bearer )[^\s;&"']+/gi;

/** Errors of SDKs carry the whole request, with its token: only what names the fault is kept. */
function shown(name: string, value: unknown): unknown {
  if (SECRET_NAME.test(name)) return '[removed]';
  if (typeof value === 'string' && KEY_NAME.test(name) && !OUR_KEYS.has(name)) return '[removed]';
  if (typeof value === 'string') return value.replace(SECRET_TEXT, '$1[removed]');
  if (!(value instanceof Error)) return value;
  return { name: value.name, message: value.message, code: property(value, 'code'), status: property(value, 'statusCode'), stack: value.stack, cause: value.cause instanceof Error ? value.cause : undefined }; // prettier-ignore
}

function property(error: Error, name: string): unknown {
  return Object.getOwnPropertyDescriptor(error, name)?.value;
}
