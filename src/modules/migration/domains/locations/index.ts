// Internal locations: appendix A. Wings, landings and cells lie below each other, so a child waits for its parent.
import { comparisonOf, findAt, readOne, removeOne, upsertAt } from '../../engine/calls.ts';
import { integers, mappingOf } from '../../engine/declare.ts';
import type { SyncEvent, SyncMessage } from '../../engine/domain.ts';
import { each, repairOne } from '../../engine/events.ts';
import { isFromNewServices, keyIn } from '../../engine/message-values.ts';
import { recordDomain } from '../../engine/record-domain.ts';
import { contentOf, type NomisLocation, type SyncLocation, toSyncLocation } from './location.ts';

const keyOf = keyIn('internalLocationId');

const changed: SyncEvent<NomisLocation> = {
  keyOf,
  isEcho: (message) => isFromNewServices(message) && !isNewVisitRoom(message),
  action: async (tools) => {
    const key = keyOf(tools.message);
    await (tools.message.recordDeleted === true ? tools.remove(key) : tools.upsert(key));
  },
};

export const locations = recordDomain<NomisLocation>({
  type: 'LOCATIONS',
  name: 'locations',
  title: 'Locations',
  target: 'locations',
  mapping: mappingOf('Location', {
    path: '/mapping/locations',
    firstCheck: 'dps',
    mappingTypes: ['MIGRATED', 'NOMIS_CREATED', 'LOCATION_CREATED'],
    nomisFields: integers('nomisLocationId'),
    nomisPath: '/mapping/locations/nomis/{nomisLocationId}',
    dpsField: 'dpsLocationId',
    dpsPath: '/mapping/locations/dps/{dpsLocationId}',
    notFound: {
      nomis: (key) => `Location with Nomis id=${key}`,
      dps: (key) => `Location with DPS id=${key}`,
    },
    publicPath: '/api/locations',
  }),
  ids: { path: '/locations/ids', fields: ['locationId'] },
  read: readOne('/locations/{id}'),
  transform: toSyncLocation,
  ...upsertAt('POST', '/sync/upsert'),
  remove: removeOne('/sync/delete/{id}'),
  find: findAt('/locations/key/{key}', ({ prisonId, parentLocationPath, code }: SyncLocation) =>
    [prisonId, parentLocationPath, code].filter((part) => part !== undefined).join('-'),
  ),
  compare: comparisonOf(contentOf, '/locations/{id}'),
  tells: {
    noun: { bulk: 'location', sync: 'locations' },
    facts: (location) => ({ prisonId: location?.prisonId, locationCode: location?.locationCode }),
  },
  events: each(
    ['AGENCY_INTERNAL_LOCATIONS-UPDATED', 'AGY_INT_LOC_PROFILES-UPDATED', 'INT_LOC_USAGE_LOCATIONS-UPDATED'],
    changed,
  ),
  repairs: [repairOne('/locations/id/:internalLocationId/repair', 'Send a location again')],
});

const VISIT_ROOM_ENDS = /-VISITS?-VSIP_(CLO|SOC)$/;

/** The visits service makes these in NOMIS alone, so the locations API has yet to hear of them. */
function isNewVisitRoom({ description, oldDescription }: SyncMessage): boolean {
  return !oldDescription && typeof description === 'string' && VISIT_ROOM_ENDS.test(description);
}
