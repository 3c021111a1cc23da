import { decodeEntity } from './html-entities.ts';

/** How HTML in content is made harmless in emails (public API 6.7.4): entities are read first, quotes stay. */
export function escapeHtml(text: string): string {
  if (!/[&<>]/.test(text)) return text;
  return text
    .split(/(&nbsp;|&amp;)/)
    .map((piece, index) => (index % 2 === 1 ? piece : escapeMarks(decodeEntities(piece))))
    .join('');
}

/** Every entity that ends with a semicolon becomes its character, `&nbsp;` and `&amp;` too. */
export function unescapeHtml(text: string): string {
  return text.includes('&') ? decodeEntities(text) : text;
}

function escapeMarks(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

const ENTITY = /&(#[0-9]+;|#[xX][0-9a-fA-F]+;|[^\t\n\f <&#;]{1,32};)/g;

function decodeEntities(text: string): string {
  return text.replace(ENTITY, (entity, name: string) => decodeEntity(name) ?? entity);
}
