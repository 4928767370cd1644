/** Faults put into what asks for passes: looks, the index and the sweep. */
import { by, SIMULATION, type Mutant } from '../claims.ts';

export const NET: readonly Mutant[] = [
  {
    name: 'take every message for the next look', file: 'src/lib/reconcile.ts',
    claimedBy: by('test/unit/reconcile.test.ts', 'of a look that was moved are dropped'),
    find: 'return due !== undefined && (due === look || Date.parse(due) <= now.getTime());', replace: 'return due !== undefined || look !== undefined;',
  },
  {
    name: 'ask for no next look', file: 'src/lib/reconcile/looks.ts',
    claimedBy: by('test/unit/reconcile.test.ts', 'a better version is released, step by step'),
    find: 'if (delayMs <= LONGEST_DELAY_MS)', replace: 'if (delayMs <= 0)',
  },
  {
    name: 'promise the index nothing', file: 'src/lib/reconcile/looks.ts',
    claimedBy: SIMULATION,
    find: '  await index.promise(key, new Date(wantedBy));\n', replace: '',
  },
  {
    name: 'let the sweep forget what is not quiet', file: 'src/lib/core/lifecycle.ts',
    claimedBy: by('test/unit/core/lifecycle.test.ts', 'a version waits'),
    find: '    lifecycle.waiting === undefined &&\n', replace: '',
  },
  {
    name: 'forget what came in while there was no policy', file: 'src/lib/reconcile.ts',
    claimedBy: by('test/unit/unreadable.test.ts', 'its message was spent meanwhile'),
    find: 'return loaded.unread.length > 0 ? askLater(key, deps) : undefined;', replace: 'return undefined;',
  },
  {
    name: 'leave unread items to a look that is days away', file: 'src/lib/sweep/overdue.ts',
    claimedBy: by('test/unit/sweep.test.ts', 'an unread item is asked for all the same'),
    find: 'unread.map(() => nowMs)', replace: 'unread.slice(0, 0).map(() => nowMs)',
  },
  {
    name: 'leave notices to a look that is days away', file: 'src/lib/sweep/overdue.ts',
    claimedBy: by('test/unit/sweep.test.ts', 'a notice that was put off is asked for'),
    find: '...outbox.map(', replace: '...outbox.slice(0, 0).map(',
  },
  {
    name: 'wait for the last of what is due', file: 'src/lib/sweep/overdue.ts',
    claimedBy: by('test/unit/sweep.test.ts', 'a notice that was put off is asked for'),
    find: 'Math.min(...due)', replace: 'Math.max(...due)',
  },
  {
    name: 'forget what has an unread item', file: 'src/lib/sweep/overdue.ts',
    claimedBy: by('test/unit/sweep.test.ts', 'has an unread item is asked for again'),
    find: 'if (unread.length === 0 && ', replace: 'if (',
  },
  {
    name: 'forget what has a notice to send', file: 'src/lib/sweep/overdue.ts',
    claimedBy: by('test/unit/sweep.test.ts', 'has a notice that nobody announced'),
    find: 'outbox.length === 0 && (', replace: '(',
  },
  {
    name: 'leave no time to what was asked for', file: 'src/lib/sweep/overdue.ts',
    claimedBy: by('test/unit/sweep.test.ts', 'is left its grace'),
    find: ': Math.min(...due)) + GRACE_MS', replace: ': Math.min(...due))',
  },
  {
    name: 'ask each time for what fails in every pass', file: 'src/lib/sweep/overdue.ts',
    claimedBy: by('test/unit/sweep.test.ts', 'of which every pass fails is tried when its next look is due'),
    find: 'conditions.stalled !== undefined &&', replace: 'conditions.stalled === null &&',
  },
  {
    name: 'let the listing pass by unread items', file: 'src/lib/sweep/listPlaces.ts',
    claimedBy: by('test/unit/sweep.test.ts', 'an unread item of a quiet lifecycle whose message is gone'),
    find: 'unread.length > 0 || ', replace: '',
  },
  {
    name: 'rely on a promise that is behind a look', file: 'src/lib/reconcile/looks.ts',
    claimedBy: by('test/unit/sweep.test.ts', 'a pause of two hours ends after two hours'),
    find: ' && lookBefore <= wantedBy', replace: '',
  },
  {
    name: 'rely on a promise that comes too late', file: 'src/lib/reconcile/looks.ts',
    claimedBy: by('test/unit/looks.test.ts', 'an earlier pass than it was before'),
    find: ' && known <= wantedBy', replace: '',
  },
  {
    name: 'rely on a promise that has passed', file: 'src/lib/reconcile/looks.ts',
    claimedBy: by('test/unit/looks.test.ts', 'where the promise has passed'),
    find: 'known > now.getTime() && ', replace: '',
  },
  {
    name: 'promise no pass over what else is unread of a quiet row', file: 'src/lib/reconcile/looks.ts',
    claimedBy: by('test/unit/looks.test.ts', 'what is quiet and has more unread than one pass took'),
    find: 'if (isQuiet(next) && !more)', replace: 'if (isQuiet(next))',
  },
  {
    name: 'leave what else is unread to a look that is days away', file: 'src/lib/reconcile/looks.ts',
    claimedBy: by('test/unit/looks.test.ts', 'where more is unread, though the next look is days away'),
    find: 'more || next.nextLook === undefined ? soon', replace: 'next.nextLook === undefined ? soon',
  },
  {
    name: 'let a look that is days away hide an earlier one', file: 'src/lib/reconcile/looks.ts',
    claimedBy: by('test/unit/looks.test.ts', 'where another is days away'),
    find: 'awaited !== undefined && awaited <= at ? awaited : at', replace: 'awaited ?? at',
  },
  {
    name: 'put a look that is awaited off', file: 'src/lib/reconcile/looks.ts',
    claimedBy: by('test/unit/looks.test.ts', 'that is awaited where that comes earlier'),
    find: 'awaited !== undefined && awaited <= at ? awaited : at', replace: 'at',
  },
  {
    name: 'wait for a look whose message came early', file: 'src/lib/reconcile/looks.ts',
    claimedBy: by('test/unit/reconcile.test.ts', 'that come early start the next look'),
    find: ' && nextLook !== look', replace: '',
  },
]; // prettier-ignore
