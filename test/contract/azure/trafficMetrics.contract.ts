import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { TrafficMetrics } from '../../../src/lib/ports.ts';

export interface TrafficMetricsRig {
  readonly metrics: TrafficMetrics;
  readonly workspace: string;
  /** The start of a minute that has settled, with ten settled ones after it. */
  readonly start: Date;
  serve(request: { at: Date; endpoint: string; deployment: string; status: number; durationMs: number }): void;
  /** Percent of memory that each instance of a deployment of `spam` uses, give or take a little; that of others is not measured. */
  memory(deployment: string, percent: number): void;
  close(): Promise<void>;
}

const about = (percent: number): unknown => expect.closeTo(percent, 0);

export function trafficMetricsContract(name: string, open: () => Promise<TrafficMetricsRig>): void {
  describe(`TrafficMetrics: ${name}`, () => {
    let rig: TrafficMetricsRig;
    const minute = (n: number, seconds = 0) => new Date(rig.start.getTime() + n * 60_000 + seconds * 1000);
    const serve = (n: number, deployment: string, statuses: readonly number[], durationMs: number) =>
      statuses.forEach((status, i) =>
        rig.serve({ at: minute(n, i + 1), endpoint: 'spam', deployment, status, durationMs: durationMs + i }),
      );
    beforeAll(async () => {
      rig = await open();
      serve(0, 'blue', [200, 200, 200], 10);
      serve(2, 'blue', [200, 200, 503, 429], 20);
      serve(2, 'green', [200, 424, 424, 408, 400], 30);
      serve(5, 'blue', [200], 40);
      rig.memory('blue', 60);
      rig.memory('idle', 70);
    });
    afterAll(() => rig.close());

    test('requests, failures, latency and memory by deployment and minute; memory that is not measured and empty minutes are absent', async () => {
      expect(await rig.metrics.minutes(rig.workspace, 'spam', minute(0), minute(5))).toEqual([
        {
          at: minute(0).toISOString(),
          arms: { blue: { requests: 3, errors: 0, throttled: 0, failures: {}, meanLatencyMs: 11, p95LatencyMs: 12, memoryPercent: about(60) } },
        },
        {
          at: minute(2).toISOString(),
          arms: {
            blue: { requests: 4, errors: 1, throttled: 1, failures: { 503: 1 }, meanLatencyMs: 21.5, p95LatencyMs: 23, memoryPercent: about(60) },
            green: { requests: 5, errors: 3, throttled: 0, failures: { 424: 2, 408: 1 }, meanLatencyMs: 32, p95LatencyMs: 34 },
          },
        },
      ]); // prettier-ignore
    });

    test('the first minute is included, the last is not', async () => {
      const minutes = await rig.metrics.minutes(rig.workspace, 'spam', minute(2), minute(5));
      expect(minutes.map(({ at }) => at)).toEqual([minute(2).toISOString()]);
    });

    test('of many requests the 95th percentile is not the slowest', async () => {
      serve(8, 'blue', Array.from({ length: 40 }, () => 200), 1); // prettier-ignore
      const [found] = await rig.metrics.minutes(rig.workspace, 'spam', minute(8), minute(9));
      expect(found?.arms['blue']).toMatchObject({ requests: 40, p95LatencyMs: 38 });
    });

    test('an endpoint that nobody called has no minutes', async () => {
      expect(await rig.metrics.minutes(rig.workspace, 'quiet', minute(0), minute(5))).toEqual([]);
    });
  });
}
