import type { FastifyReply } from 'fastify';
import { brandedEmail } from '../branding/branded-email.ts';
import type { NotifyContext } from '../context.ts';
import { letterAddress } from '../one-offs/letter-address.ts';
import type { NotificationType, Service } from '../services/service.ts';
import { compileEmail, renderEmail } from '../templates/email.ts';
import { compileLetter, fillLetter } from '../templates/letter.ts';
import { compileContent } from '../templates/placeholders.ts';
import { compileSms, renderSms, SMS_MAX_CHARACTERS } from '../templates/sms.ts';

export interface Draft {
  type: NotificationType;
  subject: string | null;
  content: string;
  contactBlock: string | null;
  /** What stands before the English of a letter in two languages. */
  letter_welsh_subject?: string | null;
  letter_welsh_content?: string | null;
}

const MOST_PAGES = 10;
const IMAGE_WIDTH = 900;
const NO_ADDRESS = ['((address line 1))', '((address line 2))', '((address line 3))', '((postcode))'];

/** A draft as its recipient will see it, for `preview` of parts.njk; what has no value stays in its brackets. */
export async function previewOf(
  ctx: NotifyContext,
  service: Service,
  draft: Draft,
  given: Record<string, unknown>,
) {
  const personalisation = { ...gapsOf(draft), ...given };
  if (draft.type === 'sms') return smsPreview(ctx, service, draft, personalisation);
  if (draft.type === 'email') return emailPreview(ctx, service, draft, personalisation);
  return letterPreview(ctx, draft, personalisation);
}

/** A template as it stands or would stand, for a service; undefined for one that is gone. */
export async function previewOfDraft(
  ctx: NotifyContext,
  service: { id: string },
  draft: Omit<Draft, 'contactBlock'> & { letter_contact_id?: string | null },
) {
  const shown = await ctx.services.get(service.id);
  if (!shown) return undefined;
  const contact = shown.letterContacts.find(({ id }) => id === draft.letter_contact_id);
  return previewOf(ctx, shown, { ...draft, contactBlock: contact?.text ?? null }, {});
}

/** A value for every gap, so that it is seen: its own name in brackets, and yes where it shows a text. */
function gapsOf(draft: Draft): Record<string, unknown> {
  const gaps: Record<string, unknown> = {};
  const { subject, content, contactBlock, letter_welsh_subject, letter_welsh_content } = draft;
  for (const text of [subject, content, contactBlock, letter_welsh_subject, letter_welsh_content]) {
    for (const piece of compileContent(text ?? '').pieces) {
      if (typeof piece === 'string') continue;
      gaps[piece.name] = piece.shownText === undefined ? `((${piece.name}))` : 'yes';
    }
  }
  return gaps;
}

function smsPreview(ctx: NotifyContext, service: Service, draft: Draft, values: Record<string, unknown>) {
  const template = compileSms(draft);
  const sent = renderSms(template, values, service.prefixSms ? service.name : undefined);
  const sender = service.smsSenders.find(({ isDefault }) => isDefault);
  return {
    kind: 'sms',
    from: sender?.text ?? ctx.config.fromNumber,
    lines: sent.body.split('\n'),
    characters: sent.characters,
    fragments: sent.fragments,
    isLong: renderSms(template, values).characters > SMS_MAX_CHARACTERS,
  };
}

function emailPreview(ctx: NotifyContext, service: Service, draft: Draft, values: Record<string, unknown>) {
  const rendered = renderEmail(
    compileEmail({ subject: draft.subject ?? '', content: draft.content }),
    values,
  );
  return {
    kind: 'email',
    from: `${service.emailSenderName} <${service.emailLocalPart}@${ctx.config.emailDomain}>`,
    subject: rendered.subject,
    html: brandedEmail(ctx, service.emailBrand, rendered),
  };
}

async function letterPreview(ctx: NotifyContext, draft: Draft, values: Record<string, unknown>) {
  const { subject, content, contactBlock } = draft;
  const source = {
    subject: subject ?? '',
    content,
    contactBlock,
    welshSubject: draft.letter_welsh_subject ?? null,
    welshContent: draft.letter_welsh_content ?? null,
  };
  const texts = fillLetter(compileLetter(source), values);
  const address = letterAddress(values);
  const letter = await ctx.letters.render({
    addressLines: address.normalisedLines.length === 0 ? NO_ADDRESS : address.normalisedLines,
    contactBlock: texts.contactBlock,
    date: ctx.clock.now(),
    english: texts.english,
    welsh: texts.welsh,
  });
  const pages: string[] = [];
  for (let number = 1; number <= Math.min(letter.pages, MOST_PAGES); number += 1) {
    const image = await ctx.letters.image(letter.pdf, number, { width: IMAGE_WIDTH });
    if (image) pages.push(`data:image/png;base64,${Buffer.from(image).toString('base64')}`);
  }
  return { kind: 'letter', pages, pageCount: letter.pages, isTooLong: letter.isTooLong };
}

/**
 * An email has its styles in its elements, and a frame whose text stands in the page has the policy of the page; so
 * pages with a preview allow styles there. Scripts stay as they are, and the frame runs none.
 */
export function allowPreview(reply: FastifyReply): FastifyReply {
  const policy = String(reply.getHeader('content-security-policy') ?? '');
  return reply.header(
    'content-security-policy',
    policy.replace("style-src 'self'", "style-src 'self' 'unsafe-inline'"),
  );
}
