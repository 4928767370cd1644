import { dirname } from 'node:path';
import { z } from 'zod';
import type { Resource } from '../world.ts';
import { UnknownReference } from './assets.ts';

const environmentSchema = z.object({ image: z.string() });

/**
 * The only place that says what stands in for a container: an image named `node` (or `something-node`) means the
 * Node.js that runs the emulator, whatever its tag. Answers what PATH must be for `node` to be found.
 */
export function pathForImage(environment: Resource): string {
  const parsed = environmentSchema.safeParse(environment.properties);
  if (!parsed.success) throw new UnknownReference(`environment ${environment.id} has no image`);
  const repository = parsed.data.image.replace(/@.*$/, '').replace(/:[^/]*$/, '');
  if (!/(^|[/-])node$/.test(repository)) {
    throw new UnknownReference(`image ${parsed.data.image} cannot be run here; this emulator runs node:<version> only`);
  }
  return dirname(process.execPath);
}

/** What a process that stands for a container gets of our environment: nothing but what an operating system needs. */
export function containerEnvironment(path: string, caPath: string): Record<string, string> {
  const { SystemRoot: windowsFolder } = process.env;
  return {
    PATH: path,
    LANG: 'C.UTF-8',
    NODE_EXTRA_CA_CERTS: caPath,
    ...(windowsFolder !== undefined && { SystemRoot: windowsFolder }),
  };
}
