// A location of NOMIS, and what the locations API takes for it.
import { translate, translateIfAny } from '../../engine/codes.ts';
import type { TransformTools } from '../../engine/domain.ts';
import { DEACTIVATION_REASONS, HOUSING_TYPES, LOCATION_TYPES, USAGE_TYPES } from './location-codes-data.ts';

/** `GET /locations/{id}`; what is null is left out. */
export interface NomisLocation {
  locationId: number;
  locationType: string;
  prisonId: string;
  parentLocationId?: number;
  parentKey?: string;
  locationCode: string;
  userDescription?: string;
  comment?: string;
  listSequence?: number;
  unitType?: string;
  capacity?: number;
  operationalCapacity?: number;
  cnaCapacity?: number;
  certified?: boolean;
  active: boolean;
  deactivateDate?: string;
  reactivateDate?: string;
  reasonCode?: string;
  tracking: boolean;
  usages?: { internalLocationUsageType: string; capacity?: number; sequence?: number }[];
  createDatetime: string;
  createUsername: string;
  modifyUsername?: string;
}

export type SyncLocation = Awaited<ReturnType<typeof toSyncLocation>>;

/** Throws RefusedRecordError for codes without a match, and AwaitingParentError until the location above is there. */
export async function toSyncLocation(location: NomisLocation, tools: TransformTools) {
  const { parentLocationId: parent, parentKey } = location;
  return {
    ...contentOf(location),
    parentId: parent === undefined ? null : await tools.parentId('LOCATIONS', String(parent)),
    // `MDI-A-1` is `A-1` within its prison.
    parentLocationPath: parentKey?.slice(parentKey.indexOf('-') + 1),
    createDate: location.createDatetime.slice(0, 19),
    lastUpdatedBy: location.modifyUsername ?? location.createUsername,
  };
}

export function contentOf(location: NomisLocation) {
  const { capacity, operationalCapacity, cnaCapacity, certified } = location;
  const isCell = location.locationType === 'CELL';
  return {
    prisonId: location.prisonId,
    code: location.locationCode,
    locationType: translate('location type', LOCATION_TYPES, location.locationType),
    localName: location.userDescription ?? null,
    comments: location.comment ?? null,
    orderWithinParentLocation: location.listSequence ?? null,
    residentialHousingType: translateIfAny('unit type', HOUSING_TYPES, location.unitType),
    isDeactivated: !location.active,
    deactivationReason: translateIfAny('deactivation reason', DEACTIVATION_REASONS, location.reasonCode),
    deactivatedDate: location.deactivateDate ?? null,
    proposedReactivationDate: location.reactivateDate ?? null,
    capacity: isCell
      ? {
          maxCapacity: capacity ?? 0,
          workingCapacity: operationalCapacity ?? 0,
          certifiedNormalAccommodation: cnaCapacity ?? 0,
        }
      : null,
    certifiedCell: isCell ? (certified ?? false) : null,
    internalMovementAllowed: location.tracking,
    usage: (location.usages ?? []).map((usage) => ({
      usageType: translate('usage', USAGE_TYPES, usage.internalLocationUsageType),
      capacity: usage.capacity ?? null,
      sequence: usage.sequence ?? 99,
    })),
  };
}
