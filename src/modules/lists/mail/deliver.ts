import type { Job, TaskRun } from '#platform/jobs';
import type { ListsContext } from '../context.ts';
import { listsEvent } from '../events.ts';
import { TEMPLATES, type TemplateName } from './courier.ts';
import { type Frame, renderLetter, type Variables } from './letter.ts';
import {
  endMail,
  type LetterFacts,
  type MailRow,
  selectLetterFacts,
  selectWaitingMail,
} from './outbox-queries.ts';
import type { Post } from './post.ts';

type Payload = { mailId: string };

/** Writes and sends one letter; one that is sent, expired or about something gone is left alone. */
export function deliverMail(ctx: ListsContext, post: Post) {
  return async (job: Job<Payload>, run: TaskRun): Promise<void> => {
    const row = await selectWaitingMail(ctx.db.kysely, job.payload.mailId);
    if (!row) return;
    const now = ctx.clock.now();
    const variables =
      row.expires_at !== null && row.expires_at <= now ? undefined : await variablesOf(ctx, row);
    if (variables === undefined) {
      await endMail(ctx.db.kysely, row.id, 'dropped', now);
      ctx.metrics.mails.inc({ outcome: 'dropped' });
      return;
    }
    // Names come from our own enqueues.
    const template = row.template as TemplateName;
    const letter = await renderLetter(template, variables, frameOf(ctx), row.locale);
    await post({
      ...letter,
      id: row.id,
      to: row.recipient,
      replyTo: typeof variables.reply_to === 'string' ? variables.reply_to : undefined,
      correlationId: job.correlationId ?? row.id,
    });
    await ctx.db.kysely.transaction().execute(async (trx) => {
      await endMail(trx, row.id, 'sent', ctx.clock.now());
      await ctx.events.append(trx, [
        listsEvent('mail.sent', job.correlationId, [row.reservation_id], { template: nameOf(ctx, template) }),
      ]);
      await run.complete(trx, [job.id]);
    });
    ctx.metrics.mails.inc({ outcome: 'sent' });
  };
}

/** The terminal state of a letter whose attempts ran out, or that the server refused for good. */
export async function markMailFailed(
  ctx: ListsContext,
  trx: Parameters<typeof endMail>[0],
  job: Job<Payload>,
) {
  await endMail(trx, job.payload.mailId, 'failed', ctx.clock.now());
  await ctx.events.append(trx, [listsEvent('mail.failed', job.correlationId, [job.payload.mailId])]);
  ctx.metrics.mails.inc({ outcome: 'failed' });
}

export function frameOf(ctx: ListsContext): Frame {
  return {
    brandName: ctx.config.brandName,
    origin: ctx.publicOrigin,
    postalAddress: ctx.config.postalAddress,
    environment: ctx.config.environment,
  };
}

function nameOf(ctx: ListsContext, template: TemplateName): string {
  return `${TEMPLATES[template]}-${ctx.config.environment}`;
}

async function variablesOf(ctx: ListsContext, row: MailRow): Promise<Variables | undefined> {
  if (row.reservation_id === null) return row.variables;
  const facts = await selectLetterFacts(ctx.db.kysely, row.reservation_id);
  if (!facts) return undefined;
  return { ...row.variables, ...reservationVariables(ctx, row, facts) };
}

function reservationVariables(ctx: ListsContext, row: MailRow, facts: LetterFacts): Variables {
  const isForOwner = row.template === 'purchase-update';
  const fallback = (row.variables.fallback ?? {}) as Record<string, unknown>;
  const reserveUrl = `${ctx.publicOrigin}/reserve/${facts.reservation_id}`;
  return {
    name: isForOwner ? facts.owner_name : facts.holder_name,
    reserved_name: facts.holder_name,
    list_title: facts.list_title,
    list_url: isForOwner
      ? `${ctx.publicOrigin}/edit/${facts.list_id}?tab=2`
      : `${ctx.publicOrigin}/lists/${facts.list_id}`,
    quantity: facts.quantity,
    confirm_url: reserveUrl,
    edit_url: reserveUrl,
    stop_url: `${reserveUrl}/reminders`,
    notes: facts.notes ?? '',
    brand: facts.brand ?? textOf(fallback.brand),
    details: facts.details ?? textOf(fallback.details),
    product_url: facts.product_url ?? textOf(fallback.productUrl),
    image_url: facts.image_url ?? textOf(fallback.imageUrl),
  };
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value.slice(0, 2_000) : '';
}
