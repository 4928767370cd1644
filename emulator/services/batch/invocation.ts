import { z } from 'zod';

const uri = z.string().min(1);
const input = z.discriminatedUnion('JobInputType', [
  z.strictObject({ JobInputType: z.literal('UriFile'), Uri: uri }),
  z.strictObject({ JobInputType: z.literal('UriFolder'), Uri: uri }),
  z.strictObject({ JobInputType: z.literal('Literal'), Value: z.union([z.string(), z.number(), z.boolean()]) }),
]);
const output = z.strictObject({ JobOutputType: z.enum(['UriFile', 'UriFolder']), Uri: uri });

/** What an invocation may say, as far as it is documented (and tags, which are not); anything else is refused. */
export const invocationBody = z.strictObject({
  properties: z.strictObject({
    InputData: z.record(z.string().regex(/^\w+$/), input),
    OutputData: z.record(z.string().regex(/^\w+$/), output).default({}),
    tags: z.record(z.string(), z.string()).default({}),
  }),
});
export type Invocation = z.infer<typeof invocationBody>['properties'];
