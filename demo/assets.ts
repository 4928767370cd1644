import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DataSets } from '../examples/spam-filter/data.js';
import type { Azure } from './azure.ts';

const EXAMPLE = new URL('../examples/spam-filter/', import.meta.url).pathname;
/** Where every deployment of the endpoint leaves what it was asked, as if it were one: in the data collector's own tree. */
const SERVED = { name: 'spam-requests', path: 'modelDataCollector/spam-online/all/request' };

/** What jobs, pipelines and monitors of the team refer to, by the names that stand in `<...>` in the example's files. */
export interface Assets {
  readonly environmentId: string;
  readonly codeId: string;
  readonly computeId: string;
  readonly prepareMailsId: string;
  readonly trainSpamFilterId: string;
  readonly mailFeaturesId: string;
  readonly servedId: string;
}

/** Registers code, environment, components and data sets, each as version 1. */
export async function registerAssets(azure: Azure, data: DataSets): Promise<Assets> {
  const code = async (name: string, folder: string) =>
    versioned(azure, `/codes/${name}/versions/1`, { codeUri: await azure.upload(join(EXAMPLE, folder), `code/${name}`) });
  const [codeId] = await Promise.all([
    code('spam-filter', 'code'),
    code('score', 'score'),
    code('score-regression', 'score-regression'),
  ]);
  const environmentId = await versioned(azure, '/environments/node/versions/1', { image: 'docker.io/library/node:24' });
  for (const [name, set] of Object.entries(data)) {
    if (name.startsWith('live')) continue;
    const asset = name === 'holdout' ? 'spam-holdout' : name;
    const uri = await azure.upload(set.path, `data/${name}.ndjson`);
    await versioned(azure, `/data/${asset}/versions/1`, { dataType: 'uri_file', dataUri: uri });
  }
  await registerMails(azure, '1', data.train1.path);
  const dataUri = `azureml://datastores/workspaceblobstore/paths/${SERVED.path}/`;
  const servedId = await versioned(azure, `/data/${SERVED.name}/versions/1`, { dataType: 'uri_folder', dataUri });
  const component = async (name: string) => {
    const body = filled(`components/${name}.json`, { codeId, environmentId });
    return (await azure.put(`/components/${name}/versions/1`, body)).body.id ?? '';
  };
  const [prepareMailsId, trainSpamFilterId, mailFeaturesId] = [
    await component('prepare_mails'),
    await component('train_spam_filter'),
    await component('mail_features'),
  ];
  const computeId = `${azure.id}/computes/cpu`;
  return { environmentId, codeId, computeId, prepareMailsId, trainSpamFilterId, mailFeaturesId, servedId };
} // prettier-ignore

/** A version of `mails`, the data that the pipeline trains on and the monitor compares with. */
export async function registerMails(azure: Azure, version: string, path: string): Promise<void> {
  const folder = `mails/${version}`;
  await azure.upload(path, `${folder}/mails.ndjson`);
  const dataUri = `azureml://datastores/workspaceblobstore/paths/${folder}/`;
  await versioned(azure, `/data/mails/versions/${version}`, { dataType: 'uri_folder', dataUri });
}

async function versioned(azure: Azure, path: string, properties: Record<string, unknown>): Promise<string> {
  return (await azure.put(path, { properties })).body.id ?? '';
}

/** A file of the example with what stands in `<...>` filled in; what is empty then is left out. */
export function filled(file: string, values: Readonly<Record<string, string>>): unknown {
  const text = readFileSync(join(EXAMPLE, file), 'utf8');
  const all = Object.entries({ gitCommit: gitCommit(), ...values });
  const whole = all.reduce((body, [key, value]) => body.replaceAll(`<${key}>`, value), text);
  return JSON.parse(whole, (_key, value: unknown) => (value === '' ? undefined : value));
}

/** Empty where the demo was not cloned with git. */
function gitCommit(): string {
  try {
    return execFileSync('git', ['rev-parse', 'HEAD'], { cwd: EXAMPLE, encoding: 'utf8', stdio: 'pipe' }).trim();
  } catch {
    return '';
  }
}
