import type { CommandName } from '../inbox.ts';
import type { Notice } from '../notice.ts';

/** Where a reader can look and what to send, as lines for a shell. */
export interface Links {
  readonly status: string;
  /** Gets a token for who the reader is; absent: this app takes nobody's word for that. */
  readonly token?: string;
  show(): string;
  send(command: CommandName): string;
}

/** Sent late, these could hit a newer release than the reader saw. */
const NAMES_RELEASE: ReadonlySet<CommandName> = new Set(['promote', 'rollback', 'approve', 'retry']);

/** The same for a newer training. */
const NAMES_TRAINING: ReadonlySet<CommandName> = new Set(['reject']);

/** Only these count by who sends them: a token says that, no name that is typed in. */
const SIGNED_IN: ReadonlySet<CommandName> = new Set(['approve']);

export interface LinkOptions {
  readonly baseUrl: string;
  /** Client id of the app registration that people sign in to. */
  readonly signIn?: string;
}

/** `baseUrl` without a trailing slash, e.g. `https://steward.example.net`. */
export function linksOf(notice: Notice, { baseUrl, signIn }: LinkOptions): Links {
  const status = `${baseUrl}/api/models/${part(notice.environment)}/${part(notice.model)}`;
  const key = `-H "x-functions-key: $STEWARD_KEY"`;
  return {
    status,
    ...(signIn === undefined
      ? {}
      : {
          token: `STEWARD_TOKEN=$(az account get-access-token --resource 'api://${part(signIn)}' --query accessToken --output tsv)`,
        }),
    show: () => `curl ${key} '${status}'`,
    send(command) {
      const named = NAMES_RELEASE.has(command) || (command === 'reject' && notice.training === undefined);
      const release = named && notice.release !== undefined ? { release: notice.release } : {};
      const training = NAMES_TRAINING.has(command) && notice.training?.number !== undefined ? { training: notice.training.number } : {}; // prettier-ignore
      const byToken = SIGNED_IN.has(command) || (command === 'reject' && notice.approval !== undefined);
      const evidence = byToken && notice.approval ? { evidence: notice.approval.evidence } : {};
      const token = byToken ? ` -H "Authorization: Bearer $STEWARD_TOKEN"` : '';
      const body = JSON.stringify({
        ...(byToken ? {} : { actor: 'YOU' }),
        reason: 'WHY',
        ...release,
        ...training,
        ...evidence,
      });
      // Pressed twice is once; the same choice at a later occasion is a new one.
      const once = `-H 'Idempotency-Key: ${occasion(notice)}-${command}'`;
      return `curl -X POST ${key}${token} ${once} -H 'Content-Type: application/json' -d '${body}' '${status}/${command}'`;
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
