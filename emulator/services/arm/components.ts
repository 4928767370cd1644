import { z } from 'zod';
import { UnknownReference } from '../../runtime/assets.ts';
import { parseComponent } from '../../runtime/components.ts';
import { checkPipelineComponent } from '../../runtime/pipelineJob.ts';
import type { Workspace } from '../../world.ts';
import { plainContainer, versionDescribed, versionFault } from './assetBody.ts';
import type { AssetFamily } from './assets.ts';
import { resourceReadOnly, writable } from './body.ts';
import { userError, type ErrorDetail } from './errors.ts';
import { namedAsset } from './references.ts';

const kinds = ['command', 'pipeline'];
const specKind = z.object({ componentSpec: z.object({ type: z.string() }) });

/** Steps that pipelines are made of, and whole pipelines, by version. What they say is `componentSpec`. */
export const components: AssetFamily = {
  segment: 'components',
  container: plainContainer,
  version: writable(resourceReadOnly, {
    properties: writable(['provisioningState'], {
      ...versionDescribed,
      componentSpec: z.record(z.string(), z.unknown()).exactOptional(),
      stage: z.string().exactOptional(),
    }),
  }),
  immutable: ['componentSpec'],
  versionFault,
  notDone(properties) {
    const kind = specKind.safeParse(properties).data?.componentSpec.type;
    return kind === undefined || kinds.includes(kind) ? undefined : `${kind} component`;
  },
  complete(workspace, properties) {
    if (properties['componentSpec'] === undefined) throw userError('componentSpec is required.');
    const faults = faultsOf(workspace, properties);
    if (faults.length > 0) throw userError(faults.map(({ target, message }) => `${target}: ${message}`).join('; '), faults); // prettier-ignore
    return { ...properties };
  },
};

function faultsOf(workspace: Workspace, properties: Readonly<Record<string, unknown>>): readonly ErrorDetail[] {
  const faults: ErrorDetail[] = [];
  try {
    const component = parseComponent(properties);
    if (component.type === 'pipeline') checkPipelineComponent(workspace, component);
    else {
      namedAsset(workspace, 'environments', component.environment, 'properties.componentSpec.environment', faults);
      namedAsset(workspace, 'codes', component.code ?? undefined, 'properties.componentSpec.code', faults);
    }
  } catch (error) {
    if (!(error instanceof UnknownReference)) throw error;
    faults.push({ code: 'ValidationError', target: 'properties.componentSpec', message: error.message });
  }
  return faults;
}
