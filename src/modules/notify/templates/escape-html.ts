import { decodeEntity } from './html-entities.ts';

/** How HTML in content is made harmless in emails (public API 6.7.4): entities are read first, quotes stay. */
export function escapeHtml(text: string): string {
  if (!/[&<>]/.test(text)) return text;
  return decodeEntities(text, true)
    .replace(/&(?!nbsp;|amp;)/g, '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;');
}

/** Every entity that ends with a semicolon becomes its character, `&nbsp;` and `&amp;` too. */
export function unescapeHtml(text: string): string {
  return text.includes('&') ? decodeEntities(text, false) : text;
}

const ENTITY = /&(#[0-9]+;|#[xX][0-9a-fA-F]+;|[^\t\n\f <&#;]{1,32};)/g;

function decodeEntities(text: string, keepProtected: boolean): string {
  return text.replace(ENTITY, (entity, name: string) => {
    if (keepProtected && (name === 'nbsp;' || name === 'amp;')) return entity;
    return decodeEntity(name) ?? entity;
  });
}
