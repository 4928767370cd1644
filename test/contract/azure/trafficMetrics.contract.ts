import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { TrafficMetrics } from '../../../src/lib/ports.ts';

export interface TrafficMetricsRig {
  readonly metrics: TrafficMetrics;
  readonly workspace: string;
  /** The start of a minute that has settled, with ten settled ones after it. */
  readonly start: Date;
  serve(request: { at: Date; endpoint: string; deployment: string; status: number; durationMs: number }): void;
  close(): Promise<void>;
}

export function trafficMetricsContract(name: string, open: () => Promise<TrafficMetricsRig>): void {
  describe(`TrafficMetrics: ${name}`, () => {
    let rig: TrafficMetricsRig;
    const minute = (n: number, seconds = 0) => new Date(rig.start.getTime() + n * 60_000 + seconds * 1000);
    const serve = (n: number, deployment: string, statuses: readonly number[], durationMs: number) =>
      statuses.forEach((status, i) =>
        rig.serve({ at: minute(n, i + 1), endpoint: 'spam', deployment, status, durationMs }),
      );
    beforeAll(async () => {
      rig = await open();
      serve(0, 'blue', [200, 200, 200], 10);
      serve(2, 'blue', [200, 200, 503, 429], 20);
      serve(2, 'green', [200, 424, 424, 408, 400], 30);
      serve(5, 'blue', [200], 40);
    });
    afterAll(() => rig.close());

    test('requests, failures and latency by deployment and minute; empty minutes are absent', async () => {
      expect(await rig.metrics.minutes(rig.workspace, 'spam', minute(0), minute(5))).toEqual([
        {
          at: minute(0).toISOString(),
          arms: { blue: { requests: 3, errors: 0, throttled: 0, failures: {}, meanLatencyMs: 10 } },
        },
        {
          at: minute(2).toISOString(),
          arms: {
            blue: { requests: 4, errors: 1, throttled: 1, failures: { 503: 1 }, meanLatencyMs: 20 },
            green: { requests: 5, errors: 3, throttled: 0, failures: { 424: 2, 408: 1 }, meanLatencyMs: 30 },
          },
        },
      ]); // prettier-ignore
    });

    test('the first minute is included, the last is not', async () => {
      const minutes = await rig.metrics.minutes(rig.workspace, 'spam', minute(2), minute(5));
      expect(minutes.map(({ at }) => at)).toEqual([minute(2).toISOString()]);
    });

    test('an endpoint that nobody called has no minutes', async () => {
      expect(await rig.metrics.minutes(rig.workspace, 'quiet', minute(0), minute(5))).toEqual([]);
    });
  });
}
