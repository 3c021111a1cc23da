import type { Database, Handle } from '#platform/db';
import type { Domain } from '../engine/domain.ts';
import { selectRoomMapping } from '../rooms/room-queries.ts';
import { shapeOf } from './mapping-json.ts';
import {
  countMappings,
  deleteByDpsKey,
  insertMapping,
  type MappingRow,
  type NewMapping,
  selectByDpsKeys,
  selectByNomisKeys,
} from './mapping-queries.ts';
import { moveMappings, selectKeysOfPrisoner } from './owner-queries.ts';

export interface Room {
  vsipId: string;
  isOpen: boolean;
}

export type MappingOutcome =
  | { status: 'created' }
  /** The very same pair was there; label and type stay as they are. */
  | { status: 'same' }
  | { status: 'duplicate'; existing: MappingRow };

/** Where mappings are kept: our own tables, or another mapping service over HTTP. */
export interface MappingStore {
  /** Our own: mappings are written together with the ledger. */
  isLocal: boolean;
  /** By NOMIS key; those without a mapping are absent. */
  findAll(domain: Domain, keys: string[]): Promise<Map<string, MappingRow>>;
  create(domain: Domain, mapping: NewMapping): Promise<MappingOutcome>;
  remove(domain: Domain, dpsKey: string): Promise<void>;
  countByLabel(domain: Domain, label: string): Promise<number>;
  /** NOMIS keys of the mappings that name this prisoner; another mapping service is not asked. */
  keysOf(domain: Domain, offenderNo: string): Promise<string[]>;
  /** Another prisoner has these records now, all of one prisoner's or those of a booking. */
  move(domain: Domain, move: { from: string; to: string; bookingId?: string }): Promise<void>;
  findRoom(prisonId: string, description: string): Promise<Room | undefined>;
}

export function createLocalMappingStore(db: Database): MappingStore {
  return {
    isLocal: true,
    async findAll(domain, keys) {
      if (keys.length === 0) return new Map();
      const rows = await selectByNomisKeys(db.kysely, domain.type, keys);
      return new Map(rows.map((row) => [row.nomisKey, row]));
    },
    create: (domain, mapping) => createMapping(db.kysely, domain, mapping),
    async remove(domain, dpsKey) {
      await deleteByDpsKey(db.kysely, domain.type, dpsKey);
    },
    countByLabel: (domain, label) =>
      countMappings(db.kysely, domain.type, { label, mappingType: 'MIGRATED' }),
    keysOf: (domain, offenderNo) => selectKeysOfPrisoner(db.kysely, domain.type, offenderNo),
    async move(domain, move) {
      const isBookingInKey = shapeOf(domain).nomisFields[0]?.name === 'nomisBookingId';
      await moveMappings(db.kysely, domain.type, { ...move, isBookingInKey });
    },
    findRoom: (prisonId, description) => selectRoomMapping(db.kysely, prisonId, description),
  };
}

/** Asked for a domain that keeps no mappings, a store has none and lacks none. */
export function sparingUnmapped(store: MappingStore): MappingStore {
  return {
    ...store,
    findAll: async (domain, keys) => (domain.mapping ? store.findAll(domain, keys) : new Map()),
    create: async (domain, mapping) =>
      domain.mapping ? store.create(domain, mapping) : { status: 'created' },
    remove: async (domain, dpsKey) => (domain.mapping ? store.remove(domain, dpsKey) : undefined),
    countByLabel: async (domain, label) => (domain.mapping ? store.countByLabel(domain, label) : 0),
  };
}

/**
 * The rules of creation, spec section 3.6.1: an identical pair changes nothing; any other row with one of the keys is
 * a duplicate, and is always named (F4), which of two by the domain's order.
 */
export async function createMapping(
  handle: Handle,
  domain: Domain,
  mapping: NewMapping,
): Promise<MappingOutcome> {
  // The row that stood in the way may be removed before it is read: then there is nothing in the way any more.
  for (let tries = 0; tries < 3; tries++) {
    if (await insertMapping(handle, domain.type, mapping)) return { status: 'created' };
    const existing = await findExisting(handle, domain, mapping);
    if (existing?.nomisKey === mapping.nomisKey && existing.dpsKey === mapping.dpsKey)
      return { status: 'same' };
    if (existing) return { status: 'duplicate', existing };
  }
  throw new Error(`The mapping of ${domain.type} is being made and removed at the same time; try again.`);
}

/** The row that stands in the way of a new mapping. */
export async function findExisting(
  handle: Handle,
  domain: Domain,
  mapping: Pick<NewMapping, 'nomisKey' | 'dpsKey'>,
): Promise<MappingRow | undefined> {
  const [byNomis] = await selectByNomisKeys(handle, domain.type, [mapping.nomisKey]);
  const [byDps] = await selectByDpsKeys(handle, domain.type, [mapping.dpsKey]);
  return shapeOf(domain).firstCheck === 'nomis' ? (byNomis ?? byDps) : (byDps ?? byNomis);
}
