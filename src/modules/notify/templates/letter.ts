import { escapeHtml } from './escape-html.ts';
import { letterWriter } from './letter-writer.ts';
import { renderMarkdown } from './markdown/render.ts';
import { indexPersonalisation, type Personalisation } from './personalisation.ts';
import {
  type CompiledContent,
  compileContent,
  fillContent,
  missingNames,
  placeholderNames,
} from './placeholders.ts';
import { withTypography } from './typography.ts';

export const QR_MAX_BYTES = 504;

export interface LetterSource {
  readonly subject: string;
  readonly content: string;
  readonly contactBlock?: string | null;
  /** Both are there when the letter is in Welsh first, then in English. */
  readonly welshSubject?: string | null;
  readonly welshContent?: string | null;
}

export interface LetterTemplate {
  readonly type: 'letter';
  readonly subject: CompiledContent;
  readonly content: CompiledContent;
  readonly contactBlock: CompiledContent;
  readonly welsh: { readonly subject: CompiledContent; readonly content: CompiledContent } | undefined;
}

export interface LetterApiContent {
  readonly subject: string;
  readonly body: string;
}

export function compileLetter(source: LetterSource): LetterTemplate {
  const { welshSubject, welshContent } = source;
  return {
    type: 'letter',
    subject: compileContent(source.subject),
    content: compileContent(source.content),
    contactBlock: compileContent(source.contactBlock ?? ''),
    welsh:
      typeof welshContent === 'string'
        ? { subject: compileContent(welshSubject ?? ''), content: compileContent(welshContent) }
        : undefined,
  };
}

export function letterPlaceholders(template: LetterTemplate): string[] {
  return placeholderNames(contentsOf(template));
}

/** Contact block first, then Welsh, then English, as public API 3.8 step 13 orders them. */
export function missingFromLetter(template: LetterTemplate, personalisation: Personalisation): string[] {
  return missingNames(contentsOf(template), personalisation);
}

/** Subject and body as the API returns them: the body is Markdown, the subject is escaped for HTML (3.6). */
export function renderLetterForApi(
  template: LetterTemplate,
  personalisation: Personalisation,
): LetterApiContent {
  const values = indexPersonalisation(personalisation);
  const subject = fillContent(template.subject, values, { lists: 'sentence', escape: escapeHtml });
  return {
    subject: withTypography(subject).trim().replace(/\s+/g, ' '),
    body: fillContent(template.content, values, { lists: 'bullets' }).trim(),
  };
}

export interface LetterTexts {
  readonly english: LetterApiContent;
  readonly welsh: LetterApiContent | undefined;
  readonly contactBlock: string;
}

/** Everything a letter's print file says, placeholders filled and nothing escaped; bodies are Markdown. */
export function fillLetter(template: LetterTemplate, personalisation: Personalisation): LetterTexts {
  const values = indexPersonalisation(personalisation);
  const fill = (part: { subject: CompiledContent; content: CompiledContent }): LetterApiContent => ({
    subject: fillContent(part.subject, values, { lists: 'sentence' }),
    body: fillContent(part.content, values, { lists: 'bullets' }),
  });
  return {
    english: fill(template),
    welsh: template.welsh && fill(template.welsh),
    contactBlock: fillContent(template.contactBlock, values, { lists: 'sentence' }),
  };
}

/** A letter's text as HTML (public API 6.6.4), for previews. */
export function renderLetterHtml(content: CompiledContent, personalisation: Personalisation): string {
  const values = indexPersonalisation(personalisation);
  const filled = fillContent(content, values, { lists: 'bullets', escape: escapeHtml });
  const html = withTypography(renderMarkdown(`${filled}\n`, letterWriter));
  // Hyphens hold words together on a letter: an address or a reference number must not break at one.
  return html.replaceAll('-', '\u2011');
}

export interface QrCodeProblem {
  readonly message: string;
  readonly data: string;
  readonly numBytes: number;
  readonly maxBytes: number;
}

/** The first code of a letter that holds more than a QR code of this size can (public API 3.3). */
export function findQrCodeProblem(
  template: LetterTemplate,
  personalisation: Personalisation,
): QrCodeProblem | undefined {
  const values = indexPersonalisation(personalisation);
  for (const content of [template.welsh?.content, template.content]) {
    if (content === undefined) continue;
    for (const paragraph of fillContent(content, values, { lists: 'bullets' }).split(/\n{2,}/)) {
      const data = qrCodeData(paragraph.trim());
      const numBytes = data === undefined ? 0 : Buffer.byteLength(data);
      if (data === undefined || numBytes <= QR_MAX_BYTES) continue;
      const message = 'Cannot create a usable QR code - the link is too long';
      return { message, data, numBytes, maxBytes: QR_MAX_BYTES };
    }
  }
  return undefined;
}

/** What `qr: data` asks to be encoded, where it is a whole paragraph. */
export function qrCodeData(paragraph: string): string | undefined {
  const start = /^qr *: */i.exec(paragraph);
  const data = start === null ? '' : paragraph.slice(start[0].length).trim();
  return data === '' || data.includes('\n') ? undefined : data;
}

function contentsOf(template: LetterTemplate): CompiledContent[] {
  const welsh = template.welsh ? [template.welsh.subject, template.welsh.content] : [];
  return [template.contactBlock, ...welsh, template.subject, template.content];
}
