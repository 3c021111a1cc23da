import { randomUUID } from 'node:crypto';
import type { NotifyContext } from '../context.ts';
import {
  deleteCallbackSetting,
  insertCallbackSetting,
  recordCallback,
  updateCallbackSetting,
} from './callback-settings-queries.ts';

export const CALLBACK_TYPES = ['delivery_status', 'complaint', 'returned_letter', 'inbound_sms'] as const;
export type CallbackSettingType = (typeof CALLBACK_TYPES)[number];

export const SHORTEST_TOKEN = 10;

/** Where a service wants to be called; undefined when it has said so before (internals section 3.4.12). */
export async function addCallback(
  ctx: NotifyContext,
  callback: {
    serviceId: string;
    type: CallbackSettingType;
    url: string;
    token: string;
    userId: string | null;
  },
): Promise<string | undefined> {
  const id = randomUUID();
  const now = ctx.clock.now();
  const { serviceId, type, url, token, userId } = callback;
  return ctx.db.kysely.transaction().execute(async (trx) => {
    const bearerToken = ctx.secrets.seal(token);
    const isNew = await insertCallbackSetting(trx, {
      id,
      serviceId,
      type,
      url,
      bearerToken,
      updatedById: userId,
      now,
    });
    if (!isNew) return undefined;
    await recordCallback(trx, id, now);
    return id;
  });
}

/** What is already queued keeps its old address and token. */
export async function changeCallback(
  ctx: NotifyContext,
  change: { id: string; url: string | undefined; token: string | undefined; userId: string | null },
): Promise<void> {
  const now = ctx.clock.now();
  await ctx.db.kysely.transaction().execute(async (trx) => {
    await updateCallbackSetting(trx, {
      id: change.id,
      url: change.url,
      bearerToken: change.token === undefined ? undefined : ctx.secrets.seal(change.token),
      updatedById: change.userId,
      now,
    });
    await recordCallback(trx, change.id, now);
  });
}

export async function removeCallback(ctx: NotifyContext, serviceId: string, id: string): Promise<boolean> {
  return deleteCallbackSetting(ctx.db.kysely, serviceId, id);
}
