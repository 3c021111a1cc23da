import type { NotifyContext } from '../context.ts';
import { sealToken } from '../secrets/fernet.ts';
import { sendBuiltIn } from './built-in-messages.ts';
import { BUILT_IN } from './built-in-templates-data.ts';
import type { UserRow } from './user-queries.ts';

interface LinkRequest {
  /** Where the website is that opens the link; ours without one. */
  baseUrl: string | undefined;
  correlationId: string;
}

/** The link by which somebody proves at registration that the address is theirs (internals section 3.4.2). */
export async function mailEmailVerification(
  ctx: NotifyContext,
  user: UserRow,
  request: LinkRequest & { to: string },
): Promise<void> {
  const token = seal(ctx, { user_id: user.id, email: request.to });
  await send(ctx, {
    templateId: BUILT_IN.newUserEmailVerification,
    to: request.to,
    personalisation: { name: user.name, url: `${websiteOf(ctx, request.baseUrl)}/verify-email/${token}` },
    correlationId: request.correlationId,
  });
}

export async function mailPasswordReset(
  ctx: NotifyContext,
  user: UserRow,
  request: LinkRequest & { next: string | undefined },
): Promise<void> {
  const createdAt = `${ctx.clock.now().toISOString().replace('T', ' ').slice(0, -1)}000`;
  const token = seal(ctx, { email: user.email_address, created_at: createdAt });
  const next = request.next ? `?next=${encodeURIComponent(request.next)}` : '';
  await send(ctx, {
    templateId: BUILT_IN.passwordReset,
    to: user.email_address,
    personalisation: {
      user_name: user.name,
      url: `${websiteOf(ctx, request.baseUrl)}/new-password/${token}${next}`,
    },
    correlationId: request.correlationId,
  });
}

/** To the new address: whoever reads it may make it theirs. */
export async function mailChangeEmailConfirmation(
  ctx: NotifyContext,
  user: UserRow,
  request: { to: string; correlationId: string },
): Promise<void> {
  const website = websiteOf(ctx, undefined);
  const token = seal(ctx, { user_id: user.id, email: request.to });
  await send(ctx, {
    templateId: BUILT_IN.changeEmailConfirmation,
    to: request.to,
    personalisation: {
      name: user.name,
      url: `${website}/your-account/email/confirm/${token}`,
      feedback_url: `${website}/support/ask-question-give-feedback`,
    },
    correlationId: request.correlationId,
  });
}

export async function mailAlreadyRegistered(
  ctx: NotifyContext,
  request: { to: string; correlationId: string },
): Promise<void> {
  const website = websiteOf(ctx, undefined);
  await send(ctx, {
    templateId: BUILT_IN.alreadyRegistered,
    to: request.to,
    personalisation: {
      signin_url: `${website}/sign-in`,
      forgot_password_url: `${website}/forgot-password`,
      feedback_url: `${website}/support/ask-question-give-feedback`,
    },
    correlationId: request.correlationId,
  });
}

/** The address of the admin website without a slash at its end. */
export function websiteOf(ctx: Pick<NotifyContext, 'config'>, given: string | undefined | null): string {
  return (given || ctx.config.adminBaseUrl).replace(/\/+$/, '');
}

function seal(ctx: NotifyContext, payload: object): string {
  return sealToken(ctx.keys.token, JSON.stringify(payload), ctx.clock.now());
}

async function send(ctx: NotifyContext, message: Parameters<typeof sendBuiltIn>[2]): Promise<void> {
  await ctx.db.kysely.transaction().execute(async (trx) => {
    await sendBuiltIn(ctx, trx, message);
  });
}
