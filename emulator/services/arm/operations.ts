import { randomUUID } from 'node:crypto';
import type { Workspace, World } from '../../world.ts';
import { ArmError, type ErrorDetail } from './errors.ts';
import type { ArmContext, ArmRoutes } from './routes.ts';

export type OperationState =
  | { readonly status: 'InProgress' | 'Succeeded' | 'Canceled' }
  | { readonly status: 'Failed'; readonly error: ErrorDetail };

/** What a long-running call started. */
export interface Operation {
  readonly id: string;
  state(): OperationState;
}

const timeout = 'PT1H';
/** The vendor sends 10 to 600 seconds; clients wait for it in real time. */
const retryAfterSeconds = 10;

/** All long-running operations of the emulator and the two addresses at which each can be asked for. */
export interface Operations {
  /** `prefix` as the vendor writes it into the id: `oe` for endpoints, `od` for deployments, `be` and `bd` for those of batch. */
  start(
    workspace: Workspace,
    prefix: 'oe' | 'od' | 'be' | 'bd' | 'job' | 'schedule',
    state: () => OperationState,
  ): Operation;
  /** For PUT: headers of the 200 or 201. */
  asyncHeaders(c: ArmContext, workspace: Workspace, operation: Operation): Record<string, string>;
  /** For PATCH, DELETE and cancel: the 202. */
  accepted(c: ArmContext, workspace: Workspace, operation: Operation): Response;
  statusUri(workspace: Workspace, operation: Operation, apiVersion: string): string;
  routes(routes: ArmRoutes): void;
}

export function operations(world: World): Operations {
  const started = new Map<string, Operation>();
  const address = (workspace: Workspace, kind: 'mfeOperationsStatus' | 'mfeOperationResults', id: string) =>
    `${world.origin}/subscriptions/${workspace.subscriptionId}/providers/Microsoft.MachineLearningServices/locations/${workspace.region}/${kind}/${id}`;
  const uri = (c: ArmContext, workspace: Workspace, kind: 'mfeOperationsStatus' | 'mfeOperationResults', id: string) =>
    `${address(workspace, kind, id)}?api-version=${c.req.query('api-version')}`;
  const later = () => String(Math.ceil(retryAfterSeconds / world.clock.factor));
  const found = (id: string) => {
    const operation = started.get(id);
    if (operation === undefined) throw new ArmError(404, 'NotFound', `There is no operation ${id}.`);
    return operation;
  };

  return {
    start(workspace, prefix, state) {
      const operation = { id: `${prefix}:${workspace.guid}:${randomUUID()}`, state };
      started.set(operation.id, operation);
      return operation;
    },
    asyncHeaders: (c, workspace, { id }) => ({
      'azure-asyncoperation': uri(c, workspace, 'mfeOperationsStatus', id),
      'x-ms-async-operation-timeout': timeout,
    }),
    accepted: (c, workspace, { id }) =>
      c.body(null, 202, {
        location: uri(c, workspace, 'mfeOperationResults', id),
        'retry-after': later(),
        'x-ms-async-operation-timeout': timeout,
      }),
    statusUri: (workspace, { id }, apiVersion) =>
      `${address(workspace, 'mfeOperationsStatus', id)}?api-version=${apiVersion}`,
    routes: (routes) => operationRoutes(routes, found, later),
  };
}

function operationRoutes(routes: ArmRoutes, found: (id: string) => Operation, later: () => string): void {
  const location = '/providers/Microsoft.MachineLearningServices/locations/:region';
  routes.get(`${location}/mfeOperationsStatus/:id`, (c) => c.json(found(c.req.param('id')).state()));
  routes.get(`${location}/mfeOperationResults/:id`, (c) => {
    const state = found(c.req.param('id')).state();
    if (state.status === 'Failed') throw new ArmError(400, state.error.code, state.error.message);
    if (state.status !== 'InProgress') return c.body(null, 204);
    return c.body(null, 202, { location: c.req.url, 'retry-after': later() });
  });
}
