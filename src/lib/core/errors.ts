/** Why the other side could not answer. Each heals by itself: look again later. */
export type UnavailableCode = 'throttled' | 'serverError' | 'timeout' | 'unreachable' | 'busy';

/** The provider did not answer, or asked us to come later. Never a verdict about what we asked. */
export class Unavailable extends Error {
  override readonly name = 'Unavailable';
  readonly code: UnavailableCode;
  readonly provider: string;
  /** As the provider asked with Retry-After. */
  readonly retryAfterMs: number | undefined;
  constructor(
    code: UnavailableCode,
    provider: string,
    message: string,
    options?: ErrorOptions & { retryAfterMs?: number },
  ) {
    super(message, options);
    this.code = code;
    this.provider = provider;
    this.retryAfterMs = options?.retryAfterMs;
  }
}

/** Why the other side said no. Asking the same again gets the same answer. */
export type RefusedCode =
  'quota' | 'invalid' | 'forbidden' | 'notFound' | 'conflict' | 'foreign' | 'stale' | 'gone' | 'noWorkspace';

/**
 * The provider refused what we asked. `foreign`: something that is not ours is in the way (a name taken, live traffic
 * not as expected); `stale`: a newer generation of ours has already written,
 * or what is there is not what was judged; `gone`: what we were sent for is there no more.
 */
export class Refused extends Error {
  override readonly name = 'Refused';
  readonly code: RefusedCode;
  readonly provider: string;
  constructor(code: RefusedCode, provider: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.provider = provider;
  }
}

/** Somebody else saved first (ETag lost, row exists, item gone): load again and decide anew. */
export class Conflict extends Error {
  override readonly name = 'Conflict';
}

/** A fault in something that a person or another system gave us, with the place and what was expected. */
export interface Fault {
  readonly place: string;
  readonly message: string;
}

/** Input that cannot be taken, with all its faults at once. */
export class BadInput extends Error {
  override readonly name: string = 'BadInput';
  readonly what: string;
  readonly faults: readonly Fault[];
  constructor(what: string, faults: readonly Fault[]) {
    super(`${what}: ${faults.map((fault) => `${fault.place}: ${fault.message}`).join('; ')}`);
    this.what = what;
    this.faults = faults;
  }
}
