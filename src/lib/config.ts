import { z } from 'zod';
import { BadInput } from './core/errors.ts';

/** Real time by default; the local stack gives an origin and a factor, the same after a restart. */
const clockSchema = z.object({ origin: z.iso.datetime(), realStart: z.number(), factor: z.number().positive() });

const https = z.url({ protocol: /^https$/ });

const schema = z.object({
  /** Plain connection, for a local emulator. */
  AzureWebJobsStorage: z.string().optional(),
  AzureWebJobsStorage__accountName: z.string().optional(),
  AzureWebJobsStorage__tableServiceUri: https.optional(),
  AzureWebJobsStorage__queueServiceUri: https.optional(),
  AzureWebJobsStorage__blobServiceUri: https.optional(),
  /** Client id of the user-assigned identity; absent: the system-assigned one. */
  AZURE_CLIENT_ID: z.string().optional(),
  /** Set by Azure where a managed identity is at hand; absent at a person's command line. */
  IDENTITY_ENDPOINT: z.string().optional(),
  STEWARD_ARM_ENDPOINT: https.default('https://management.azure.com'),
  STEWARD_LOGS_ENDPOINT: https.default('https://api.loganalytics.io'),
  STEWARD_DATASTORE_URL: z.string().default('https://{account}.blob.core.windows.net/{container}'),
  STEWARD_DATASTORE_CONNECTION: z.string().optional(),
  STEWARD_EMAIL_ENDPOINT: https.optional(),
  STEWARD_EMAIL_SENDER: z.email().optional(),
  /**
   * The directory whose people may approve, and the app registration that they sign in to. Only to be set where App Service
   * authentication stands in front of the app: without it anybody could say who he is.
   */
  STEWARD_ENTRA_TENANT: z.guid().optional(),
  STEWARD_ENTRA_CLIENT_ID: z.guid().optional(),
  /** Set by App Service. */
  WEBSITE_AUTH_ENABLED: z.string().optional(),
  /** Container of the app's own storage where event subscriptions put what they could not deliver. Absent: it stays there. */
  STEWARD_DEAD_LETTERS: z.string().regex(/^(?!.*--)[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$/, 'expected the name of a blob container').optional(), // prettier-ignore
  /** Where people reach this app; in links of messages. */
  STEWARD_BASE_URL: z.url().default('http://localhost:7071'),
  STEWARD_CLOCK: z
    .string()
    .transform((text, context) => {
      const parsed = clockSchema.safeParse(safeJson(text));
      if (parsed.success) return parsed.data;
      context.addIssue({
        code: 'custom',
        message: 'expected JSON {"origin": ISO time, "realStart": ms, "factor": number}',
      });
      return z.NEVER;
    })
    .optional(),
});

export type Config = z.output<typeof schema>;

function safeJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The environment, read once. Every missing or odd variable is named in one error. */
export function readConfig(environment: Readonly<Record<string, string | undefined>> = process.env): Config {
  const parsed = schema.safeParse(environment);
  if (parsed.success) return check(parsed.data);
  throw new BadInput('settings', parsed.error.issues.map(({ path, message }) => ({ place: path.join('.'), message }))); // prettier-ignore
}

function check(config: Config): Config {
  checkSignIn(config);
  const uris = [config.AzureWebJobsStorage__tableServiceUri, config.AzureWebJobsStorage__queueServiceUri, config.AzureWebJobsStorage__blobServiceUri]; // prettier-ignore
  const byIdentity = Boolean(config.AzureWebJobsStorage__accountName) || uris.every((uri) => uri !== undefined);
  if (config.AzureWebJobsStorage || byIdentity) return config;
  const message =
    'expected a connection string; for a connection by identity AzureWebJobsStorage__accountName, or all of AzureWebJobsStorage__tableServiceUri, __queueServiceUri and __blobServiceUri';
  throw new BadInput('settings', [{ place: 'AzureWebJobsStorage', message }]);
}

function checkSignIn({ STEWARD_ENTRA_TENANT: tenant, STEWARD_ENTRA_CLIENT_ID: clientId, WEBSITE_AUTH_ENABLED: enabled }: Config): void {
  const faults = [
    ...(tenant === undefined && clientId !== undefined ? [{ place: 'STEWARD_ENTRA_TENANT', message: 'expected beside STEWARD_ENTRA_CLIENT_ID' }] : []),
    ...(tenant !== undefined && clientId === undefined ? [{ place: 'STEWARD_ENTRA_CLIENT_ID', message: 'expected beside STEWARD_ENTRA_TENANT' }] : []),
    ...(tenant !== undefined && enabled?.toLowerCase() === 'false' ? [{ place: 'STEWARD_ENTRA_TENANT', message: 'expected App Service authentication in front of the app, and WEBSITE_AUTH_ENABLED says that it is off' }] : []),
  ];
  if (faults.length > 0) throw new BadInput('settings', faults);
} // prettier-ignore

/** Where people sign in; undefined: no caller's identity is believed. */
export function signInOf({ STEWARD_ENTRA_TENANT: tenant, STEWARD_ENTRA_CLIENT_ID: clientId }: Config) {
  return tenant === undefined || clientId === undefined ? undefined : { tenant, clientId };
}

/** The value of an app setting that the estate refers to (`setting: NAME`): where secrets are. */
export function settingOf({ setting }: { readonly setting: string }): string | undefined {
  return process.env[setting];
}
