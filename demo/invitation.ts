import type { Chain } from './chain.ts';
import { ANN, BEN } from './people.ts';
import type { Ready } from './ready.ts';
import type { Stack } from './stack.ts';
import { statusPath } from './steward.ts';
import { ENDPOINT, MODEL, MONITOR } from './team.ts';

/** Addresses, keys, and the commands that show the most: ask the model, register version 2 or have it trained, find drift, approve, see what Steward does. */
export async function invitation({ stack, team, clients, at, chain }: Ready): Promise<string[]> {
  const { world, workspace, host, azure } = stack;
  const job = await team.train('train2');
  const delivered = await team.deliver();
  clients.send('liveNewer');
  const key = workspace.endpoints.get(ENDPOINT)?.keys.primaryKey ?? '';
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
    registering(stack, `${azure.id}/models/${MODEL}`, job),
    '',
    `# or have Steward train version 2 itself, on mails:${delivered.version}, delivered a moment ago; it goes the same way`,
    `curl -X POST -H 'x-functions-key: ${host.keys.function}' -H 'Content-Type: application/json' -d '${JSON.stringify(wish)}' ${host.url}${statusPath(at)}/retrain`,
    '',
    '# or let the monitor find it: clients send newer mails by now. It finds drift, and Steward has version 2 trained for that',
    `curl --cacert ${world.ca.path} -X POST ${world.origin}/_control/monitors/${workspace.name}/${MONITOR}/run`,
    '',
    ...(chain ? await toApprove(stack, chain) : []),
    '# see what Steward does and waits for',
    `curl -H 'x-functions-key: ${host.keys.function}' ${host.url}${statusPath(at)}`,
    '',
  ];
} // prettier-ignore

/** What makes version 2 of what a job has left. */
function registering({ world }: Stack, model: string, job: string, person?: string): string {
  const token = world.tokens.issue('https://management.azure.com', person)?.token ?? '';
  const body = { properties: { modelType: 'custom_model', modelUri: `azureml://jobs/${job}/outputs/model/paths/`, jobName: job } };
  return `curl --cacert ${world.ca.path} -X PUT -H 'Authorization: Bearer ${token}' -H 'Content-Type: application/json' -d '${JSON.stringify(body)}' '${world.origin}${model}/versions/2?api-version=2024-10-01'`;
} // prettier-ignore

async function toApprove(stack: Stack, chain: Chain): Promise<string[]> {
  const { host } = stack;
  const { dev, prod } = chain;
  const approval = { reason: 'the numbers are good', release: 1 };
  return [
    `# register version 2 of ${dev.model} in dev, as ${ANN.displayName}: it goes over test to prod, and waits there for a person`,
    registering(stack, `${dev.azure.id}/models/${dev.model}`, await chain.train(), ANN.displayName),
    '',
    `# then approve it as ${BEN.displayName} (with the token of ${ANN.displayName}, ${host.token(ANN.signInName)}, it is refused: she registered it)`,
    `curl -X POST -H 'x-functions-key: ${host.keys.function}' -H 'Authorization: Bearer ${host.token(BEN.signInName)}' -H 'Content-Type: application/json' -d '${JSON.stringify(approval)}' ${host.url}${statusPath(prod)}/approve`,
    '',
    '# commands in the mails can be pasted after this',
    `export STEWARD_KEY=${host.keys.function} STEWARD_TOKEN=${host.token(BEN.signInName)}`,
    '',
  ];
} // prettier-ignore
