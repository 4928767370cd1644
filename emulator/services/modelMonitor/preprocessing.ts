import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { assetVersion } from '../../runtime/assets.ts';
import { fillCommand, type CommandJob } from '../../runtime/commandJob.ts';
import { componentNamed } from '../../runtime/components.ts';
import { containerEnvironment, pathForImage } from '../../runtime/containers.ts';
import { prepareJobFolder } from '../../runtime/jobFolder.ts';
import { runCommand } from '../../runtime/processes.ts';
import type { Job, Workspace, World } from '../../world.ts';
import type { InputData } from './definition.ts';

/** What a run of a monitor works in; its job's log tells what preprocessing printed. */
export interface MonitorContext {
  readonly world: World;
  readonly workspace: Workspace;
  readonly job: Job;
  /** When the run is for: windows end at it, less their offset. */
  readonly at: Date;
  readonly stop: AbortSignal;
}

export interface Window {
  readonly from: Date;
  readonly to: Date;
}

const output = 'preprocessed_data';

/**
 * Really runs the team's component, by the documented signature: `data_window_start`, `data_window_end` and `input_data`
 * in, the table `preprocessed_data` out. Answers the folder of the table.
 */
export async function runPreprocessing(
  { world, workspace, job, stop }: MonitorContext,
  { jobInputType, uri }: InputData,
  { componentId, window, name }: { componentId: string; window: Window; name: string },
): Promise<string> {
  const { component } = componentNamed(workspace, componentId, 'command');
  const path = pathForImage(assetVersion(workspace, 'environments', component.environment));
  const command: CommandJob = {
    jobType: 'Command',
    command: component.command,
    codeId: component.code,
    environmentId: component.environment,
    inputs: {
      data_window_start: { jobInputType: 'literal', value: window.from.toISOString() },
      data_window_end: { jobInputType: 'literal', value: window.to.toISOString() },
      input_data: { jobInputType: jobInputType === 'uri_file' ? 'uri_file' : 'uri_folder', uri },
    },
    outputs: { [output]: { jobOutputType: 'uri_folder' } },
  };
  const folder = await prepareJobFolder(world, workspace, `${job.name}-${name}`, command);
  const environment = containerEnvironment(path, world.ca.path);
  const line = fillCommand(component.command, folder.values);
  const exitCode = await runCommand({ command: line, folder: folder.code, environment }, job, stop);
  if (exitCode !== 0) throw new Error(`preprocessing component ${componentId} ended with exit code ${exitCode ?? 'none'}`); // prettier-ignore
  return join(folder.outputs, output);
}

/** The lines of a table's `.jsonl` files, in the order of the files' names. */
export async function tableLines(folder: string): Promise<string[]> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.jsonl')).toSorted();
  const texts = await Promise.all(names.map((name) => readFile(join(folder, name), 'utf8')));
  return texts.flatMap((text) => text.split('\n')).filter((line) => line.trim() !== '');
}
