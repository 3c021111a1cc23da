import { escapeBrackets, escapeText } from './email-writers.ts';
import type { BlockWriter } from './markdown/render.ts';

/** Markdown as the HTML of a letter's text (public API 6.6.4). */
export const letterWriter: BlockWriter = {
  text: escapeText,
  html: (html) => html,
  lineBreak: () => '<br>',
  gap: () => '',
  rule: () => '<div class="page-break">&nbsp;</div>',
  heading: (content, level) => (level === 1 ? `<h2>${content}</h2>\n` : letterWriter.paragraph(content)),
  paragraph: (content) => (content.trim() === '' ? '' : `<p>${content}</p>`),
  quote: (content) => content,
  list(items, ordered) {
    const tag = ordered ? 'ol' : 'ul';
    return `<${tag}>\n${items.map((item) => `<li>${item.trim()}</li>\n`).join('')}</${tag}>\n`;
  },
  code: escapeBrackets,
  link: ({ url, content }) => `[${content}](${escapeText(url)})`,
  autolink(url) {
    const protocol = /^https?:\/\//i.exec(url)?.[0];
    if (protocol === undefined) return escapeText(url);
    return `<strong data-original-protocol='${protocol}'>${escapeText(url.slice(protocol.length))}</strong>`;
  },
};
