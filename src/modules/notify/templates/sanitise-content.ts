import { findLinks } from './link-finder.ts';
import { comparableName, type Personalisation } from './personalisation.ts';

export interface SanitisedValue {
  readonly unsanitised: unknown;
  readonly sanitised: unknown;
}

const MARKDOWN = /[`*_(){}[\]<>#+\-.!|\\]/g;

/**
 * Personalisation whose listed values can no longer make links or mark-up, and the values that changed by the key they
 * came under (public API 6.7.6). Lists are treated item by item; what is neither text nor list passes unchanged.
 */
export function sanitisePersonalisation(
  personalisation: Personalisation,
  names: readonly unknown[] | null | undefined,
): { personalisation: Personalisation; changed: Record<string, SanitisedValue> } {
  const wanted = new Set((names ?? []).filter((name) => typeof name === 'string').map(comparableName));
  const changed: Record<string, SanitisedValue> = {};
  if (wanted.size === 0) return { personalisation, changed };
  const entries = Object.entries(personalisation).map(([name, value]) => {
    if (!wanted.has(comparableName(name))) return [name, value] as const;
    const sanitised = sanitiseValue(value);
    if (isSame(value, sanitised)) return [name, value] as const;
    Object.defineProperty(changed, name, {
      value: { unsanitised: value, sanitised },
      enumerable: true,
      configurable: true,
      writable: true,
    });
    return [name, sanitised] as const;
  });
  return { personalisation: Object.fromEntries(entries), changed };
}

/** Text with links broken or removed and every character that could be Markdown escaped. */
export function sanitiseText(text: string): string {
  return withoutLinks(text).replace(MARKDOWN, '\\$&');
}

function sanitiseValue(value: unknown): unknown {
  if (typeof value === 'string') return sanitiseText(value);
  return Array.isArray(value)
    ? value.map((item) => (typeof item === 'string' ? sanitiseText(item) : item))
    : value;
}

function isSame(before: unknown, after: unknown): boolean {
  if (!Array.isArray(before) || !Array.isArray(after)) return before === after;
  return before.every((item, index) => item === after[index]);
}

/** Links of letters, digits, dots and hyphens fall apart; any other, with its protocol and path, goes. */
function withoutLinks(text: string): string {
  let result = '';
  let end = 0;
  for (const link of findLinks(text)) {
    const found = text.slice(link.start, link.end);
    result += text.slice(end, link.start);
    if (/^[A-Za-z0-9.-]+$/.test(found)) result += found.replaceAll('.', '. ');
    end = link.end;
  }
  return result + text.slice(end);
}
