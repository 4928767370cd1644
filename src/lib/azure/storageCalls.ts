import { z } from 'zod';
import { thrown } from './armErrors.ts';

export const PROVIDER = 'Storage';

/** One call with all its retries; the clients by themselves wait for ever. */
const CALL_LIMIT_MS = 30_000;

const answer = z.object({
  statusCode: z.number().optional(),
  code: z.string().optional(),
  details: z.object({ odataError: z.object({ code: z.string().optional() }).optional() }).optional(),
});

/** Status and code of a storage answer. Tables tell the code in two places, depending on the call. */
export function answerOf(error: unknown): { readonly status?: number | undefined; readonly code?: string | undefined } {
  const read = answer.safeParse(error);
  if (!read.success) return {};
  return { status: read.data.statusCode, code: read.data.code ?? read.data.details?.odataError?.code };
}

const MISSING = new Set(['TableNotFound', 'QueueNotFound', 'ContainerNotFound']);

export interface Place<Client> {
  /**
   * Runs one call. A table, queue or container that is missing is created, and the call made once more. Errors come in
   * the words of the ports, but for those that `expected` takes: these decide races and are the caller's.
   */
  call<T>(
    asked: string,
    run: (client: Client, abortSignal: AbortSignal) => Promise<T>,
    expected?: Expected,
  ): Promise<T>;
}

type Expected = (status: number) => Error | undefined;

/** `open` loads and makes the client, once, at the first call. `create` may find that somebody else was faster. */
export function place<Client>(
  open: () => Promise<Client>,
  create: (client: Client) => Promise<unknown>,
): Place<Client> {
  let opened: Promise<Client> | undefined;
  return {
    async call(asked, run, expected) {
      opened ??= open();
      const client = await opened;
      const attempt = () => run(client, AbortSignal.timeout(CALL_LIMIT_MS));
      try {
        return await attempt().catch(async (error: unknown) => {
          if (!MISSING.has(answerOf(error).code ?? '')) throw error;
          await create(client);
          return attempt();
        });
      } catch (error) {
        const { status } = answerOf(error);
        throw (status === undefined ? undefined : expected?.(status)) ?? thrown(PROVIDER, asked, error);
      }
    },
  };
}
