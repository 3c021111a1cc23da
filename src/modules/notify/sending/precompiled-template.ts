import { randomUUID } from 'node:crypto';
import type { NotifyContext } from '../context.ts';
import { findPrecompiledTemplate, insertTemplate } from '../services/apply-queries.ts';
import { PRECOMPILED_NAME } from '../services/templates.ts';

/** The hidden template that letters sent as PDF belong to; each service gets one with its first such letter. */
export async function findOrMakePrecompiledTemplate(
  ctx: NotifyContext,
  serviceId: string,
): Promise<{ id: string; version: number }> {
  const known = await findPrecompiledTemplate(ctx.db.kysely, serviceId, PRECOMPILED_NAME);
  if (known) return known;
  return ctx.db.kysely.transaction().execute(async (trx) => {
    const raced = await findPrecompiledTemplate(trx, serviceId, PRECOMPILED_NAME, true);
    if (raced) return raced;
    const id = randomUUID();
    await insertTemplate(trx, {
      id,
      service_id: serviceId,
      template_type: 'letter',
      name: PRECOMPILED_NAME,
      content: '',
      subject: PRECOMPILED_NAME,
      postage: 'second',
      hidden: true,
      letter_contact_id: null,
      has_unsubscribe_link: false,
      created_by: 'notify',
      version: 1,
      created_at: ctx.clock.now(),
      updated_at: null,
    });
    return { id, version: 1 };
  });
}
