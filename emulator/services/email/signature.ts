import { createHash, createHmac, timingSafeEqual } from 'node:crypto';

interface SignedRequest {
  readonly method: string;
  readonly url: URL;
  readonly header: (name: string) => string | undefined;
  readonly body: string;
}

/** Real time: a signature older or newer than this is refused. */
const toleranceMs = 5 * 60_000;

/**
 * The access-key form of authorization: HMAC-SHA256 over method, path with query, and the headers x-ms-date, host and
 * x-ms-content-sha256. The fault in words, or undefined.
 */
export function signatureFault({ method, url, header, body }: SignedRequest, accessKey: string): string | undefined {
  const [date = '', hash = ''] = [header('x-ms-date'), header('x-ms-content-sha256')];
  const signature = /^HMAC-SHA256 SignedHeaders=x-ms-date;host;x-ms-content-sha256&Signature=(\S+)$/.exec(
    header('authorization') ?? '',
  )?.[1];
  if (signature === undefined) return 'no HMAC-SHA256 signature over x-ms-date;host;x-ms-content-sha256';
  if (!(Math.abs(Date.parse(date) - Date.now()) <= toleranceMs)) return 'x-ms-date is not of now';
  if (createHash('sha256').update(body).digest('base64') !== hash) return 'x-ms-content-sha256 is not of this body';
  const text = `${method}\n${url.pathname}${url.search}\n${date};${header('host') ?? url.host};${hash}`;
  const expected = createHmac('sha256', Buffer.from(accessKey, 'base64')).update(text).digest();
  const given = Buffer.from(signature, 'base64');
  return given.length === expected.length && timingSafeEqual(given, expected) ? undefined : 'the signature is wrong';
}
