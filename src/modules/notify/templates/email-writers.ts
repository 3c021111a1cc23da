import type { BlockWriter } from './markdown/render.ts';

const PARAGRAPH = 'Margin: 0 0 20px 0; font-size: 19px; line-height: 25px; color: #0B0C0C;';
const HEADING_1 =
  'Margin: 0 0 15px 0; padding: 10px 0 0 0; font-size: 27px; line-height: 35px; font-weight: bold; color: #0B0C0C;';
const HEADING_2 =
  'Margin: 0 0 15px 0; padding: 10px 0 0 0; font-size: 19px; line-height: 25px; font-weight: bold; color: #0B0C0C;';
const LINK = 'word-wrap: break-word; color: #1D70B8;';
const ITEM = 'Margin: 5px 0 5px; padding: 0 0 0 5px; font-size: 19px;line-height: 25px; color: #0B0C0C;';
const UNDERLINE_LENGTH = 65;
const RULE = `${'=-'.repeat(32)}=`;

/** Markdown as the HTML of an email's body (public API 6.7.4). Every text is escaped here. */
export const htmlWriter: BlockWriter = {
  text: escapeText,
  html: (html) => html,
  lineBreak: () => '<br>',
  gap: () => '<br>',
  rule: () => '<hr style="border: 0; height: 1px; background: #B1B4B6; Margin: 30px 0 30px 0;">',
  heading(content, level) {
    if (level > 2) return htmlWriter.paragraph(content);
    return level === 1
      ? `<h2 style="${HEADING_1}">${content}</h2>`
      : `<h3 style="${HEADING_2}">${content}</h3>`;
  },
  paragraph: (content) => (content.trim() === '' ? '' : `<p style="${PARAGRAPH}">${content}</p>`),
  quote: (content) =>
    `<div style="Margin: 0 0 20px 0;"><blockquote style="Margin: 0; border-left: 10px solid #B1B4B6;padding: 15px 0 0.1px 15px; font-size: 19px; line-height: 25px;">${content}</blockquote></div>`,
  list(items, ordered) {
    const [tag, style] = ordered ? ['ol', 'decimal'] : ['ul', 'disc'];
    const body = items.map((item) => `<li style="${ITEM}">${item.trim()}</li>`).join('');
    return `<table role="presentation" style="padding: 0 0 20px 0;"><tr><td style="font-family: Helvetica, Arial, sans-serif;"><${tag} style="Margin: 0 0 0 20px; padding: 0; list-style-type: ${style};">${body}</${tag}></td></tr></table>`;
  },
  code: escapeBrackets,
  link({ url, title, content }) {
    const titled = title === undefined || title === '' ? '' : ` title="${escapeAttribute(title)}"`;
    return `<a style="${LINK}" href="${hrefOf(url)}"${titled}>${content}</a>`;
  },
  autolink: (url) => htmlWriter.link({ url, title: undefined, content: escapeText(url) }),
};

/** Markdown as plain text; still with HTML entities, which the pipeline decodes at its end. */
export const plainTextWriter: BlockWriter = {
  text: escapeText,
  html: (html) => html,
  lineBreak: () => '\n',
  gap: () => '\n',
  rule: () => plainTextWriter.paragraph(RULE),
  heading(content, level) {
    if (level > 2) return plainTextWriter.paragraph(content);
    return `\n\n\n${content}\n${(level === 1 ? '=' : '-').repeat(UNDERLINE_LENGTH)}`;
  },
  paragraph: (content) => (content.trim() === '' ? '' : `\n\n${content}`),
  quote: (content) => content,
  list(items, ordered) {
    const lines = items.map((item, index) => `\n${ordered ? `${index + 1}.` : '•'} ${item.trim()}`);
    return `\n${lines.join('')}`;
  },
  code: (text) => text,
  link: ({ url, title, content }) =>
    title === undefined || title === '' ? `${content}: ${url}` : `${content} (${title}): ${url}`,
  autolink: (url) => url,
};

/** The line that mail programs show beside the subject: text alone. */
export const preheaderWriter: BlockWriter = {
  ...plainTextWriter,
  rule: () => '',
  heading: (content) => plainTextWriter.paragraph(content),
  link: ({ title, content }) => (title === undefined || title === '' ? content : `${content} (${title})`),
};

const PROTOCOL = /^(?:ftp|file|https?|mailto|tel):/i;

/** An address for `href`: always one of a web page, file, mail or phone, and never able to end the attribute. */
export function hrefOf(url: string): string {
  const address = PROTOCOL.test(url) ? url : `http://${url}`;
  return address.replace(/[^A-Za-z0-9_.\-~:/?#=&;%]/gu, percentEncode);
}

function percentEncode(character: string): string {
  return [...Buffer.from(character)]
    .map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`)
    .join('');
}

export function escapeText(text: string): string {
  if (!/[&<>]/.test(text)) return text;
  return escapeBrackets(text.replace(/&(?!#?\w{1,40};)/g, '&amp;'));
}

export function escapeBrackets(text: string): string {
  return text.replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

function escapeAttribute(text: string): string {
  return escapeText(text).replaceAll('"', '&quot;').replaceAll("'", '&#39;');
}
