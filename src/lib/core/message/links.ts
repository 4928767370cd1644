import type { CommandName } from '../inbox.ts';
import type { Notice } from '../notice.ts';

/** Where a reader can look and what to send, as lines for a shell. */
export interface Links {
  readonly status: string;
  show(): string;
  send(command: CommandName): string;
}

/** Sent late, these could hit a newer release than the reader saw. */
const NAMES_RELEASE: ReadonlySet<CommandName> = new Set(['promote', 'rollback']);

/** The same for a newer training. */
const NAMES_TRAINING: ReadonlySet<CommandName> = new Set(['reject']);

/** `baseUrl` without a trailing slash, e.g. `https://steward.example.net`. */
export function linksOf(notice: Notice, baseUrl: string): Links {
  const status = `${baseUrl}/api/models/${part(notice.environment)}/${part(notice.model)}`;
  const key = `-H "x-functions-key: $STEWARD_KEY"`;
  return {
    status,
    show: () => `curl ${key} '${status}'`,
    send(command) {
      const release = NAMES_RELEASE.has(command) && notice.release !== undefined ? { release: notice.release } : {};
      const training = NAMES_TRAINING.has(command) && notice.training?.number !== undefined ? { training: notice.training.number } : {}; // prettier-ignore
      const body = JSON.stringify({ actor: 'YOU', reason: 'WHY', ...release, ...training });
      // Pressed twice is once; the same choice at a later occasion is a new one.
      const once = `-H 'Idempotency-Key: ${occasion(notice)}-${command}'`;
      return `curl -X POST ${key} ${once} -H 'Content-Type: application/json' -d '${body}' '${status}/${command}'`;
    },
  };
}

/** The notice and its time, e.g. `r7-released-20261204095400`; some ids have that time in them. */
function occasion({ id, at }: Notice): string {
  const plain = part(id.replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, toTheSecond));
  return plain.includes(toTheSecond(at)) ? plain : `${plain}-${toTheSecond(at)}`;
}

/** `20261204095400` */
function toTheSecond(time: string): string {
  return time.replace(/\D/g, '').slice(0, 14);
}

/** Safe in a URL and between single quotes of a shell. */
function part(text: string): string {
  return encodeURIComponent(text).replaceAll("'", '%27');
}
