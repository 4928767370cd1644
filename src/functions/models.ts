import { app } from '@azure/functions';

app.http('listModels', {
  methods: ['GET'],
  authLevel: 'function',
  route: 'models',
  handler: async (_request, context) => {
    const { connect } = await import('../lib/deps.ts');
    const { listModels } = await import('../lib/history.ts');
    return { jsonBody: { models: await listModels(connect(context)) } };
  },
});

app.http('showModel', {
  methods: ['GET'],
  authLevel: 'function',
  route: 'models/{environment}/{model}',
  handler: async ({ params }, context) => {
    const { connect } = await import('../lib/deps.ts');
    const { showModel } = await import('../lib/history.ts');
    const key = { environment: params['environment'] ?? '', model: params['model'] ?? '' };
    const model = await showModel(key, connect(context));
    return model
      ? { jsonBody: model }
      : { status: 404, jsonBody: { error: `No policy speaks of ${key.model} in ${key.environment}` } };
  },
});
