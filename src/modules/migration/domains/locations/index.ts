// Internal locations: appendix A. Wings, landings and cells lie below each other, so a child waits for its parent.
import { Type } from 'typebox';
import type { CallContext, Domain, SyncEvent, SyncMessage } from '../../engine/domain.ts';
import type { Upstream } from '../../upstreams/index.ts';
import { bulkTelemetry } from '../bulk-telemetry.ts';
import { isFromNewServices, numberIn } from '../message-values.ts';
import { rowTelemetry } from '../row-telemetry.ts';
import { readIdsFrom } from '../source-pages.ts';
import {
  CONTENT_FIELDS,
  contentOf,
  type NomisLocation,
  type SyncLocation,
  toSyncLocation,
} from './sync-location.ts';

type TargetLocation = SyncLocation & { id: string };

const idsOf = (key: string, targetId: string) => ({ nomisLocationId: key, dpsLocationId: targetId });

export const locations: Domain<NomisLocation> = {
  type: 'LOCATIONS',
  name: 'locations',
  title: 'Locations',
  telemetryName: 'locations',
  source: 'nomis',
  target: 'locations',
  mapping: {
    path: '/mapping/locations',
    firstCheck: 'dps',
    mappingTypes: ['MIGRATED', 'NOMIS_CREATED', 'LOCATION_CREATED'],
    nomisFields: [{ name: 'nomisLocationId', kind: 'integer' }],
    dpsField: 'dpsLocationId',
    nomisPath: '/mapping/locations/nomis/{nomisLocationId}',
    dpsPath: '/mapping/locations/dps/{dpsLocationId}',
    dtoName: 'LocationMappingDto',
    noun: 'Location',
    notFound: {
      nomis: (key) => `Location with Nomis id=${key}`,
      dps: (key) => `Location with DPS id=${key}`,
    },
    pageShape: 'A',
  },
  read: (nomis, key, call) =>
    nomis.read<NomisLocation>({ path: `/locations/${key}`, template: '/locations/{id}', ...call }),
  transform: toSyncLocation,
  create: async (target, body, { idempotencyKey, isBulk: _, ...call }) => {
    const made = await upsert(target, body as SyncLocation, {
      headers: { 'idempotency-key': idempotencyKey },
      ...call,
    });
    return { status: 'accepted', targetId: made.id };
  },
  find: async (target, body, call) => {
    const { prisonId, parentLocationPath, code } = body as SyncLocation;
    const key = [prisonId, parentLocationPath, code].filter((part) => part !== undefined).join('-');
    const path = `/locations/key/${encodeURIComponent(key)}`;
    const found = await target.read<TargetLocation>({ path, template: '/locations/key/{key}', ...call });
    return found?.id ?? null;
  },
  update: async (target, id, body, call) => {
    await upsert(target, { ...(body as SyncLocation), id }, call);
  },
  remove: async (target, id, call) => {
    const path = `/sync/delete/${encodeURIComponent(id)}`;
    await target.request({ method: 'DELETE', path, template: '/sync/delete/{id}', accept: [404], ...call });
  },
  compare: {
    ofSource: (location) => contentOf(location),
    ofTarget: (location: TargetLocation) =>
      Object.fromEntries(CONTENT_FIELDS.map((field) => [field, location[field] ?? null])),
    readTarget: (target, id, call) =>
      target.read({ path: `/locations/${encodeURIComponent(id)}`, template: '/locations/{id}', ...call }),
  },
  bulk: {
    queueId: 'migrationlocations',
    queueName: 'migration_locations_queue',
    dlqName: 'migration_locations_dlq',
    startPath: '/migrate/locations',
    roles: ['ROLE_MIGRATE_LOCATIONS'],
    filter: Type.Object({}),
    readFilter: () => ({}),
    paging: 'by-page-number',
    pageSize: 1_000,
    readIds: readIdsFrom<{ locationId: number }>('/locations/ids', ({ locationId }) => String(locationId)),
    entityBody: (key) => ({ locationId: Number(key) }),
    telemetry: bulkTelemetry('location', idsOf, ({ prisonId, locationCode }) => ({ prisonId, locationCode })),
  },
  sync: {
    queueId: 'eventlocations',
    queueName: 'prisoner_from_nomis_locations_queue',
    dlqName: 'prisoner_from_nomis_locations_dl_queue',
    switchDomain: 'locations',
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
      roles: ['ROLE_MIGRATE_LOCATIONS'],
      run: async ({ internalLocationId = '' }, tools) => {
        await tools.upsert(internalLocationId, { evenEcho: true });
      },
    },
  ],
};

/** Created, changed or, where the event says so, deleted. */
function changed(): SyncEvent<NomisLocation> {
  return {
    keyOf: (message) => String(numberIn(message, 'internalLocationId')),
    isEcho: (message) => isFromNewServices(message) && !isNewVisitRoom(message),
    action: async (tools) => {
      const key = String(numberIn(tools.message, 'internalLocationId'));
      await (tools.message.recordDeleted === true ? tools.remove(key) : tools.upsert(key));
    },
  };
}

const VISIT_ROOM_ENDS = /-VISITS?-VSIP_(CLO|SOC)$/;

/** The visits service makes these in NOMIS alone, so the locations API has yet to hear of them. */
function isNewVisitRoom({ description, oldDescription }: SyncMessage): boolean {
  return !oldDescription && typeof description === 'string' && VISIT_ROOM_ENDS.test(description);
}

async function upsert(
  target: Upstream,
  body: SyncLocation,
  call: CallContext & { headers?: Record<string, string> },
): Promise<TargetLocation> {
  const path = '/sync/upsert';
  const answer = await target.request({ method: 'POST', path, template: path, body, ...call });
  return JSON.parse(answer.text) as TargetLocation;
}
