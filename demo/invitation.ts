import { STATUS_PATH } from './steward.ts';
import type { Ready } from './ready.ts';
import { ENDPOINT, MODEL, MONITOR } from './team.ts';

/** Addresses, keys, and the commands that show the most: ask the model, register version 2 or have it trained, find drift, see what Steward does. */
export async function invitation({ stack, team, clients }: Ready): Promise<string[]> {
  const { world, workspace, host, azure } = stack;
  const job = await team.train('train2');
  const delivered = await team.deliver();
  clients.send('liveNewer');
  const key = workspace.endpoints.get(ENDPOINT)?.keys.primaryKey ?? '';
  const token = world.tokens.issue('https://management.azure.com')?.token ?? '';
  const body = { properties: { modelType: 'custom_model', modelUri: `azureml://jobs/${job}/outputs/model/paths/`, jobName: job } };
  const register = `${world.origin}${azure.id}/models/${MODEL}/versions/2?api-version=2024-10-01`;
  const wish = { actor: 'you@example.com', reason: 'newer mails' };
  const mail = { mails: [{ text: 'Subject: You have won\n\nClick here for your free prize, act now!' }] };
  return [
    '',
    `  the app          ${host.url}/api/models   key ${host.keys.function}`,
    `  emulated Azure   ${world.origin}   faults, mischief and mail: ${world.origin}/_control`,
    `  its certificate  ${world.ca.path}`,
    `  mails            ${world.folder}/mail`,
    '',
    'Try, in another terminal:',
    '',
    '# ask the model that serves now',
    `curl --cacert ${world.ca.path} -H 'Authorization: Bearer ${key}' -H 'Content-Type: application/json' -d '${JSON.stringify(mail)}' ${world.origin}/endpoints/${ENDPOINT}/score`,
    '',
    '# register version 2, trained a moment ago: Steward evaluates it, deploys it and moves traffic, in about 35 s',
    `curl --cacert ${world.ca.path} -X PUT -H 'Authorization: Bearer ${token}' -H 'Content-Type: application/json' -d '${JSON.stringify(body)}' '${register}'`,
    '',
    `# or have Steward train version 2 itself, on mails:${delivered.version}, delivered a moment ago; it goes the same way`,
    `curl -X POST -H 'x-functions-key: ${host.keys.function}' -H 'Content-Type: application/json' -d '${JSON.stringify(wish)}' ${host.url}${STATUS_PATH}/retrain`,
    '',
    '# or let the monitor find it: clients send newer mails by now. It finds drift, and Steward has version 2 trained for that',
    `curl --cacert ${world.ca.path} -X POST ${world.origin}/_control/monitors/${workspace.name}/${MONITOR}/run`,
    '',
    '# see what Steward does and waits for',
    `curl -H 'x-functions-key: ${host.keys.function}' ${host.url}${STATUS_PATH}`,
    '',
  ];
} // prettier-ignore
