import type { Answers } from '../../src/lib/core/shadow/answers.ts';
import type { LoggedAnswers } from '../../src/lib/ports/loggedAnswers.ts';

export interface LoggedAnswersTwin extends LoggedAnswers {
  /** What is found in the logs; nothing unless a test says so. */
  found: Answers;
}

export function loggedAnswersTwin(): LoggedAnswersTwin {
  const twin: LoggedAnswersTwin = {
    found: { copies: 0, requests: 0, unanswered: 0, unmatched: 0, unreadable: 0 },
    compare: async () => twin.found,
  };
  return twin;
}
