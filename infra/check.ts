/** `npm run infra:check`: every file of the infrastructure compiles, and neither compiler nor linter has anything to say. */
import { readdirSync } from 'node:fs';
import { relative } from 'node:path';
import { compile, findCompiler } from './bicep.ts';

const folder = import.meta.dirname;

function main(): number {
  const compiler = findCompiler({ download: true });
  if ('missing' in compiler) {
    console.log(`infra: not checked, ${compiler.missing}`);
    return 0;
  }
  // Modules are compiled, and complained about, with the file that names them.
  const files = readdirSync(folder).filter((name) => /\.bicep(param)?$/.test(name));
  const complaints = new Set(files.flatMap((file) => compile(compiler, `${folder}/${file}`).complaints));
  for (const complaint of complaints) console.error(complaint.replaceAll(folder, relative(process.cwd(), folder)));
  const verdict = complaints.size === 0 ? 'no complaints' : `${complaints.size} complaints`;
  console.log(`infra: ${files.join(', ')} compiled by Bicep ${compiler.version}, ${verdict}`);
  return complaints.size === 0 ? 0 : 1;
}

process.exitCode = main();
