import type { Resource } from '../../world.ts';

const creator = { by: '00000000-0000-0000-0000-0000000000c1', byType: 'Application' };

/** A resource on the wire. `location`, `identity` and `sku` only where the type has them. */
export function view(resource: Resource, properties: Record<string, unknown>, tracked = false): object {
  const { id, name, type, location, identity, sku, tags, createdBy } = resource;
  return {
    id,
    name,
    type,
    ...(tracked && { location, tags, ...(identity !== undefined && { identity }), ...(sku !== undefined && { sku }) }),
    properties,
    systemData: {
      createdAt: resource.createdAt.toISOString(),
      createdBy: createdBy ?? creator.by,
      createdByType: createdBy === undefined ? creator.byType : 'User',
      lastModifiedAt: resource.modifiedAt.toISOString(),
      lastModifiedBy: creator.by,
      lastModifiedByType: creator.byType,
    },
  };
}
