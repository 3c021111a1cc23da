import type { Caller } from '../callers/caller.ts';
import type { ListsContext } from '../context.ts';
import { errors, ListsError } from '../errors.ts';
import { listsEvent } from '../events.ts';
import { newId } from '../ids.ts';
import { limit } from '../policy/rate-limit.ts';
import { readHeader } from './picture-header.ts';
import { deletePicture, insertPicture, selectUnusedPictures } from './picture-queries.ts';

/** Spec section 6.5: five megabytes at most; and no more pixels than a phone takes. */
export const MOST_BYTES = 5 * 1024 * 1024;
const MOST_PIXELS = 12_500_000;
const DAY_MS = 86_400_000;

export function pictureKey(id: string): string {
  return `lists/pictures/${id}.jpg`;
}

/**
 * Keeps a picture for a list or a gift: decoded and encoded anew, so that only its pixels are kept, at most 1,600 of them
 * on a side. Returns its address, which is public and unguessable like that of a list.
 */
export async function uploadPicture(
  ctx: ListsContext,
  caller: Caller,
  bytes: Buffer,
  correlationId: string,
): Promise<{ imageUrl: string; width: number; height: number }> {
  await limit(ctx, 'picture', caller.userId);
  if (bytes.length > MOST_BYTES) {
    throw new ListsError(413, 'picture_too_large', 'A picture may have 5 MB at most.');
  }
  const header = readHeader(bytes);
  if (header && header.width * header.height > MOST_PIXELS) {
    throw errors.invalid(
      'picture_too_large',
      'A picture may have 12.5 million pixels at most: make it smaller.',
    );
  }
  const picture = header && (await ctx.reencode(bytes, header));
  if (picture === 'busy') {
    throw new ListsError(503, 'too_many_requests', 'Too many pictures are worked on: try again in a minute.');
  }
  if (!picture) throw errors.invalid('picture_unreadable', 'Send a picture: JPEG, PNG or WebP.');
  const id = newId();
  const imageUrl = `${ctx.publicOrigin}/pictures/${id}.jpg`;
  const { jpeg, width, height } = picture;
  // The row first: one without its bytes is forgotten at night, bytes without a row would stay for ever.
  await insertPicture(ctx.db.kysely, {
    id,
    ownerId: caller.userId,
    url: imageUrl,
    bytes: jpeg.length,
    now: ctx.clock.now(),
  });
  await ctx.blobs.put(pictureKey(id), jpeg, { contentType: 'image/jpeg' });
  await ctx.events.append(ctx.db.kysely, [
    listsEvent('picture.uploaded', correlationId, [id, caller.userId], {
      from: header.kind,
      bytes: jpeg.length,
    }),
  ]);
  return { imageUrl, width, height };
}

/** Deletes pictures that were uploaded more than a day ago and are shown nowhere. Returns how many. */
export async function deleteUnusedPictures(ctx: ListsContext): Promise<number> {
  const before = new Date(ctx.clock.now().getTime() - DAY_MS);
  const ids = await selectUnusedPictures(ctx.db.kysely, before, 1_000);
  for (const id of ids) {
    await ctx.blobs.delete(pictureKey(id));
    await deletePicture(ctx.db.kysely, id);
  }
  return ids.length;
}
