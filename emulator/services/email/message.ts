import { z } from 'zod';

/** Limits of the service: recipients in all, and bytes of a request, attachments included. */
export const maxRecipients = 50;
export const maxRequestBytes = 10 * 1024 * 1024;

const address = z.object({ address: z.email(), displayName: z.string().optional() });
const addresses = z.array(address);

const shape = z.object({
  senderAddress: z.email(),
  content: z
    .object({ subject: z.string().min(1), plainText: z.string().optional(), html: z.string().optional() })
    .refine(({ plainText, html }) => Boolean(plainText ?? html), 'plainText or html must be given'),
  recipients: z
    .object({ to: addresses.min(1), cc: addresses.default([]), bcc: addresses.default([]) })
    .refine(
      ({ to, cc, bcc }) => to.length + cc.length + bcc.length <= maxRecipients,
      `at most ${maxRecipients} recipients`,
    ),
  headers: z.record(z.string(), z.string()).default({}),
  attachments: z
    .array(z.object({ name: z.string().min(1), contentType: z.string().min(1), contentInBase64: z.base64() }))
    .default([]),
  replyTo: addresses.default([]),
  userEngagementTrackingDisabled: z.boolean().optional(),
});

export type EmailMessage = z.infer<typeof shape>;
export type EmailAddress = z.infer<typeof address>;

/** The message, or all its faults in words. */
export function readMessage(body: string): EmailMessage | string {
  try {
    const parsed = shape.safeParse(JSON.parse(body));
    return parsed.success ? parsed.data : z.prettifyError(parsed.error);
  } catch (error) {
    return `The body is not JSON: ${String(error)}`;
  }
}
