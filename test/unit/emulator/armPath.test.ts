import { expect, it } from 'vitest';
import { canonicalPath } from '../../../emulator/services/arm/path.ts';

const table = [
  ['/subscriptions/S/resourcegroups/RG/providers/microsoft.machinelearningservices/Workspaces/WS', '/subscriptions/S/resourceGroups/RG/providers/Microsoft.MachineLearningServices/workspaces/WS'],
  ['/SUBSCRIPTIONS/s/resourceGroups/rg/providers/Microsoft.MachineLearningServices/workspaces/w/JOBS/Jobs/CANCEL', '/subscriptions/s/resourceGroups/rg/providers/Microsoft.MachineLearningServices/workspaces/w/jobs/Jobs/cancel'],
  ['/subscriptions/s/providers/microsoft.machinelearningservices/locations/x/mfeoperationsstatus/oe:1', '/subscriptions/s/providers/Microsoft.MachineLearningServices/locations/x/mfeOperationsStatus/oe:1'],
  ['/subscriptions/s/resourceGroups/models/', '/subscriptions/s/resourceGroups/models'],
] as const; // prettier-ignore

it.each(table)('%s', (path, canonical) => {
  expect(canonicalPath(path)).toBe(canonical);
});
