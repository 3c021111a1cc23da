// A location of NOMIS, and what the locations API takes for it.
import { AwaitingParentError, RefusedRecordError, type TransformTools } from '../../engine/domain.ts';
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

export type SyncLocation = Record<string, unknown> & {
  prisonId: string;
  code: string;
  parentLocationPath?: string;
};

/** Throws RefusedRecordError for codes without a match, and AwaitingParentError until the location above is there. */
export async function toSyncLocation(location: NomisLocation, tools: TransformTools): Promise<SyncLocation> {
  const { parentLocationId, parentKey, createDatetime, modifyUsername, createUsername } = location;
  return {
    ...contentOf(location),
    parentId: parentLocationId === undefined ? null : await idOf(String(parentLocationId), tools),
    // `MDI-A-1` is `A-1` within its prison.
    ...(parentKey === undefined ? {} : { parentLocationPath: parentKey.slice(parentKey.indexOf('-') + 1) }),
    createDate: createDatetime.slice(0, 19),
    lastUpdatedBy: modifyUsername ?? createUsername,
  };
}

export function contentOf(location: NomisLocation) {
  const { capacity, operationalCapacity, cnaCapacity, certified } = location;
  const isCell = location.locationType === 'CELL';
  return {
    prisonId: location.prisonId,
    code: location.locationCode,
    locationType: translated(LOCATION_TYPES, location.locationType, 'location type'),
    localName: location.userDescription ?? null,
    comments: location.comment ?? null,
    orderWithinParentLocation: location.listSequence ?? null,
    residentialHousingType: translated(HOUSING_TYPES, location.unitType, 'unit type'),
    isDeactivated: !location.active,
    deactivationReason: translated(DEACTIVATION_REASONS, location.reasonCode, 'deactivation reason'),
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
      usageType: translated(USAGE_TYPES, usage.internalLocationUsageType, 'usage'),
      capacity: usage.capacity ?? null,
      sequence: usage.sequence ?? 99,
    })),
  };
}

export const COMPARED =
  'prisonId code locationType localName comments orderWithinParentLocation residentialHousingType isDeactivated ' +
  'deactivationReason deactivatedDate proposedReactivationDate capacity certifiedCell internalMovementAllowed usage';

async function idOf(nomisId: string, tools: TransformTools): Promise<string> {
  const id = await tools.findMapping('LOCATIONS', nomisId);
  if (id === undefined) throw new AwaitingParentError('LOCATIONS', nomisId);
  return id;
}

function translated(
  table: Readonly<Record<string, string>>,
  code: string | undefined,
  what: string,
): string | null {
  if (code === undefined) return null;
  const value = Object.hasOwn(table, code) ? table[code] : undefined;
  if (value === undefined) throw new RefusedRecordError(`Unknown ${what} ${code}`);
  return value;
}
