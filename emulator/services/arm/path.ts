/** Segments of resource ids in the vendor's casing; ids are case-insensitive, routes are not. */
const segments = [
  'subscriptions', 'resourceGroups', 'providers', 'Microsoft.MachineLearningServices', 'workspaces', 'locations',
  'mfeOperationsStatus', 'mfeOperationResults', 'jobs', 'cancel', 'models', 'data', 'environments', 'codes', 'versions',
  'components', 'schedules',
  'vmSizes', 'usages', 'datastores', 'onlineEndpoints', 'batchEndpoints', 'deployments', 'listKeys', 'regenerateKeys', 'token', 'getLogs', 'skus',
]; // prettier-ignore
const casing = new Map(segments.map((segment) => [segment.toLowerCase(), segment]));

/** The path with the words in the vendor's casing and the names as written. */
export function canonicalPath(path: string): string {
  const parts = path.replace(/^\/|\/$/g, '').split('/');
  const canonical = parts.map((part, index) => {
    const isWord = index % 2 === 0 || parts[index - 1]?.toLowerCase() === 'providers';
    return (isWord ? casing.get(part.toLowerCase()) : undefined) ?? part;
  });
  return `/${canonical.join('/')}`;
}
