import { invalidWebsiteReport } from '../reports/sync-reports.ts';
import { type Comparison, debug } from './comparison.ts';

const AUTHORITY = /^(?:([a-z][a-z\d+.-]*):)?\/\/([^/?#]+)([^?#]*)(\?[^#]*)?(#.*)?$/is;
const VALID = /^(https?:\/\/)?([a-z\d][a-z\d-]*[a-z\d]\.)+[a-z]{2,}(\/[^\n]*)?\n?$/;

/** 6.8.1 */
export function compareWebsite(comparison: Comparison): void {
  const { service, entity } = comparison;
  const { website } = entity;
  if (isBlank(website) && !isBlank(service.web)) {
    comparison.changes.push({ kind: 'column', column: 'web', previous: service.web, value: null });
    return;
  }
  if (website === null || website === '') return;
  const normalised = normaliseWebsite(website);
  if (normalised === service.web && hasClosedBrackets(normalised)) {
    debug(comparison, 'Website is equal');
  } else if (isValidWebsite(normalised)) {
    comparison.changes.push({ kind: 'column', column: 'web', previous: service.web, value: normalised });
  } else {
    comparison.reports.push(invalidWebsiteReport(service, website, normalised));
  }
}

/** Lower-cases what is not case-sensitive in a web address and leaves the rest as it is (6.8.1 a to c). */
export function normaliseWebsite(website: string): string {
  // What follows is how the URL parser of the original cleans its input before it looks for an authority.
  // biome-ignore lint/suspicious/noControlCharactersInRegex: leading control characters are what is removed
  const cleaned = website.replace(/^[\u0000-\u0020]+/, '').replace(/[\t\r\n]/g, '');
  const [matched, scheme, authority = '', path, query = '', fragment = ''] = AUTHORITY.exec(cleaned) ?? [];
  if (matched !== undefined) {
    const start = scheme === undefined ? '' : `${scheme.toLowerCase()}:`;
    return `${start}//${authority.toLowerCase()}${path}${query.slice(1) && query}${fragment.slice(1) && fragment}`;
  }
  const slash = website.indexOf('/');
  return slash < 0 ? website.toLowerCase() : website.slice(0, slash).toLowerCase() + website.slice(slash);
}

/** Whether DoS accepts a website in normal form: no port, no user, no query directly after the host. */
export function isValidWebsite(normalised: string): boolean {
  return VALID.test(normalised);
}

/** An authority with one bracket cannot be parsed, so it never equals anything (6.8.1). */
function hasClosedBrackets(website: string): boolean {
  const authority = AUTHORITY.exec(website)?.[2] ?? '';
  return authority.includes('[') === authority.includes(']');
}

function isBlank(value: string | null): boolean {
  return value === null || value.trim() === '';
}
