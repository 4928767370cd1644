import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { virtualClock } from '../../../emulator/clock.ts';

const origin = new Date('2026-03-01T09:00:00Z');
const dayMs = 86_400_000;

beforeEach(() => void vi.useFakeTimers({ now: origin }));
afterEach(() => void vi.useRealTimers());

describe('virtual time', () => {
  it('agrees with real time at the origin and runs at the factor from there', () => {
    const clock = virtualClock(origin, 60);
    expect(clock.now()).toEqual(origin);
    vi.advanceTimersByTime(1_000);
    expect(clock.now()).toEqual(new Date('2026-03-01T09:01:00Z'));
  });

  it('is the same for a clock that is started later with the same origin and factor', () => {
    const first = virtualClock(origin, 60);
    vi.advanceTimersByTime(5_000);
    expect(virtualClock(origin, 60).now()).toEqual(first.now());
  });

  it('calls back after virtual milliseconds, once', () => {
    const called = vi.fn<() => void>();
    virtualClock(origin, 60).after(60_000, called);
    vi.advanceTimersByTime(999);
    expect(called).not.toHaveBeenCalled();
    vi.advanceTimersByTime(10_000);
    expect(called).toHaveBeenCalledTimes(1);
  });

  it('never calls back early, also where a timer does', () => {
    const called = vi.fn<() => void>();
    virtualClock(origin, 60).after(60_000, called);
    vi.setSystemTime(new Date(origin.getTime() - 2));
    vi.advanceTimersByTime(1_000);
    expect(called).not.toHaveBeenCalled();
    vi.advanceTimersByTime(2);
    expect(called).toHaveBeenCalledTimes(1);
  });

  it('waits longer than a timer can hold', () => {
    const called = vi.fn<() => void>();
    virtualClock(origin, 1).after(40 * dayMs, called);
    vi.advanceTimersByTime(39 * dayMs);
    expect(called).not.toHaveBeenCalled();
    vi.advanceTimersByTime(dayMs);
    expect(called).toHaveBeenCalledTimes(1);
  });

  it('can be cancelled, one by one and all at once', () => {
    const called = vi.fn<() => void>();
    const clock = virtualClock(origin, 60);
    clock.after(60_000, called)();
    clock.after(60_000, called);
    clock.stop();
    clock.after(60_000, called);
    vi.advanceTimersByTime(10_000);
    expect(called).not.toHaveBeenCalled();
  });

  it.each([0, -1, Number.NaN, Number.POSITIVE_INFINITY])('refuses the factor %s', (factor) => {
    expect(() => virtualClock(origin, factor)).toThrow(RangeError);
  });
});
