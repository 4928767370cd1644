/** The real Bicep compiler, wherever this machine has it: on the path, inside the Azure CLI, or restored by a .NET SDK. */
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

const PACKAGE = 'Azure.Bicep.CommandLine.linux-x64';
const VERSION = '0.49.2';
const CACHE = resolve(import.meta.dirname, '../.steward/bicep');
const RESTORE_LIMIT_MS = 180_000;
const CALL_LIMIT_MS = 120_000;

/** `cli`: is called `az bicep`, which knows fewer commands than the compiler itself. */
export interface Compiler {
  readonly kind: 'bicep' | 'cli';
  readonly command: string;
  readonly version: string;
}

export interface Compiled {
  /** What was compiled, as JSON; undefined where it has errors. */
  readonly json: unknown;
  /** The compiler's complaints of any level, each once: `file(line,column) : Level code: text`. */
  readonly complaints: readonly string[];
}

/**
 * `missing`: why there is none. `download`: restore it where an SDK can and it is not here yet; throws when that fails.
 */
export function findCompiler({ download }: { readonly download: boolean }): Compiler | { readonly missing: string } {
  const onPath = versionOf('bicep', ['--version']);
  if (onPath !== undefined) return { kind: 'bicep', command: 'bicep', version: onPath };
  const inCli = versionOf('az', ['bicep', 'version']);
  if (inCli !== undefined) return { kind: 'cli', command: 'az', version: inCli };
  if (process.platform !== 'linux' || process.arch !== 'x64')
    return { missing: 'neither bicep nor az bicep is on the path' };
  const program = join(CACHE, PACKAGE.toLowerCase(), VERSION, 'tools/bicep');
  if (!existsSync(program)) {
    if (!download) return { missing: 'neither bicep nor az bicep is on the path; npm run infra:check may restore one' };
    if (versionOf('dotnet', ['--version']) === undefined)
      return { missing: 'neither bicep nor az bicep is on the path, and there is no .NET SDK to restore one' };
    restore(program);
  }
  const version = versionOf(program, ['--version']);
  if (version === undefined) throw new Error(`${program} was restored and does not run`);
  return { kind: 'bicep', command: program, version };
}

/** Compiles a .bicep or .bicepparam file, with the rules of the bicepconfig.json beside it. */
export function compile(compiler: Compiler, file: string): Compiled {
  const verb = file.endsWith('.bicepparam') ? 'build-params' : 'build';
  const args = compiler.kind === 'cli' ? ['bicep', verb, '--file', file, '--stdout'] : [verb, file, '--stdout'];
  const { status, stdout, stderr } = run(compiler.command, args);
  const complaints = [...new Set(stderr.split('\n').filter((line) => /\(\d+,\d+\) : \w+ /.test(line)))];
  if (status !== 0 && complaints.length === 0) throw new Error(`${verb} ${file} failed:\n${stderr}${stdout}`);
  return { json: status === 0 ? JSON.parse(stdout) : undefined, complaints };
}

/** What a parameters file would deploy, as far as that can be said without Azure; written beside the file. */
export function predict(
  compiler: Compiler,
  file: string,
  place: { readonly subscription: string; readonly group: string; readonly location: string },
): void {
  const { subscription, group, location } = place;
  const args = ['snapshot', file, '--subscription-id', subscription, '--resource-group', group, '--location', location];
  const { status, stdout, stderr } = run(compiler.command, args);
  if (status !== 0) throw new Error(`snapshot ${file} failed:\n${stderr}${stdout}`);
}

function restore(program: string): void {
  mkdirSync(CACHE, { recursive: true });
  const project = join(CACHE, 'restore.csproj');
  writeFileSync(project, projectThatDownloads());
  const { status, stdout, stderr } = run('dotnet', ['restore', project, '--packages', CACHE], RESTORE_LIMIT_MS);
  if (status !== 0) throw new Error(`${PACKAGE} ${VERSION} cannot be restored:\n${stdout}${stderr}`);
  chmodSync(program, 0o755);
}

/** Downloads the one package and nothing else: no framework, no dependencies. */
function projectThatDownloads(): string {
  return `<Project Sdk="Microsoft.NET.Sdk">
  <PropertyGroup>
    <TargetFramework>netstandard2.0</TargetFramework>
    <DisableImplicitFrameworkReferences>true</DisableImplicitFrameworkReferences>
  </PropertyGroup>
  <ItemGroup><PackageDownload Include="${PACKAGE}" Version="[${VERSION}]" /></ItemGroup>
</Project>
`;
}

function versionOf(command: string, args: readonly string[]): string | undefined {
  const { status, stdout } = run(command, args);
  return status === 0 ? (/\d+\.\d+\.\d+/.exec(stdout)?.[0] ?? 'of unknown version') : undefined;
}

function run(command: string, args: readonly string[], timeoutMs = CALL_LIMIT_MS) {
  const { status, stdout, stderr } = spawnSync(command, args, {
    encoding: 'utf8',
    timeout: timeoutMs,
    maxBuffer: 64 * 1024 ** 2,
    // Without it the compiler needs Debian's libicu.
    env: { ...process.env, DOTNET_SYSTEM_GLOBALIZATION_INVARIANT: '1' },
  });
  // Null where the program does not exist.
  return { status, stdout: stdout ?? '', stderr: stderr ?? '' };
}
