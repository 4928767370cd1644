/** What is asked of the traffic log: half open in time, as the query says it. */
export interface TrafficQuery {
  readonly endpoint: string;
  readonly from: Date;
  readonly to: Date;
}

const instant = String.raw`datetime\((\d{4}-\d\d-\d\dT[\d:.]+Z)\)`;
/** The one query that is understood, its white space made single blanks. */
const shape = new RegExp(
  [
    String.raw`^let (?<name>\w+) = AmlOnlineEndpointTrafficLog`,
    String.raw`\| where TimeGenerated >= ${instant} and TimeGenerated < ${instant}`,
    String.raw`\| where EndpointName =~ '([\w-]+)' and isnotempty\(DeploymentName\)`,
    String.raw`\| project minute = bin\(TimeGenerated, 1m\), deployment = DeploymentName, code = toint\(ResponseCode\), ms = toreal\(TotalDurationMs\);`,
    String.raw`\k<name>`,
    String.raw`\| summarize requests = count\(\), timed = countif\(isnotnull\(ms\)\), totalMs = sum\(ms\) by minute, deployment, code`,
    String.raw`\| join kind=inner \(\k<name> \| summarize p95Ms = percentile\(ms, 95\) by minute, deployment\) on minute, deployment`,
    String.raw`\| project minute, deployment, code, requests, timed, totalMs, p95Ms$`,
  ].join(' '),
);

/** Undefined for any other query: this is no Kusto. */
export function readQuery(text: string): TrafficQuery | undefined {
  const [, , from, to, endpoint] = shape.exec(text.replaceAll(/\s+/g, ' ').trim()) ?? [];
  if (from === undefined || to === undefined || endpoint === undefined) return undefined;
  return { endpoint, from: new Date(from), to: new Date(to) };
}
