// Internal locations: appendix A. Wings, landings and cells lie below each other, so a child waits for its parent.
import { readOne, removeOne, send } from '../../engine/calls.ts';
import { bulkOf, eventQueueOf, integers, mappingOf } from '../../engine/declare.ts';
import type { Domain, SyncEvent, SyncMessage } from '../../engine/domain.ts';
import { bulkTelemetry } from '../bulk-telemetry.ts';
import { isFromNewServices, numberIn } from '../message-values.ts';
import { rowTelemetry } from '../row-telemetry.ts';
import {
  CONTENT_FIELDS,
  contentOf,
  type NomisLocation,
  type SyncLocation,
  toSyncLocation,
} from './sync-location.ts';

type TargetLocation = SyncLocation & { id: string };

const UPSERT = { method: 'POST', template: '/sync/upsert' } as const;
const idsOf = (key: string, targetId: string) => ({ nomisLocationId: key, dpsLocationId: targetId });

export const locations: Domain<NomisLocation> = {
  type: 'LOCATIONS',
  name: 'locations',
  title: 'Locations',
  telemetryName: 'locations',
  source: 'nomis',
  target: 'locations',
  mapping: mappingOf('Location', {
    path: '/mapping/locations',
    firstCheck: 'dps',
    mappingTypes: ['MIGRATED', 'NOMIS_CREATED', 'LOCATION_CREATED'],
    nomisFields: integers('nomisLocationId'),
    dpsField: 'dpsLocationId',
    nomisPath: '/mapping/locations/nomis/{nomisLocationId}',
    dpsPath: '/mapping/locations/dps/{dpsLocationId}',
    notFound: {
      nomis: (key) => `Location with Nomis id=${key}`,
      dps: (key) => `Location with DPS id=${key}`,
    },
    publicPath: '/api/locations',
  }),
  read: readOne('/locations/{id}'),
  transform: toSyncLocation,
  create: async (target, body, call) => {
    const made = await send<TargetLocation>(target, { ...UPSERT, body }, call);
    return { status: 'accepted', targetId: made.id };
  },
  find: async (target, body, call) => {
    const { prisonId, parentLocationPath, code } = body as SyncLocation;
    const key = [prisonId, parentLocationPath, code].filter((part) => part !== undefined).join('-');
    return (await readOne<TargetLocation>('/locations/key/{key}')(target, key, call))?.id ?? null;
  },
  update: (target, id, body, call) =>
    send(target, { ...UPSERT, body: { ...(body as SyncLocation), id } }, call),
  remove: removeOne('/sync/delete/{id}'),
  compare: {
    ofSource: (location) => contentOf(location),
    ofTarget: (location: TargetLocation) =>
      Object.fromEntries(CONTENT_FIELDS.map((field) => [field, location[field] ?? null])),
    readTarget: readOne('/locations/{id}'),
  },
  bulk: bulkOf('locations', {
    ids: { path: '/locations/ids', fields: ['locationId'] },
    telemetry: bulkTelemetry('location', idsOf, ({ prisonId, locationCode }) => ({ prisonId, locationCode })),
  }),
  sync: {
    ...eventQueueOf('locations'),
    events: {
      'AGENCY_INTERNAL_LOCATIONS-UPDATED': changed(),
      'AGY_INT_LOC_PROFILES-UPDATED': changed(),
      'INT_LOC_USAGE_LOCATIONS-UPDATED': changed(),
    },
    telemetry: rowTelemetry('locations', ({ key, targetId, record }) => ({
      nomisLocationId: key,
      dpsLocationId: targetId,
      prisonId: record?.prisonId,
    })),
  },
  repairs: [
    {
      method: 'POST',
      path: '/locations/id/:internalLocationId/repair',
      summary: 'Send a location again, created or updated as needed',
      run: async ({ internalLocationId = '' }, tools) => {
        await tools.upsert(internalLocationId, { evenEcho: true });
      },
    },
  ],
};

/** Created, changed or, where the event says so, deleted. */
function changed(): SyncEvent<NomisLocation> {
  const keyOf = (message: SyncMessage) => String(numberIn(message, 'internalLocationId'));
  return {
    keyOf,
    isEcho: (message) => isFromNewServices(message) && !isNewVisitRoom(message),
    action: async (tools) => {
      const key = keyOf(tools.message);
      await (tools.message.recordDeleted === true ? tools.remove(key) : tools.upsert(key));
    },
  };
}

const VISIT_ROOM_ENDS = /-VISITS?-VSIP_(CLO|SOC)$/;

/** The visits service makes these in NOMIS alone, so the locations API has yet to hear of them. */
function isNewVisitRoom({ description, oldDescription }: SyncMessage): boolean {
  return !oldDescription && typeof description === 'string' && VISIT_ROOM_ENDS.test(description);
}
