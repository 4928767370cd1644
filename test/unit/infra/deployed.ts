import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import { compile, findCompiler, predict, type Compiler } from '../../../infra/bicep.ts';

const root = resolve(import.meta.dirname, '../../..');
const place = { subscription: '11111111-1111-1111-1111-111111111111', group: 'steward', location: 'westeurope' };

const resource = z.looseObject({ id: z.string(), type: z.string(), name: z.string() });
export type Resource = z.output<typeof resource>;
const snapshot = z.object({ predictedResources: z.array(resource), diagnostics: z.array(z.unknown()) });

/** Only the compiler itself predicts resources: `az bicep` does not. */
export function compilerOrWhy(): Compiler | { readonly missing: string } {
  const compiler = findCompiler({ download: false });
  if ('missing' in compiler || compiler.kind === 'bicep') return compiler;
  return { missing: 'az bicep cannot predict resources, bicep on the path can' };
}

/** The resources that Azure would be asked for with these parameters, all modules and loops unrolled. */
export function deployed(compiler: Compiler, parameters: string): readonly Resource[] {
  mkdirSync(join(root, '.steward'), { recursive: true });
  const folder = mkdtempSync(join(root, '.steward/infra-'));
  try {
    writeFileSync(join(folder, 'test.bicepparam'), `using '../../infra/main.bicep'\n${parameters}`);
    predict(compiler, join(folder, 'test.bicepparam'), place);
    const read = snapshot.parse(JSON.parse(readFileSync(join(folder, 'test.snapshot.json'), 'utf8')));
    if (read.diagnostics.length > 0) throw new Error(JSON.stringify(read.diagnostics));
    return read.predictedResources;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The ARM template as it is sent to Azure. */
export function template(compiler: Compiler): unknown {
  return compile(compiler, join(root, 'infra/main.bicep')).json;
}

/** The text of one of the repository's parameters files, for the first phase or the second. */
export function parametersFile(name: string, eventsEnabled: boolean): string {
  const text = readFileSync(join(root, 'infra', name), 'utf8').replace(/^using .*$/m, '');
  return `${text}\nparam eventsEnabled = ${eventsEnabled}\n`;
}
