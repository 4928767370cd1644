import { expected } from './expected.ts';
import { count, named, section, text, word } from './leaves.ts';
import type { DeploymentPlan } from './policy.ts';
import { duration } from './units.ts';

/** An asset of the workspace with its version, or one of a registry. */
const ASSET =
  /^(?:[A-Za-z0-9][\w.-]*:[A-Za-z0-9][\w.-]*|azureml:\/\/registries\/[\w.-]+\/(?:environments|codes)\/[\w.-]+\/versions\/[\w.-]+)$/;
/** Limits of the service for managed online deployments. */
const MOST_INSTANCES = 50;
const LONGEST_REQUEST_MS = 180_000;

const asset = (what: string) => text(`the name and version of ${what}, such as name:3, or its azureml://registries address`, ASSET); // prettier-ignore

export const deploymentSection = section({
  instanceType: text('a size of virtual machines, such as Standard_DS3_v2', /^\w+$/).exactOptional(),
  instances: count('a whole number from 1 to 50').max(MOST_INSTANCES, expected('a whole number from 1 to 50')).exactOptional(), // prettier-ignore
  environment: asset('an environment').exactOptional(),
  code: section({ asset: asset('a code asset'), script: text('the file in it that scores, such as score.py') }).exactOptional(), // prettier-ignore
  variables: named(
    text('a text', /^/),
    /^[A-Za-z_]\w*$/,
    'the name of an environment variable',
    'a map from names of environment variables to texts',
  ).exactOptional(),
  requestTimeout: duration({ above: 0, atMost: LONGEST_REQUEST_MS }).exactOptional(),
  concurrency: count().exactOptional(),
  createEndpoint: word(['key', 'amlToken', 'aadToken']).exactOptional(),
}).transform(({ requestTimeout, ...rest }): DeploymentPlan => ({
  ...rest,
  ...(requestTimeout === undefined ? {} : { requestTimeoutMs: requestTimeout }),
})); // prettier-ignore
