import type { Capacity } from '../../src/lib/ports.ts';

export interface CapacityTwin extends Capacity {
  /** Cores that are free; undefined: nobody says. A deployment needs 4. */
  freeCores: number | undefined;
}

export function capacityTwin(): CapacityTwin {
  const twin: CapacityTwin = {
    freeCores: undefined,
    async room() {
      const { freeCores } = twin;
      if (freeCores === undefined) return 'unknown';
      return { instanceType: 'Standard_F4s_v2', family: 'standardFSv2Family', neededCores: 4, freeCores };
    },
  };
  return twin;
}
