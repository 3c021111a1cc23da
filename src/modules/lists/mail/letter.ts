// Letters are YAML: a subject and blocks. Text and HTML are made from the same blocks, so they always say the same.
import { readFile, stat } from 'node:fs/promises';
import { parse } from 'yaml';
import type { TemplateName } from './courier.ts';

export type Variables = Record<string, unknown>;

/** One piece of a letter; `when` names a variable without which it is left out. */
interface Block {
  when?: string;
  heading?: string;
  text?: string;
  quote?: string;
  code?: string;
  picture?: string;
  button?: { text: string; url: string };
  lines?: string;
}

interface Wording {
  subject: string;
  blocks: Block[];
}

/** English, and the same in the other languages; letters that only operators get have none. */
interface Template extends Wording {
  fr?: Wording;
}

export interface Letter {
  subject: string;
  text: string;
  html: string;
  /** The same in the email dialect of notify, which lays it out by itself. */
  dialect: string;
}

export interface Frame {
  brandName: string;
  origin: string;
  postalAddress: string;
  /** Stands at the end of the subject outside production. */
  environment: 'prod' | 'staging' | 'test' | 'dev';
}

const folder = new URL('./templates/', import.meta.url);
const cache = new Map<string, { changedAt: number; template: Template }>();

/** Renders a letter. The file is read again when it changed, so wording needs no restart. */
export async function renderLetter(
  name: TemplateName,
  variables: Variables,
  frame: Frame,
  locale?: string | null,
): Promise<Letter> {
  const template = await loadTemplate(name);
  const french = locale === 'fr' ? template.fr : undefined;
  const wording: Wording = french ?? template;
  const language = french ? 'fr' : 'en';
  const known: Variables = { ...variables, brand_name: frame.brandName, origin: frame.origin };
  const blocks = wording.blocks.filter(({ when }) => when === undefined || isGiven(known[when]));
  const suffix = frame.environment === 'prod' ? '' : ` (${frame.environment})`;
  // A subject is one line, whatever somebody called their list.
  const subject = fill(wording.subject, known).replaceAll(/\s+/g, ' ').trim() + suffix;
  return {
    subject,
    text: asText(blocks, known, frame, COLONS[language]),
    html: asHtml({ subject, language }, blocks, known, frame),
    dialect: asDialect(blocks, known, frame, COLONS[language]),
  };
}

/** What stands between the words of a button and its address, where there are no buttons. */
const COLONS = { en: ':', fr: ' :' };

async function loadTemplate(name: TemplateName): Promise<Template> {
  const file = new URL(`${name}.yaml`, folder);
  const { mtimeMs } = await stat(file);
  const known = cache.get(name);
  if (known?.changedAt === mtimeMs) return known.template;
  // Our own files; a test renders every one of them.
  const template = parse(await readFile(file, 'utf8')) as Template;
  cache.set(name, { changedAt: mtimeMs, template });
  return template;
}

function asText(blocks: Block[], variables: Variables, frame: Frame, colon: string): string {
  const parts = blocks.flatMap((block): string[] => {
    if (block.heading !== undefined) return [fill(block.heading, variables)];
    if (block.text !== undefined) return [fill(block.text, variables)];
    if (block.code !== undefined) return [`    ${fill(block.code, variables)}`];
    if (block.quote !== undefined) {
      return [
        fill(block.quote, variables)
          .split('\n')
          .map((line) => `> ${line}`)
          .join('\n'),
      ];
    }
    if (block.button) {
      const url = safeUrl(fill(block.button.url, variables));
      return url === undefined ? [] : [`${fill(block.button.text, variables)}${colon}\n${url}`];
    }
    if (block.lines !== undefined)
      return [
        linesOf(variables, block.lines)
          .map((line) => `- ${line}`)
          .join('\n'),
      ];
    return [];
  });
  const footer = [frame.brandName, frame.origin, frame.postalAddress].filter((line) => line !== '');
  return `${[...parts, ['-- ', ...footer].join('\n')].join('\n\n')}\n`;
}

