// Events of the source that most domains have.

import type { RepairDeclaration, SyncEvent, SyncMessage, SyncTools } from './domain.ts';
import { additionalInformation, numberIn, textIn } from './message-values.ts';

/** The same for each of these event types: `ALERT-INSERTED`, `ALERT-UPDATED`. */
export function each<R>(types: readonly string[], event: SyncEvent<R>): Record<string, SyncEvent<R>> {
  return Object.fromEntries(types.map((type) => [type, event]));
}

const ENDINGS = { I: 'INSERTED', U: 'UPDATED', D: 'DELETED' } as const;

/** Event types of a table, `IUD` as the catalogue has it: `ALERT-INSERTED`, `ALERT-UPDATED`, `ALERT-DELETED`. */
export function rowTypes(table: string, endings: 'IUD' | 'IU' | 'ID'): string[] {
  // The letters are those of the table above.
  return [...endings].map((letter) => `${table}-${ENDINGS[letter as keyof typeof ENDINGS]}`);
}

/** The same for the rows of several tables: `{ STAFF_MEMBERS: 'IU', INTERNET_ADDRESSES_STAFF: 'IUD' }`. */
export function eachRow<R>(
  tables: Record<string, 'IUD' | 'IU' | 'ID'>,
  event: SyncEvent<R>,
): Record<string, SyncEvent<R>> {
  return each(
    Object.entries(tables).flatMap(([table, endings]) => rowTypes(table, endings)),
    event,
  );
}

/** `table` with the endings of a row that came, changed or went. */
export function rowEvents<R>(
  table: string,
  keyOf: (message: SyncMessage) => string,
  isEcho?: (message: SyncMessage) => boolean,
): Record<string, SyncEvent<R>> {
  const common = { keyOf, ...(isEcho === undefined ? {} : { isEcho }) };
  return {
    ...each<R>(rowTypes(table, 'IU'), { ...common, action: 'upsert' }),
    // A delete that began in the new services finds nothing more to do.
    [`${table}-DELETED`]: { keyOf, action: 'delete' },
  };
}

export interface MovedRecords {
  from: string;
  to: string;
  /** Only this booking went; all of the prisoner's without it. */
  bookingId?: number;
}

const ARRIVALS = ['READMISSION_SWITCH_BOOKING', 'NEW_ADMISSION'];

/** What becomes of prisoners: two were one (`merged`), a booking is another's (`moved`), somebody is back (`received`). */
export function prisonerEvents<R>(on: {
  merged?(tools: SyncTools<R>, prisoners: MovedRecords): Promise<void>;
  moved?(tools: SyncTools<R>, prisoners: MovedRecords): Promise<void>;
  received?(tools: SyncTools<R>, offenderNo: string): Promise<void>;
}): Record<string, SyncEvent<R>> {
  const { merged, moved, received } = on;
  const events: Record<string, SyncEvent<R>> = {};
  if (merged) {
    events['prison-offender-events.prisoner.merged'] = {
      keyOf: (message) => `prisoner ${valueIn(message, 'nomsNumber')}`,
      action: (tools) =>
        merged(tools, {
          from: valueIn(tools.message, 'removedNomsNumber'),
          to: valueIn(tools.message, 'nomsNumber'),
        }),
    };
  }
  if (moved) {
    events['prison-offender-events.prisoner.booking.moved'] = {
      keyOf: (message) => `prisoner ${valueIn(message, 'movedToNomsNumber')}`,
      action: (tools) =>
        moved(tools, {
          from: valueIn(tools.message, 'movedFromNomsNumber'),
          to: valueIn(tools.message, 'movedToNomsNumber'),
          bookingId: numberIn(additionalInformation(tools.message), 'bookingId'),
        }),
    };
  }
  if (received) {
    events['prisoner-offender-search.prisoner.received'] = {
      keyOf: (message) => `prisoner ${valueIn(message, 'nomsNumber')}`,
      isEcho: (message) => !ARRIVALS.includes(String(additionalInformation(message).reason)),
      action: (tools) => received(tools, valueIn(tools.message, 'nomsNumber')),
    };
  }
  return events;
}

function valueIn(message: SyncMessage, name: string): string {
  return textIn(additionalInformation(message), name);
}

/** One record again, created or changed as needed; the last parameter of the path is its key. */
export function repairOne<R>(path: string, summary: string): RepairDeclaration<R> {
  const run: RepairDeclaration<R>['run'] = async (params, tools) => {
    await tools.upsert(Object.values(params).at(-1) ?? '', { evenEcho: true });
  };
  return { method: 'POST', path, summary, run };
}

/** Deletes a record that the source has deleted; the last parameter of the path is its key. */
export function repairGone<R>(path: string, summary: string): RepairDeclaration<R> {
  const run: RepairDeclaration<R>['run'] = async (params, tools) => {
    await tools.remove(Object.values(params).at(-1) ?? '');
  };
  return { method: 'DELETE', path, summary, run };
}
