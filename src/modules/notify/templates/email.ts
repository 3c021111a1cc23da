import { htmlWriter, plainTextWriter, preheaderWriter } from './email-writers.ts';
import { escapeHtml, unescapeHtml } from './escape-html.ts';
import { type BlockWriter, renderMarkdown } from './markdown/render.ts';
import { indexPersonalisation, type Personalisation } from './personalisation.ts';
import {
  type CompiledContent,
  compileContent,
  fillContent,
  isEmptyMessage,
  missingNames,
  placeholderNames,
} from './placeholders.ts';
import { withTypography } from './typography.ts';

export const EMAIL_MAX_BYTES = 2_000_000;
const PREHEADER_CHARACTERS = 256;

export interface EmailTemplate {
  readonly type: 'email';
  readonly subject: CompiledContent;
  readonly content: CompiledContent;
}

/** What the API answers with: Markdown with its placeholders filled, not rendered. */
export interface EmailApiContent {
  readonly subject: string;
  readonly body: string;
}

export interface RenderedEmail {
  readonly subject: string;
  /** The HTML fragment inside the branded page. */
  readonly html: string;
  readonly plainText: string;
  readonly preheader: string;
}

export function compileEmail(template: { subject: string; content: string }): EmailTemplate {
  return {
    type: 'email',
    subject: compileContent(template.subject),
    content: compileContent(template.content),
  };
}

export function emailPlaceholders(template: EmailTemplate): string[] {
  return placeholderNames([template.subject, template.content]);
}

export function missingFromEmail(template: EmailTemplate, personalisation: Personalisation): string[] {
  return missingNames([template.subject, template.content], personalisation);
}

/** Subject and body as the API returns them (public API 3.5, 3.9, 3.10). */
export function renderEmailForApi(
  template: EmailTemplate,
  personalisation: Personalisation,
): EmailApiContent {
  const values = indexPersonalisation(personalisation);
  const body = fillContent(template.content, values, { lists: 'bullets' }).trim();
  return { subject: renderSubject(template.subject, values), body };
}

/**
 * An email as it is sent (public API 6.7.4). With `unsubscribeUrl` the body ends in a link to it. Takes time in
 * proportion to its length; never throws.
 */
export function renderEmail(
  template: EmailTemplate,
  personalisation: Personalisation,
  options: { unsubscribeUrl?: string | undefined } = {},
): RenderedEmail {
  const values = indexPersonalisation(personalisation);
  const content = options.unsubscribeUrl
    ? withUnsubscribeLink(template.content, options.unsubscribeUrl)
    : template.content;
  const escaped = prepare(fillContent(content, values, { lists: 'bullets', escape: escapeHtml }));
  const raw = prepare(fillContent(content, values, { lists: 'bullets' }));
  return {
    subject: renderSubject(template.subject, values),
    html: renderHtml(escaped, htmlWriter),
    plainText: `${trimStart(unescapeHtml(renderHtml(raw, plainTextWriter)))}\n`,
    preheader: renderPreheader(escaped),
  };
}

/** The HTML fragment alone, as the preview endpoint gives it (public API 3.10). */
export function renderEmailHtml(template: EmailTemplate, personalisation: Personalisation): string {
  const values = indexPersonalisation(personalisation);
  const escaped = fillContent(template.content, values, { lists: 'bullets', escape: escapeHtml });
  return renderHtml(prepare(escaped), htmlWriter);
}

/** The message for a body over 2,000,000 bytes (public API 6.7.5); undefined when it fits. */
export function emailSizeMessage(body: string): string | undefined {
  // Most bodies are far below the limit however many bytes each character takes.
  if (body.length * 3 <= EMAIL_MAX_BYTES) return undefined;
  const bytes = Buffer.byteLength(body);
  if (bytes <= EMAIL_MAX_BYTES) return undefined;
  return `Your message is too long. Emails cannot be longer than ${EMAIL_MAX_BYTES} bytes. Your message is ${bytes} bytes.`;
}

/** Whether an email or letter says nothing (public API 6.7.2). `body` is what the API would return. */
export function isEmptyBody(content: CompiledContent, body: string): boolean {
  return isEmptyMessage(content.source, body);
}

function withUnsubscribeLink(content: CompiledContent, url: string): CompiledContent {
  return {
    source: content.source,
    pieces: [...content.pieces, `\n\n---\n\n[Unsubscribe from these emails](${url})`],
  };
}

function renderSubject(subject: CompiledContent, values: ReadonlyMap<string, unknown>): string {
  return collapse(withTypography(fillContent(subject, values, { lists: 'sentence' })));
}

function renderHtml(prepared: string, writer: BlockWriter): string {
  return withTypography(renderMarkdown(prepared, writer));
}

function renderPreheader(prepared: string): string {
  return collapse(renderHtml(prepared, preheaderWriter)).slice(0, PREHEADER_CHARACTERS);
}

/** What is done to the filled content of both parts before the Markdown is read. */
function prepare(filled: string): string {
  const unlinked = filled.replace(GOV_UK, '$1$2$3.\u200b$4');
  return `${unlinked.replace(/[\u2028\u3164]/g, '')}\n`;
}

const GOV_UK = /(^|\s)(#|\*|\^)?(GOV)\.(UK)(?![/?#])/gi;

function collapse(text: string): string {
  return text.trim().replace(/\s+/g, ' ');
}

function trimStart(text: string): string {
  return text.trimStart();
}
