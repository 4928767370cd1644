import { z } from 'zod';
import type { Mail } from '../emulator/services/email/mailbox.ts';
import { NotAsItMust } from './scene.ts';
import type { Somebody } from './people.ts';
import type { Stack } from './stack.ts';

export interface Pressed {
  readonly status: number;
  /** Why it was refused; empty when it was not. */
  readonly why: string;
}

const answer = z.object({ error: z.string().default('') });
const order = z.record(z.string(), z.unknown());

/** Does what a mail offers: sends the command as it stands there, signed in as somebody who puts in a reason. */
export async function press(stack: Stack, mail: Mail, command: string, who: Somebody, reason: string): Promise<Pressed> {
  const line = (mail.text ?? '').split('\n').find((each) => each.includes(`/${command}'`));
  const [, body, url] = /-d '(.*?)' '(http.*?)'/.exec(line ?? '') ?? [];
  const [, once] = /Idempotency-Key: (.*?)'/.exec(line ?? '') ?? [];
  if (body === undefined || url === undefined || once === undefined)
    throw new NotAsItMust(`The mail "${mail.subject}" had to say how to ${command}, but it does not.`);
  const { actor: _, ...asWritten } = order.parse(JSON.parse(body));
  const told = await stack.ask(url.slice(stack.host.url.length), {
    method: 'POST',
    body: { ...asWritten, reason },
    headers: { authorization: `Bearer ${stack.host.token(who.signInName)}`, 'idempotency-key': once },
  });
  return { status: told.status, why: answer.parse(told.body).error.replace(`${command} is refused: `, '') };
} // prettier-ignore
