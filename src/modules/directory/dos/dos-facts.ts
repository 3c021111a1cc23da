import type { Handle } from '#platform/db';
import type { Clock } from '#platform/telemetry';
import type { DosLocation } from './dos-service.ts';
import { findKnownZCodes, findLocations } from './surroundings-queries.ts';

/** Facts of DoS beside the services themselves. */
export interface DosFacts {
  lookUp(
    normalPostcodes: string[],
  ): Promise<{ locations: ReadonlyMap<string, DosLocation[]>; knownZCodes: ReadonlySet<string> }>;
}

/** Limits of D-10: a location is known for at most ten minutes, a missing one for at most one. */
const KNOWN_MS = 600_000;
const MISSING_MS = 60_000;
const MOST_ENTRIES = 50_000;

/** Locations and Z codes change a few times a year and are asked for with every event, so a process remembers them. */
export function createDosFacts(reader: Handle, clock: Clock): DosFacts {
  const locations = new Map<string, { rows: DosLocation[]; until: number }>();
  let zCodes: { codes: ReadonlySet<string>; until: number } | undefined;

  return {
    lookUp: async (normalPostcodes) => {
      const now = clock.now().getTime();
      const wanted = [...new Set(normalPostcodes)];
      const unknown = wanted.filter((postcode) => (locations.get(postcode)?.until ?? 0) <= now);
      if (unknown.length > 0) {
        if (locations.size + unknown.length > MOST_ENTRIES) locations.clear();
        const found = await findLocations(reader, unknown);
        for (const postcode of unknown) {
          const rows = found.get(postcode) ?? [];
          locations.set(postcode, { rows, until: now + (rows.length > 0 ? KNOWN_MS : MISSING_MS) });
        }
      }
      if (zCodes === undefined || zCodes.until <= now) {
        zCodes = { codes: await findKnownZCodes(reader), until: now + MISSING_MS };
      }
      return {
        locations: new Map(wanted.map((postcode) => [postcode, locations.get(postcode)?.rows ?? []])),
        knownZCodes: zCodes.codes,
      };
    },
  };
}
