// Room mappings of visits: spec section 3.6.2.
import { sql } from 'kysely';
import type { Handle } from '#platform/db';

export interface RoomMapping {
  vsipId: string;
  nomisRoomDescription: string;
  prisonId: string;
  isOpen: boolean;
}

const COLUMNS = sql.raw(`vsip_id as "vsipId", nomis_room_description as "nomisRoomDescription",
  prison_id as "prisonId", is_open as "isOpen"`);

export async function selectRoomMapping(
  handle: Handle,
  prisonId: string,
  description: string,
): Promise<RoomMapping | undefined> {
  const { rows } = await sql<RoomMapping>`
    select ${COLUMNS} from migration.room_mappings
    where nomis_room_description = ${description} and prison_id = ${prisonId}`.execute(handle);
  return rows[0];
}

export async function selectRoomMappings(handle: Handle, prisonId: string): Promise<RoomMapping[]> {
  const { rows } = await sql<RoomMapping>`
    select ${COLUMNS} from migration.room_mappings
    where prison_id = ${prisonId} order by nomis_room_description`.execute(handle);
  return rows;
}

/** Returns false when the room is mapped already. */
export async function insertRoomMapping(handle: Handle, room: RoomMapping): Promise<boolean> {
  const { rows } = await sql`
    insert into migration.room_mappings (prison_id, nomis_room_description, vsip_id, is_open)
    values (${room.prisonId}, ${room.nomisRoomDescription}, ${room.vsipId}, ${room.isOpen})
    on conflict do nothing
    returning id`.execute(handle);
  return rows.length > 0;
}

export async function deleteRoomMapping(
  handle: Handle,
  prisonId: string,
  description: string,
): Promise<RoomMapping | undefined> {
  const { rows } = await sql<RoomMapping>`
    delete from migration.room_mappings
    where nomis_room_description = ${description} and prison_id = ${prisonId}
    returning ${COLUMNS}`.execute(handle);
  return rows[0];
}
