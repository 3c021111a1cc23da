// Removing what functional tests left behind: internals appendix C.
import type { Handle } from '#platform/db';
import { readUuid } from '../auth/uuid-text.ts';
import type { NotifyContext } from '../context.ts';
import { possibleLetterKeys, scanKey } from '../letter-production/letter-files.ts';
import { NOTIFY_SERVICE_ID } from '../notifications/notification.ts';
import { insertBlobDeletions } from '../retention/retention-queries.ts';
import { deleteBlobsTask } from '../tasks/definitions.ts';
import {
  deleteServiceRows,
  deleteUserRows,
  findMembers,
  findServicesOfUser,
  findUsersByPrefix,
  hasServices,
  listLetters,
} from './purge-queries.ts';

export interface PurgeResult {
  services: number;
  users: number;
  /** Users that begin alike and are none of a test. */
  skipped: string[];
}

/**
 * Users whose address begins with the prefix and whose local part ends in `+` and a UUID, as functional tests make them:
 * they go with every service they belong to or made. The built-in service never goes.
 */
export async function purgeFunctionalTestData(ctx: NotifyContext, prefix: string): Promise<PurgeResult> {
  const result: PurgeResult = { services: 0, users: 0, skipped: [] };
  for (const user of await findUsersByPrefix(ctx.db.kysely, prefix)) {
    const [localPart = ''] = user.email_address.split('@');
    const isTest =
      localPart.includes('+') && readUuid(localPart.slice(localPart.lastIndexOf('+') + 1)) !== undefined;
    if (!isTest) {
      result.skipped.push(user.email_address);
      continue;
    }
    for (const serviceId of await findServicesOfUser(ctx.db.kysely, user.id)) {
      if (serviceId === NOTIFY_SERVICE_ID) continue;
      await ctx.db.kysely.transaction().execute((trx) => deleteService(ctx, trx, serviceId));
      result.services += 1;
    }
    await ctx.db.kysely.transaction().execute((trx) => deleteUserRows(trx, user.id));
    result.users += 1;
  }
  ctx.services.clear();
  return result;
}

/** A service, and those of its members who are left without any. */
export async function purgeService(ctx: NotifyContext, serviceId: string): Promise<{ users: number }> {
  const members = await findMembers(ctx.db.kysely, serviceId);
  let users = 0;
  await ctx.db.kysely.transaction().execute(async (trx) => {
    await deleteService(ctx, trx, serviceId);
    for (const member of members) {
      if (await hasServices(trx, member)) continue;
      await deleteUserRows(trx, member);
      users += 1;
    }
  });
  ctx.services.clear();
  return { users };
}

/** Rows, and the intention to delete every file of theirs, together. */
async function deleteService(ctx: NotifyContext, trx: Handle, serviceId: string): Promise<void> {
  const keys: string[] = [];
  for (const folder of ['bulk-uploads', 'contact-lists', 'documents', 'template-email-files']) {
    for await (const { key } of ctx.blobs.list(`notify/${folder}/${serviceId}/`)) keys.push(key);
  }
  for (const { id, reference, created_at: createdAt } of await listLetters(trx, serviceId)) {
    const letter = { id, reference, createdAt };
    keys.push(scanKey(id), ...possibleLetterKeys(letter, 'letters-invalid-pdf'));
    keys.push(...possibleLetterKeys(letter, 'letters-pdf'), ...possibleLetterKeys(letter, 'test-letters'));
  }
  await insertBlobDeletions(trx, keys, ctx.clock.now());
  if (keys.length > 0) await ctx.jobs.enqueue(trx, deleteBlobsTask, [{ payload: {} }]);
  await deleteServiceRows(trx, serviceId);
}
