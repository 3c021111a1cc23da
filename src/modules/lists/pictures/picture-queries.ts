import { sql } from 'kysely';
import type { Handle } from '#platform/db';

export async function insertPicture(
  handle: Handle,
  picture: { id: string; ownerId: string; url: string; bytes: number; now: Date },
): Promise<void> {
  await sql`
    insert into lists.pictures (id, owner_id, url, bytes, created_at)
    values (${picture.id}, ${picture.ownerId}, ${picture.url}, ${picture.bytes}, ${picture.now})
  `.execute(handle);
}

/** Pictures from before this time that no list and no product shows. Once a night, so it may read the tables whole. */
export async function selectUnusedPictures(handle: Handle, before: Date, limit: number): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`
    select p.id from lists.pictures p
    where p.created_at < ${before}
      and not exists (select 1 from lists.gift_lists l where l.image_url = p.url)
      and not exists (select 1 from lists.not_found_products n where n.image_url = p.url)
      and not exists (select 1 from lists.products c where c.image_url = p.url)
    order by p.created_at, p.id limit ${limit}
  `.execute(handle);
  return rows.map(({ id }) => id);
}

export async function deletePicture(handle: Handle, id: string): Promise<void> {
  await sql`delete from lists.pictures where id = ${id}`.execute(handle);
}
