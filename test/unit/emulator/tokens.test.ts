import { afterEach, describe, expect, it, vi } from 'vitest';
import { tokensSignedWith } from '../../../emulator/tokens.ts';

const arm = 'https://management.azure.com';
afterEach(() => void vi.useRealTimers());

describe('tokens', () => {
  const tokens = tokensSignedWith('secret');
  const bearer = (resource: string, from = tokens) => `Bearer ${from.issue(resource)?.token}`;

  it('are for one audience, with or without trailing slashes', () => {
    for (const asked of [arm, `${arm}/`, `${arm}//`]) expect(tokens.fault(bearer(asked), arm)).toBeUndefined();
    expect(tokens.fault(bearer('https://ml.azure.com'), arm)).toBe('wrongAudience');
  });

  it('are ours, also after a restart with the same secret', () => {
    expect(tokensSignedWith('secret').fault(bearer(arm), arm)).toBeUndefined();
    expect(tokensSignedWith('other').fault(bearer(arm), arm)).toBe('notOurs');
    expect(tokens.fault(bearer(arm).replace(/\.(.)/, '.x$1'), arm)).toBe('notOurs');
  });

  it.each([undefined, '', 'Basic abc', 'Bearer'])('are missing in %j', (header) => {
    expect(tokens.fault(header, arm)).toBe('missing');
  });

  it('expire after a day', () => {
    vi.useFakeTimers();
    const header = bearer(arm);
    vi.advanceTimersByTime(24 * 3_600_000 + 2_000);
    expect(tokens.fault(header, arm)).toBe('expired');
  });

  it("say whose they are, and nothing when they are an application's or not ours", () => {
    const anns = tokens.issue(arm, 'Ann Ames')?.token ?? '';
    expect(tokens.person(`Bearer ${anns}`)).toBe('Ann Ames');
    expect(tokens.person(bearer(arm))).toBeUndefined();
    expect(tokensSignedWith('other').person(`Bearer ${anns}`)).toBeUndefined();
    expect(tokens.person(undefined)).toBeUndefined();
  });

  it('are not issued for what the directory does not know', () => {
    expect(tokens.issue('https://example.com')).toBeUndefined();
  });
});
