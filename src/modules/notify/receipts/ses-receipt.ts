// What SES reports, wrapped by SNS: internals sections 3.5 and 6.8. Of the message only codes, ids and times are kept.
import type { NotifyContext } from '../context.ts';
import { PlainError } from '../errors.ts';
import { isObject } from '../requests/schema.ts';
import type { ReceiptPayload } from '../tasks/definitions.ts';
import { isSignedBySns, type SnsEnvelope } from './sns-signature.ts';

type Receipt = Omit<ReceiptPayload, 'receivedAt'>;

/** The receipts in an SNS envelope; throws for one that is not from an allowed topic. */
export async function readSesReceipt(ctx: NotifyContext, body: Buffer): Promise<Receipt[]> {
  const envelope = parseObject(body.toString('utf8'));
  if (!envelope || typeof envelope.Message !== 'string')
    throw refusal(400, 'SES callback failed: invalid JSON');
  // Whoever reads a member checks its type first: the signature covers texts only, and anything else fails it.
  await checkSender(ctx, envelope as unknown as SnsEnvelope);
  if (envelope.Type === 'SubscriptionConfirmation') {
    await confirmSubscription(ctx, String(envelope.SubscribeURL));
    return [];
  }
  const message = parseObject(envelope.Message);
  if (!message) throw refusal(400, 'SES callback failed: invalid JSON');
  const receipt = toReceipt(message);
  if (receipt?.status === 'Bounce') {
    const bounce = memberOf(message, 'bounce');
    const [type, subType] = [bounce?.bounceType, bounce?.bounceSubType].map((code) =>
      String(code).slice(0, 50),
    );
    ctx.log.info({ reference: receipt.reference, bounceType: type, bounceSubType: subType }, 'SES bounce');
  }
  return receipt ? [receipt] : [];
}

async function checkSender(ctx: NotifyContext, envelope: SnsEnvelope): Promise<void> {
  const { sesTopics, isSnsSignatureChecked } = ctx.config;
  const isKnown = sesTopics.includes(envelope.TopicArn);
  const isGenuine = isKnown && (!isSnsSignatureChecked || (await isSignedBySns(ctx.outgoing, envelope)));
  if (!isGenuine) throw refusal(403, 'SES callback failed: topic or signature is not accepted');
}

function toReceipt(message: Record<string, unknown>): Receipt | undefined {
  const type = message.notificationType ?? message.eventType;
  const mail = memberOf(message, 'mail');
  const reference = mail?.messageId;
  if (typeof type !== 'string' || typeof reference !== 'string') return undefined;
  const common = {
    provider: 'ses',
    reference: code(reference, 200),
    status: code(type, 50),
    ...(typeof mail?.timestamp === 'string' ? { sentAt: code(mail.timestamp, 50) } : {}),
  };
  if (type === 'Delivery') return { ...common, ...timeOf(memberOf(message, 'delivery')) };
  if (type === 'Bounce') {
    const bounce = memberOf(message, 'bounce');
    return { ...common, ...timeOf(bounce), detail: code(String(bounce?.bounceType ?? ''), 50) };
  }
  if (type !== 'Complaint') return undefined;
  const complaint = memberOf(message, 'complaint');
  return {
    ...common,
    ...timeOf(complaint),
    ...(typeof complaint?.feedbackId === 'string' ? { feedbackId: code(complaint.feedbackId, 200) } : {}),
    ...(typeof complaint?.complaintFeedbackType === 'string'
      ? { detail: code(complaint.complaintFeedbackType, 50) }
      : {}),
  };
}

/** Kept short, and without what PostgreSQL cannot hold: one such report would fail all that are stored with it. */
function code(text: string, most: number): string {
  return text.slice(0, most).replaceAll('\u0000', '').toWellFormed();
}

async function confirmSubscription(ctx: NotifyContext, url: string): Promise<void> {
  if (!URL.canParse(url) || !/^sns\.[a-z0-9-]+\.amazonaws\.com$/.test(new URL(url).hostname)) {
    throw refusal(400, 'SES callback failed: subscription address is not of SNS');
  }
  await ctx.outgoing.call({ target: 'sns', url, method: 'GET', timeoutMs: 10_000 });
}

function timeOf(part: Record<string, unknown> | undefined): { deliveredAt?: string } {
  return typeof part?.timestamp === 'string' ? { deliveredAt: code(part.timestamp, 50) } : {};
}

function memberOf(value: Record<string, unknown>, name: string): Record<string, unknown> | undefined {
  const member = value[name];
  return isObject(member) ? member : undefined;
}

function parseObject(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function refusal(status: number, message: string): PlainError {
  return new PlainError(status, { result: 'error', message });
}
