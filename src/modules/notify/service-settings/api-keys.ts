import { randomUUID } from 'node:crypto';
import type { NotifyContext } from '../context.ts';
import type { KeyType } from '../services/service.ts';
import { expireApiKey, insertApiKey } from './api-key-queries.ts';
import { recordApiKey } from './service-record-queries.ts';

/** A new key; its secret is told this once and can never be read again. Undefined when the name is taken. */
export async function createApiKey(
  ctx: NotifyContext,
  key: { serviceId: string; name: string; type: KeyType; createdById: string | null },
): Promise<{ id: string; secret: string } | undefined> {
  const secret = randomUUID();
  const id = randomUUID();
  const now = ctx.clock.now();
  const isNew = await ctx.db.kysely.transaction().execute(async (trx) => {
    const { serviceId, name, type: keyType, createdById } = key;
    const sealed = ctx.secrets.seal(secret);
    if (!(await insertApiKey(trx, { id, serviceId, name, keyType, secret: sealed, createdById, now })))
      return false;
    await recordApiKey(trx, id, now);
    return true;
  });
  ctx.services.clear();
  return isNew ? { id, secret } : undefined;
}

/** What it signed is refused within two seconds. False for a key that is not in use. */
export async function revokeApiKey(
  ctx: NotifyContext,
  key: { serviceId: string; id: string; revokedById?: string | undefined },
): Promise<boolean> {
  const now = ctx.clock.now();
  const isRevoked = await ctx.db.kysely.transaction().execute(async (trx) => {
    if (!(await expireApiKey(trx, { ...key, now }))) return false;
    await recordApiKey(trx, key.id, now, key.revokedById);
    return true;
  });
  ctx.services.clear();
  return isRevoked;
}
