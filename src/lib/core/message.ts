import { championAdopted, decisionNeeded, deletionRefused, shadowUndecided, stalled, trafficHeld, unreachable } from './message/alarms.ts'; // prettier-ignore
import { rollbackNotVerified } from './message/notVerified.ts';
import { championUnwell, stepUndecided } from './message/canary.ts';
import { bringAsked } from './message/bring.ts';
import { BadInput } from './errors.ts';
import { BATCH_LETTERS } from './message/batch.ts';
import { approvalNeeded, approvalOverdue, approvalVoid } from './message/approval.ts';
import { aborted, rejected, released, rolledBack, superseded } from './message/ends.ts';
import { time } from './message/figures.ts';
import { handOverFailed } from './message/handOver.ts';
import { toHtml } from './message/html.ts';
import type { Letter, Part } from './message/letter.ts';
import { breakGlass, withGlass } from './message/breakGlass.ts';
import { placeMoved, workspaceWithdrawn } from './message/places.ts';
import { monitorTrouble } from './message/monitors.ts';
import { noRoom } from './message/room.ts';
import { linksOf, type LinkOptions, type Links } from './message/links.ts';
import { toText } from './message/text.ts';
import {
  badData,
  driftFound,
  trainingFailed,
  trainingRefused,
  trainingStarted,
  trainingStopped,
} from './message/trainings.ts';
import type { Notice, NoticeKind } from './notice.ts';

export interface Mail {
  /** One line, at most 120 characters. */
  readonly subject: string;
  readonly text: string;
  readonly html: string;
}

const SUBJECT_LENGTH = 120;
/** A registered model's name may have 255 characters; what happened must still fit. */
const NAME_LENGTH = 48;
/** Error texts of other systems can be pages long. */
const LINE_LENGTH = 1500;

/** Puts a notice into words: state first, then evidence, then what to do, and one link (to the status JSON). */
export function mailOf(notice: Notice, options: LinkOptions): Mail {
  // A newer version of the app wrote it: another try, by that one, can send it.
  if (!Object.hasOwn(LETTERS, notice.kind)) throw new BadInput('message', [{ place: 'kind', message: `this version knows no ${notice.kind}` }]); // prettier-ignore
  const links = linksOf(notice, options);
  const letter = tidy(withGlass(notice, letterOf(notice)(notice, links)));
  const subject = oneLine(
    `${oneLine(notice.model, NAME_LENGTH)} ${notice.environment}: ${letter.subject}`,
    SUBJECT_LENGTH,
  );
  const foot = oneLine(footOf(notice), LINE_LENGTH);
  return {
    subject,
    text: toText(letter, links.status, foot),
    html: toHtml({ ...letter, subject }, links.status, foot),
  };
}

const LETTERS: Readonly<Record<NoticeKind, (notice: Notice, links: Links) => Letter>> = {
  released, rejected, rolledBack, aborted, superseded,
  rollbackNotVerified, decisionNeeded, approvalNeeded, approvalVoid, approvalOverdue, trafficHeld, stalled, unreachable, deletionRefused, championAdopted, shadowUndecided, stepUndecided, championUnwell,
  workspaceWithdrawn, placeMoved, breakGlass,
  handOverFailed, bringAsked, noRoom, driftFound, badData, monitorTrouble, trainingStarted, trainingRefused, trainingFailed, trainingStopped,
}; // prettier-ignore

function letterOf({ kind, batch }: Notice): (notice: Notice, links: Links) => Letter {
  return (batch ? BATCH_LETTERS[kind] : undefined) ?? LETTERS[kind];
}

function footOf(notice: Notice): string {
  const name = `${notice.model}/${notice.environment}`;
  const training = notice.training?.number;
  return [
    notice.release !== undefined ? `Release ${name}/${notice.release}` : training !== undefined ? `Training ${name}/${training}` : name, // prettier-ignore
    ...(notice.policy === undefined ? [] : [`policy ${notice.policy.slice(0, 8)}`]),
    ...(notice.audit === undefined ? [] : [`audit ${notice.audit}`]),
    `${notice.at.slice(0, 10)} ${time(notice.at, notice.at)}`,
  ].join(' · ');
}

/**
 * Names, tags and error texts come from outside: line breaks would forge lines of ours (in a subject, whole headers),
 * and invisible or direction-changing characters would make a line read as another.
 */
function oneLine(text: string, length: number): string {
  const clean = text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\s]+/gu, ' ').trim();
  return clean.length <= length ? clean : `${clean.slice(0, length - 1).trimEnd()}…`;
}

function say(text: string): string {
  return oneLine(text, LINE_LENGTH);
}

function tidy(letter: Letter): Letter {
  return { ...letter, subject: say(letter.subject), headline: say(letter.headline), parts: letter.parts.map(tidyPart) }; // prettier-ignore
}

function tidyPart(part: Part): Part {
  switch (part.kind) {
    case 'line':
      return { ...part, text: say(part.text) };
    case 'list':
      return { ...part, label: say(part.label), items: part.items.map(({ text, details }) => ({ text: say(text), details: details.map(say) })) }; // prettier-ignore
    case 'checks':
      return { ...part, challenger: say(part.challenger), champion: say(part.champion), rows: part.rows.map((row) => ({ ...row, what: say(row.what), result: say(row.result) })) }; // prettier-ignore
    case 'traffic':
      return { ...part, rows: part.rows.map((row) => ({ ...row, deployment: say(row.deployment) })) };
    case 'choices':
      return { ...part, choices: part.choices.map(({ text, command }) => ({ text: say(text), ...(command === undefined ? {} : { command: say(command) }) })) }; // prettier-ignore
  }
}
