import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { filterFaults, passes, type Filter } from '../../../emulator/services/eventGrid/filter.ts';
import { CONTAINER } from '../../../src/lib/azure/storageBlobs.ts';
import { compilerOrWhy, deployed, parametersFile, template, type Resource } from './deployed.ts';
import { registered } from './registered.ts';

const root = resolve(import.meta.dirname, '../../..');
const compiler = compilerOrWhy();
const why = 'missing' in compiler ? ` (skipped: ${compiler.missing})` : '';
const PREFIX = 'Microsoft.MachineLearningServices.';

/** Lazy, so that a machine without a compiler collects the tests and skips them. */
function once<T>(make: (found: Exclude<typeof compiler, { missing: string }>) => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => {
    if ('missing' in compiler) throw new Error(compiler.missing);
    made ??= { value: make(compiler) };
    return made.value;
  };
}

const prod = once((found) => deployed(found, parametersFile('prod.bicepparam', true)));
const dev = once((found) => deployed(found, parametersFile('dev.bicepparam', false)));
const compiled = once(template);

const ofType = (resources: readonly Resource[], type: string) => resources.filter((one) => one.type === type);
const lastName = ({ name }: Resource) => name.split('/').at(-1) ?? '';
const names = (resources: readonly Resource[], type: string) => ofType(resources, type).map(lastName).toSorted();
const sourceOf = (folder: string) =>
  readdirSync(join(root, folder)).filter((file) => file.endsWith('.ts')).map((file) => readFileSync(join(root, folder, file), 'utf8')).join('\n'); // prettier-ignore

/** Names of the settings that the app reads. */
const inConfig = () =>
  [...readFileSync(join(root, 'src/lib/config.ts'), 'utf8').matchAll(/^ {2}([A-Z]\w+):/gm)].map(([, name]) => name ?? ''); // prettier-ignore
const propertiesOf = (type: string) => ofType(prod(), type).map((one) => one['properties']);

