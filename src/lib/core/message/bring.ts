import type { Notice } from '../notice.ts';
import { versionName } from './figures.ts';
import { line, stillServes, type Letter } from './letter.ts';
import type { Links } from './links.ts';
import { whereFrom } from './origin.ts';

/** A person is asked what else a pipeline would be: to bring a version from the environment before. */
export function bringAsked(notice: Notice, links: Links): Letter {
  const { bring, cause = 'the environment before', model } = notice;
  const what = `${versionName(notice.version ?? '')} of ${cause}`;
  return {
    subject: `bring ${what} here, as version ${bring?.as ?? ''}`,
    mood: 'ask',
    headline: `${stillServes(notice)}, traffic did not change. ${what} was released there, and is to be registered here by you or your pipeline.`,
    parts: [
      ...line('From', bring && `${bring.from}, model ${model}, version ${notice.version ?? ''}`),
      ...line('To', bring && `workspace ${bring.to}, model ${model}, version ${bring.as}, with the tag stewardId = ${bring.stewardId}`),
      { kind: 'choices', label: 'What to do', choices: [
        { text: 'Register the same files under exactly that number and with that tag. Steward looks each minute, and goes on by itself.' },
        { text: 'See how it stands:', command: links.show() },
      ] },
      ...whereFrom(notice),
    ],
  };
} // prettier-ignore
