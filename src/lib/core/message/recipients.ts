import { endOf, type Notice } from '../notice.ts';
import type { Estate } from '../policy/estate.ts';
import type { EnvironmentPolicy } from '../policy/policy.ts';

/**
 * Which channels get a notice, each once: people by its audience (the owners where nobody is named), for broken data the
 * data's own people too, what brings versions alone where one is to be brought, and every event topic of the estate when a release ends. An address that a named e-mail channel
 * reaches is left out.
 */
export function recipients(
  notice: Pick<Notice, 'kind' | 'audience' | 'breakGlass'>,
  policy: Pick<EnvironmentPolicy, 'notify' | 'owners' | 'training' | 'bring'>,
  estate: Pick<Estate, 'channels'>,
): readonly string[] {
  if (notice.kind === 'bringAsked') return policy.bring === undefined ? [] : [policy.bring];
  const ofData = notice.kind === 'badData' ? (policy.training?.dataOwners ?? []) : [];
  const { page, decide, inform } = policy.notify;
  // Begin and end of what broke the glass are everybody's business.
  const all = notice.breakGlass !== undefined && (notice.kind === 'breakGlass' || endOf(notice.kind) !== undefined);
  const own = all ? [...page, ...decide, ...inform] : policy.notify[notice.audience];
  const kindOf = (name: string) => (Object.hasOwn(estate.channels, name) ? estate.channels[name]?.kind : undefined);
  const people = [...ofData, ...(own.length > 0 ? own : policy.owners)].filter((name) => kindOf(name) !== 'eventGrid');
  const reached = new Set(people.flatMap((name) => addresses(estate, name)));
  const ends = endOf(notice.kind) !== undefined;
  const topics = ends ? Object.keys(estate.channels).filter((name) => kindOf(name) === 'eventGrid') : [];
  return [...new Set([...people.filter((name) => !reached.has(name.toLowerCase())), ...topics])];
}

function addresses({ channels }: Pick<Estate, 'channels'>, name: string): string[] {
  const channel = Object.hasOwn(channels, name) ? channels[name] : undefined;
  return channel?.kind === 'email' ? channel.to.map((address) => address.toLowerCase()) : [];
}
