/** Characters kept of a job's or deployment's log: the newest. */
const longestLog = 262_144;

export function appendLog(owner: { log: string }, text: string): void {
  const whole = owner.log + text;
  owner.log = whole.length > longestLog ? `[cut]\n${whole.slice(-longestLog)}` : whole;
}

/** A line of the emulator's own, told from what the process printed. */
export function appendNote(owner: { log: string }, note: string): void {
  const separator = owner.log === '' || owner.log.endsWith('\n') ? '' : '\n';
  appendLog(owner, `${separator}[emulator] ${note}\n`);
}