/** Headings and quotations are marked at the beginning of a line; what people typed cannot begin one. */
function asDialect(blocks: Block[], variables: Variables, frame: Frame, colon: string): string {
  const plain = (text: string) => fill(text, variables).replaceAll(/^[\s#^*\-+>\d.]+(?=\S)/gm, '');
  const parts = blocks.flatMap((block): string[] => {
    if (block.heading !== undefined) return [`# ${plain(block.heading)}`];
    if (block.text !== undefined) return [plain(block.text)];
    if (block.code !== undefined) return [fill(block.code, variables)];
    if (block.quote !== undefined) return [`^ ${plain(block.quote).replaceAll(/\s*\n\s*/g, ' ')}`];
    if (block.button) {
      const url = safeUrl(fill(block.button.url, variables));
      return url === undefined ? [] : [`${plain(block.button.text)}${colon}\n${url}`];
    }
    if (block.lines !== undefined)
      return [
        linesOf(variables, block.lines)
          .map((line) => `* ${line}`)
          .join('\n'),
      ];
    return [];
  });
  const footer = [frame.brandName, frame.origin, frame.postalAddress].filter((line) => line !== '');
  return [...parts, '---', footer.join('\n')].join('\n\n');
}

function asHtml(
  { subject, language }: { subject: string; language: string },
  blocks: Block[],
  variables: Variables,
  frame: Frame,
): string {
  const body = blocks.map((block) => blockHtml(block, variables)).join('\n');
  const footer = [
    `<a href="${escapeHtml(frame.origin)}" style="color:#4a4453">${escapeHtml(frame.brandName)}</a>`,
    ...(frame.postalAddress === '' ? [] : [escapeHtml(frame.postalAddress)]),
  ].join('<br>');
  // A table, because mail programs lay out nothing else alike; no picture is needed to read it.
  return `<!doctype html>
<html lang="${language}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>${escapeHtml(subject)}</title></head>
<body style="margin:0;padding:0;background:#f6f3f7">
<table role="presentation" width="100%" cellpadding="0" cellspacing="0" style="background:#f6f3f7"><tr>
<td align="center" style="padding:24px 12px">
<table role="presentation" width="100%" cellpadding="0" cellspacing="0" style="max-width:560px;background:#ffffff;border-radius:8px"><tr>
<td style="padding:28px;font:16px/1.5 system-ui,Segoe UI,Roboto,Arial,sans-serif;color:#211c26">
${body}
</td></tr></table>
<p style="font:13px/1.5 system-ui,Segoe UI,Roboto,Arial,sans-serif;color:#4a4453;margin:16px 0">${footer}</p>
</td></tr></table>
</body></html>
`;
}

function blockHtml(block: Block, variables: Variables): string {
  if (block.heading !== undefined) {
    return `<h1 style="font-size:22px;line-height:1.3;margin:0 0 16px">${html(block.heading, variables)}</h1>`;
  }
  if (block.text !== undefined) {
    return `<p style="margin:0 0 16px">${html(block.text, variables).replaceAll('\n', '<br>')}</p>`;
  }
  if (block.code !== undefined) {
    return `<p style="margin:0 0 16px;font-size:28px;letter-spacing:2px;font-weight:bold"> ${html(block.code, variables)} </p>`;
  }
  if (block.quote !== undefined) {
    return `<blockquote style="margin:0 0 16px;padding:8px 16px;border-left:4px solid #6b2d7b">${html(block.quote, variables).replaceAll('\n', '<br>')}</blockquote>`;
  }
  if (block.button) {
    const url = safeUrl(fill(block.button.url, variables));
    if (url === undefined) return '';
    return `<p style="margin:0 0 16px"><a href="${escapeHtml(url)}" style="display:inline-block;padding:12px 20px;background:#6b2d7b;color:#ffffff;text-decoration:none;border-radius:6px">${html(block.button.text, variables)}</a></p>`;
  }
  if (block.picture !== undefined) {
    const url = safeUrl(fill(block.picture, variables));
    if (url === undefined) return '';
    return `<p style="margin:0 0 16px"><img src="${escapeHtml(url)}" alt="" width="160" style="max-width:160px;height:auto;border:0"></p>`;
  }
  if (block.lines !== undefined) {
    const items = linesOf(variables, block.lines).map((line) => `<li>${escapeHtml(line)}</li>`);
    return `<ul style="margin:0 0 16px;padding-left:20px">${items.join('')}</ul>`;
  }
  return '';
}

/** Addresses in a letter are web addresses; one without its scheme (affiliate pictures) gets https. */
function safeUrl(text: string): string | undefined {
  const url = text.startsWith('//') ? `https:${text}` : text;
  return /^https?:\/\//i.test(url) && URL.canParse(url) ? url : undefined;
}

function fill(text: string, variables: Variables): string {
  return text.replaceAll(/\{\{\s*(\w+)\s*\}\}/g, (_match, name: string) => shown(variables[name]));
}

/** The template's own words need no escaping beyond what HTML asks; every value is escaped. */
function html(text: string, variables: Variables): string {
  return escapeHtml(fill(text, variables));
}

function linesOf(variables: Variables, name: string): string[] {
  const value = variables[name];
  return Array.isArray(value) ? value.map(shown) : [];
}

function shown(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}

function isGiven(value: unknown): boolean {
  return value !== undefined && value !== null && value !== '' && value !== false;
}

const ENTITIES: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

export function escapeHtml(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => ENTITIES[character] ?? character);
}