describe.skipIf(why)(`settings${why}`, () => {
  /** Settings of config.ts that a deployment leaves alone, each with its reason. */
  const leftAlone = new Map([
    ['AzureWebJobsStorage', 'a connection string would hold a key'],
    ['AzureWebJobsStorage__tableServiceUri', 'follows from the account name'],
    ['AzureWebJobsStorage__queueServiceUri', 'follows from the account name'],
    ['AzureWebJobsStorage__blobServiceUri', 'follows from the account name'],
    ['IDENTITY_ENDPOINT', 'set by Azure where a managed identity is at hand'],
    ['WEBSITE_AUTH_ENABLED', 'set by App Service'],
    ['STEWARD_ARM_ENDPOINT', 'the default is the public cloud'],
    ['STEWARD_LOGS_ENDPOINT', 'the default is the public cloud'],
    ['STEWARD_DATASTORE_URL', 'the default is the public cloud'],
    ['STEWARD_DATASTORE_CONNECTION', 'local: a connection string would hold a key'],
    ['STEWARD_CLOCK', 'local: real time by default'],
  ]);
  const ofTheHost = [
    'APPLICATIONINSIGHTS_AUTHENTICATION_STRING',
    'AzureWebJobsStorage__clientId',
    'AzureWebJobsStorage__credential',
  ];
  const set = once(() => {
    const settings = ofType(prod(), 'Microsoft.Web/sites/config').find((one) => lastName(one) === 'appsettings');
    // Values are known only in Azure, so this is an expression: createObject('NAME', value, ...).
    return [...String(settings?.['properties']).matchAll(/(?<=createObject\(|, )'(\w+)', /g)].map(([, name]) => name ?? ''); // prettier-ignore
  });

  test('every setting that the app reads is set, or left alone for a reason', () => {
    expect(inConfig().length).toBeGreaterThan(10);
    expect(inConfig().filter((name) => !set().includes(name) && !leftAlone.has(name))).toEqual([]);
    expect([...leftAlone.keys()].filter((name) => set().includes(name) || !inConfig().includes(name))).toEqual([]);
  });

  test('who brings a token is signed in, and nobody else is kept out', () => {
    const authentication = ofType(prod(), 'Microsoft.Web/sites/config').find((one) => lastName(one) === 'authsettingsV2'); // prettier-ignore
    expect(authentication?.['properties']).toMatchObject({ platform: { enabled: true }, globalValidation: { unauthenticatedClientAction: 'AllowAnonymous' } }); // prettier-ignore
  });

  test('the app is told to believe who people are only once nobody else can write that', () => {
    expect(JSON.stringify(compiled())).toMatch(/'appsettings'[^{}]*"properties":"[^"]*","dependsOn":\[[^\]]*"authentication"/); // prettier-ignore
  });

  test('and not at all where nobody can sign in', () => {
    const bare = ofType(dev(), 'Microsoft.Web/sites/config');
    expect(bare.map(lastName)).toEqual(['appsettings']);
    expect(JSON.stringify(bare)).not.toContain('STEWARD_ENTRA_TENANT');
  });

  test('nothing is set that nobody reads, and nothing that Flex Consumption refuses', () => {
    const ours = set().filter((name) => /^[A-Z]{2}|^Azure/.test(name));
    const known = [...inConfig(), ...ofTheHost, 'APPLICATIONINSIGHTS_CONNECTION_STRING'];
    expect(ours.filter((name) => !known.includes(name))).toEqual([]);
    expect(ours.filter((name) => /^(FUNCTIONS_|WEBSITE_|SCM_|ENABLE_ORYX)/.test(name))).toEqual([]);
    expect(ours).toEqual(expect.arrayContaining(ofTheHost));
  });
});

/** The app's identity, or the topic of the n-th workspace: their ids are expressions before there is a deployment. */
function whoOf(principal: string): string {
  if (principal.includes('userAssignedIdentities')) return 'app';
  return /topicPrincipalId/.test(principal) ? `topic ${/'estate-\{0\}-\{1\}', (\d)/.exec(principal)?.[1]}` : principal;
}

describe.skipIf(why)(`roles${why}`, () => {
  /** Who may do what where; anything else fails. The last word of the place is the type that the role is given on. */
  const allowed = new Map([
    ['b7e6dc6d-f1e8-4753-8033-0f276bb0955b app storageAccounts', 'Storage Blob Data Owner: the host leases blobs and keeps its keys there'],
    ['974c5e8b-45b9-4653-ba55-5f855dd0fb88 app storageAccounts', 'Storage Queue Data Contributor: triggers and own messages'],
    ['0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3 app storageAccounts', 'Storage Table Data Contributor: lifecycles'],
    ['3913510d-42f4-4e42-8a64-420c390055eb app components', 'Monitoring Metrics Publisher: telemetry'],
    ['09976791-48a7-449e-bb21-39d1a415f350 app communicationServices', 'Communication and Email Service Owner: mail'],
    ['f6c7c914-8db3-469d-8ca1-694a8f32e121 app workspaces', 'AzureML Data Scientist: jobs, models, endpoints'],
    ['43d0d8ad-25c7-4714-9337-8ba259a9fe05 app workspaces', 'Monitoring Reader: traffic of endpoints, memory of their deployments'],
    ['2a2b9908-6ea1-4ae2-8e65-a410df84e7d1 app containers', 'Storage Blob Data Reader: predictions of evaluation jobs'],
    ['d5a91429-5739-47e2-a06b-3470a27159e7 app topics', 'EventGrid Data Sender: channels of kind eventGrid'],
    ['ba92f5b4-2d11-453d-a403-e96b0029c9fe topic containers', 'Storage Blob Data Contributor: dead letters'],
  ]); // prettier-ignore
  const properties = z.object({ principalId: z.string(), principalType: z.string(), roleDefinitionId: z.string() });
  const ASSIGNMENT = /^\[extensionResourceId\('([^']+)', 'Microsoft\.Authorization\/roleAssignments', guid\('([^']+)', (.+), '([^']+)'\)\)\]$/; // prettier-ignore

  function assignments(resources: readonly Resource[]) {
    return ofType(resources, 'Microsoft.Authorization/roleAssignments').map((one) => {
      const { principalId, principalType, roleDefinitionId } = properties.parse(one['properties']);
      const [, scope = '', guidScope, guidPrincipal, guidRole] = ASSIGNMENT.exec(one.id) ?? [];
      const role = roleDefinitionId.split('/').at(-1) ?? '';
      const who = whoOf(principalId);
      const named = guidScope === scope && whoOf(guidPrincipal ?? '') === who && guidRole === role;
      return { what: `${role} ${who.split(' ')[0]} ${scope.split('/').at(-2)}`, named, principalType, scope };
    });
  }

  const placesOf = (role: string) =>
    assignments(prod()).flatMap(({ what, scope }) => (what.startsWith(role) ? (scope.split('/').at(-1) ?? '') : []));
  const withTopics = once((found) =>
    deployed(found, `${parametersFile('prod.bicepparam', true)}\nparam eventTopics = ['/subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/g/providers/Microsoft.EventGrid/topics/releases']`)); // prettier-ignore

  const asked = "writableContainers: ['/subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/g/providers/Microsoft.Storage/storageAccounts/s/blobServices/default/containers/asked']"; // prettier-ignore
  const withCollected = once((found) =>
    deployed(found, parametersFile('prod.bicepparam', true).replaceAll('predictionContainers: [', `${asked}\n    predictionContainers: [`))); // prettier-ignore

  test('only roles of the list are given, to whom and on what it says, and each is used', () => {
    expect(new Set(assignments(withTopics()).map(({ what }) => what))).toEqual(new Set(allowed.keys()));
  });

  test('what endpoints were asked may be copied where the parameters name its container, and nowhere else', () => {
    const collects = withCollected();
    const more = assignments(collects).flatMap(({ what }) => (allowed.has(what) ? [] : what));
    expect(new Set(more)).toEqual(new Set(['ba92f5b4-2d11-453d-a403-e96b0029c9fe app containers']));
    const places = assignments(collects).filter(({ what }) => what.startsWith('ba92f5b4') && what.includes(' app '));
    expect(places.map(({ scope, named }) => [scope.split('/').at(-1), named])).toEqual([['asked', true]]);
  });

  test('each is named after place, principal and role, and says what the principal is', () => {
    const all = assignments(withTopics());
    expect(all.filter(({ named }) => !named)).toEqual([]);
    expect(new Set(all.map(({ principalType }) => principalType))).toEqual(new Set(['ServicePrincipal']));
  });

  test('dead letters can be written into their container only, predictions read from theirs', () => {
    expect(new Set(placesOf('ba92f5b4'))).toEqual(new Set(['dead-letters']));
    expect(placesOf('2a2b9908').every((name) => name.startsWith('azureml-blobstore-'))).toBe(true);
  });
});

describe.skipIf(why)(`storage${why}`, () => {
  test('tables, queues and containers are those of the app', () => {
    const tables = [...sourceOf('src/lib/azure').matchAll(/azureTable\(address, '(\w+)'/g)].map(
      ([, name]) => name ?? '',
    );
    expect(names(prod(), 'Microsoft.Storage/storageAccounts/tableServices/tables')).toEqual([...new Set(tables)].toSorted()); // prettier-ignore
    const triggers = registered().flatMap(({ queue }) => queue ?? []);
    // The host moves what fails five times to NAME-poison.
    const queues = new Set(triggers.flatMap((queue) => (queue.endsWith('-poison') ? queue : [queue, `${queue}-poison`]))); // prettier-ignore
    expect(names(prod(), 'Microsoft.Storage/storageAccounts/queueServices/queues')).toEqual([...queues].toSorted());
    expect(names(prod(), 'Microsoft.Storage/storageAccounts/blobServices/containers')).toEqual(['app-package', 'dead-letters', CONTAINER]); // prettier-ignore
  });

  test('nobody gets in by key, anywhere', () => {
    const off = { allowSharedKeyAccess: false, allowBlobPublicAccess: false, minimumTlsVersion: 'TLS1_2' };
    expect(propertiesOf('Microsoft.Storage/storageAccounts')).toMatchObject([off]);
    expect(propertiesOf('Microsoft.Insights/components')).toMatchObject([{ DisableLocalAuth: true }]);
    expect(propertiesOf('Microsoft.Communication/communicationServices')).toMatchObject([{ disableLocalAuth: true }]); // prettier-ignore
    expect(propertiesOf('Microsoft.Web/sites/basicPublishingCredentialsPolicies')).toEqual([{ allow: false }, { allow: false }]); // prettier-ignore
    expect(JSON.stringify(compiled())).not.toMatch(/\blist[A-Z]\w*\(/);
  });
});

describe.skipIf(why)(`events${why}`, () => {
  const subscription = z.object({
    eventDeliverySchema: z.literal('EventGridSchema'),
    destination: z.object({
      endpointType: z.literal('AzureFunction'),
      properties: z.object({ resourceId: z.string(), maxEventsPerBatch: z.literal(1) }).loose(),
    }),
    filter: z.custom<Filter>(),
    retryPolicy: z.object({ maxDeliveryAttempts: z.literal(30), eventTimeToLiveInMinutes: z.literal(1440) }),
    deadLetterWithResourceIdentity: z.object({
      identity: z.object({ type: z.literal('SystemAssigned') }),
      deadLetterDestination: z.object({ properties: z.object({ blobContainerName: z.literal('dead-letters') }).loose() }).loose(), // prettier-ignore
    }),
  });
  const TYPE = 'Microsoft.EventGrid/systemTopics/eventSubscriptions';
  const subscriptions = once(() =>
    ofType(prod(), TYPE).map((one) => {
      const { destination, filter } = subscription.parse(one['properties']);
      const [, app, functionName] = /\/sites\/([^/]+)\/functions\/(\w+)$/.exec(destination.properties.resourceId) ?? [];
      return { name: one.name, topic: one.name.split('/')[0], app, functionName, filter };
    }),
  );

  test('each workspace has three: a topic of its own, or the one it has, which is not made again', () => {
    const [app] = ofType(prod(), 'Microsoft.Web/sites');
    const topics = subscriptions().map(({ topic, functionName }) => `${topic} -> ${functionName}`);
    expect(topics).toEqual(
      ['steward-ml-test', 'ml-prod-events'].flatMap((topic) => ['run', 'model', 'drift'].map((kind) => `${topic} -> ${kind}Events`)), // prettier-ignore
    );
    expect(names(prod(), 'Microsoft.EventGrid/systemTopics')).toEqual(['steward-ml-test']);
    expect(new Set(subscriptions().map(({ app: name }) => name))).toEqual(new Set([app?.name]));
  });

  test('they deliver to functions that are registered for it, all of them', () => {
    const eventFunctions = registered().filter(({ trigger }) => trigger === 'eventGrid').map(({ name }) => name); // prettier-ignore
    expect(new Set(subscriptions().map(({ functionName }) => functionName))).toEqual(new Set(eventFunctions));
  });

  test('together they name the five types once, within the limits of the service', () => {
    const own = subscriptions().filter(({ topic }) => topic === 'ml-prod-events');
    expect(own.flatMap(({ filter }) => filter.includedEventTypes ?? []).toSorted()).toEqual(
      ['DatasetDriftDetected', 'ModelDeployed', 'ModelRegistered', 'RunCompleted', 'RunStatusChanged'].map((type) => PREFIX + type), // prettier-ignore
    );
    expect(own.flatMap(({ filter }) => filterFaults(filter))).toEqual([]);
    expect(own.every(({ name }) => (name.split('/')[1] ?? '').length <= 64)).toBe(true);
  });

  const finding = {
    azureml_modelmonitor_threshold_breached: "The signal 'drift' has failed due to one or more features",
  };
  const step = { runType: 'azureml.StepRun', runTags: { 'azureml.pipelinerunid': 'r', ...finding } };
  test.each([
    ['a monitor step while it runs, with the finding', 'RunStatusChanged', { ...step, runStatus: 'Running' }, ['run']],
    ['the same step at its end', 'RunStatusChanged', { ...step, runStatus: 'Completed' }, ['run']],
    ['the same step, completed, without a status', 'RunCompleted', step, ['run']],
    ['a root run that failed, its type unknown', 'RunStatusChanged', { runType: null, runStatus: 'Failed' }, ['run']],
    ['a status in small letters', 'RunStatusChanged', { runStatus: 'canceled' }, ['run']],
    ['a run that waits', 'RunStatusChanged', { ...step, runStatus: 'Queued' }, []],
    ['a run that begins', 'RunStatusChanged', { runStatus: 'notstarted' }, []],
    ['a model', 'ModelRegistered', { ModelName: 'm', ModelVersion: 3 }, ['model']],
    ['a deployment', 'ModelDeployed', { ServiceName: 'e' }, ['model']],
    ['drift of version 1', 'DatasetDriftDetected', { DataDriftId: 'd' }, ['drift']],
    ['what may come later', 'SomethingNew', {}, []],
  ])('%s goes where it belongs', (_, type, data, wanted) => {
    const reached = subscriptions()
      .filter(({ topic }) => topic === 'ml-prod-events')
      .filter(({ filter }) => passes({ data }, PREFIX + type, 'experiments/e/runs/r', filter))
      .map(({ functionName }) => functionName?.replace('Events', ''));
    expect(reached).toEqual(wanted);
  });

  test('the first phase has topic and role, but no subscription: there is no function yet', () => {
    expect(ofType(dev(), TYPE)).toEqual([]);
    expect(names(dev(), 'Microsoft.EventGrid/systemTopics')).toEqual(['steward-ml-dev']);
    expect(JSON.stringify(ofType(dev(), 'Microsoft.Authorization/roleAssignments'))).toContain('dead-letters');
  });
});

describe.skipIf(why)(`app and outputs${why}`, () => {
  test('instances that are kept are those of functions that exist', () => {
    const read = z.object({ functionAppConfig: z.object({ scaleAndConcurrency: z.object({ alwaysReady: z.array(z.object({ name: z.string() })) }) }) }); // prettier-ignore
    const [app] = ofType(prod(), 'Microsoft.Web/sites');
    const kept = read.parse(app?.['properties']).functionAppConfig.scaleAndConcurrency.alwaysReady;
    const single = registered().filter(({ trigger }) => trigger !== 'http').map(({ name }) => `function:${name}`); // prettier-ignore
    expect(kept.map(({ name }) => name).filter((name) => name !== 'http' && !single.includes(name))).toEqual([]);
    expect(kept.length).toBeGreaterThan(0);
  });

  test('outputs hold no secret: nothing listed, no connection string, no setting of a channel', () => {
    const nested = z.looseObject({ outputs: z.record(z.string(), z.unknown()).optional(), variables: z.unknown() });
    const outputs: string[] = [];
    const walk = (value: unknown): void => {
      const found = nested.safeParse(value);
      if (found.success && found.data.outputs) outputs.push(JSON.stringify(found.data.outputs));
      if (typeof value === 'object' && value !== null) for (const inner of Object.values(value)) walk(inner);
    };
    walk(compiled());
    expect(outputs.length).toBeGreaterThan(4);
    expect(outputs.join('\n')).not.toMatch(/list[A-Z]\w*\(|ConnectionString|InstrumentationKey|channelSettings/i);
  });
});
