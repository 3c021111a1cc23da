import type { DosService } from '../dos/dos-service.ts';
import type { ZCode } from '../dos/service-types.ts';
import type { OpenPeriod, SpecifiedDay } from '../opening-times/open-periods.ts';
import { addHistoryEntry, type SaveMoment } from '../service-history/service-history.ts';
import type { ServiceChange } from './service-change.ts';

/** The columns of `services` that this module writes, all of them, changed or not. */
export interface ServiceColumns {
  web: string | null;
  publicphone: string | null;
  address: string | null;
  postcode: string | null;
  town: string | null;
  easting: number | null;
  northing: number | null;
  latitude: number | null;
  longitude: number | null;
  statusid: number;
  /** The wall clock in London, which DoS stores as if it were UTC (4.2.3). */
  modifiedtime: string;
}

/** Everything that one update request writes to DoS (6.11). */
export interface ServiceWrite {
  serviceId: number;
  columns: ServiceColumns;
  /** The weekdays to replace, by `openingtimedays.id`; one without periods is emptied. */
  weekdays: { dayId: number; periods: OpenPeriod[] }[];
  /** The whole new set of dates, or null to leave them alone. */
  specified: SpecifiedDay[] | null;
  addedZCodes: ZCode[];
  removedZCodes: ZCode[];
  history: { text: string; isNew: boolean };
}

/** A value of a change event that its column in DoS cannot hold. Retrying cannot help; a corrected event can. */
export class UnwritableValueError extends Error {
  readonly column: string;

  constructor(column: string, fault: string) {
    super(`services.${column} cannot hold the value of the change event: ${fault}. Correct it on NHS.uk.`);
    this.name = 'UnwritableValueError';
    this.column = column;
  }
}

/** Lengths of the text columns in the published DoS schema, in characters. */
const MAX_CHARACTERS: Readonly<Record<string, number>> = {
  web: 512,
  publicphone: 255,
  address: 512,
  postcode: 255,
  town: 255,
};

/**
 * Turns the changes of a comparison into what to write; null when there is nothing to save. Throws an
 * UnwritableValueError here, before any statement, so that a poison event fails alone and not with its batch.
 */
export function planServiceWrite(
  service: DosService,
  changes: ServiceChange[],
  moment: SaveMoment,
): ServiceWrite | null {
  if (changes.length === 0) return null;
  const { web, address, postcode, town, easting, northing, latitude, longitude } = service;
  const write: ServiceWrite = {
    serviceId: service.id,
    columns: {
      ...{
        web,
        publicphone: service.publicPhone,
        address,
        postcode,
        town,
        easting,
        northing,
        latitude,
        longitude,
      },
      statusid: service.statusId,
      modifiedtime: moment.wallClock,
    },
    weekdays: [],
    specified: null,
    addedZCodes: [],
    removedZCodes: [],
    history: { text: addHistoryEntry(service.history, changes, moment), isNew: service.history === null },
  };
  for (const change of changes) applyChange(write, change);
  return write;
}

function applyChange(write: ServiceWrite, change: ServiceChange): void {
  switch (change.kind) {
    case 'column':
      checkValue(change.column, change.value);
      Object.assign(write.columns, { [change.column]: change.value ?? '' });
      break;
    case 'status':
      write.columns.statusid = change.statusId;
      break;
    case 'weekday':
      write.weekdays.push({ dayId: change.weekday + 1, periods: change.value });
      break;
    case 'specified':
      write.specified = change.value;
      break;
    case 'z_code':
      (change.action === 'add' ? write.addedZCodes : write.removedZCodes).push(change.zCode);
      break;
  }
}

function checkValue(column: string, value: string | number | null): void {
  if (typeof value !== 'string') return;
  const limit = MAX_CHARACTERS[column] ?? 255;
  // PostgreSQL counts characters, JavaScript counts a character beyond U+FFFF twice.
  if (value.length > limit && [...value].length > limit) {
    throw new UnwritableValueError(column, `it has ${[...value].length} characters and ${limit} are allowed`);
  }
  if (value.includes('\u0000')) throw new UnwritableValueError(column, 'it contains the character U+0000');
  if (!value.isWellFormed()) throw new UnwritableValueError(column, 'it contains half of a surrogate pair');
}
