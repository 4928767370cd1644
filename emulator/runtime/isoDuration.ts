const pattern = /^P(?=\d|T\d)(?:(\d+)W)?(?:(\d+)D)?(?:T(?=\d)(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?$/;
const unitsMs = [7 * 86_400_000, 86_400_000, 3_600_000, 60_000, 1_000];

/** Milliseconds of an ISO 8601 duration such as `PT1H30M`; undefined for anything else, also years and months. */
export function isoDurationMs(text: string): number | undefined {
  const parts = pattern.exec(text)?.slice(1);
  return parts?.reduce((sum, part, at) => sum + Number(part ?? 0) * (unitsMs[at] ?? 0), 0);
}
