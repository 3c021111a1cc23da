import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { pathToFileURL } from 'node:url';
import nunjucks from 'nunjucks';
import { formatBytes } from './bytes.ts';
import { formatDay, formatLondon, formatSpan } from './times.ts';

/** Folder of govuk-frontend's templates, styles and scripts, wherever npm put it. */
export const govukFolder = new URL(
  './dist/govuk/',
  pathToFileURL(`${dirname(createRequire(import.meta.url).resolve('govuk-frontend/package.json'))}/`),
);

export type RenderView = (view: URL, data: object) => string;

/**
 * Templates are named by their URL, so a module keeps its views beside its pages. `govuk/...` and `console/...` reach
 * the design system's and our own from anywhere; relative names are taken from the file that says them.
 */
export function createViews(): RenderView {
  const roots: Record<string, URL> = { govuk: govukFolder, console: new URL('./', import.meta.url) };
  const loader = {
    isRelative: (name: string) => name.startsWith('./') || name.startsWith('../'),
    resolve: (from: string, to: string) => new URL(to, from).href,
    getSource: (name: string) => {
      const [, root = '', path = ''] = /^(\w+)\/(.+)$/.exec(name) ?? [];
      const url = name.startsWith('file:') ? new URL(name) : new URL(path, roots[root] ?? roots.console);
      return { src: readFileSync(url, 'utf8'), path: url.href, noCache: false };
    },
  };
  const environment = new nunjucks.Environment(loader as unknown as nunjucks.ILoader, {
    autoescape: true,
    trimBlocks: true,
    lstripBlocks: true,
  });
  environment.addFilter('london', (time: Date | string) => formatLondon(new Date(time)));
  environment.addFilter('iso', (time: Date | string) => new Date(time).toISOString());
  environment.addFilter('span', (ms: number) => formatSpan(ms));
  environment.addFilter('count', (value: number | string) => Number(value).toLocaleString('en-GB'));
  environment.addFilter('day', (day: string) => formatDay(day));
  environment.addFilter('bytes', (value: number) => formatBytes(value));
  environment.addFilter('soft', (text: string) => new nunjucks.runtime.SafeString(softBreaks(text)));
  environment.addFilter('plain', (value: unknown) => inPlainText(value));
  environment.addFilter('pretty', (value: unknown) => JSON.stringify(value, null, 2));
  return (view, data) => environment.render(view.href, data);
}

/** A value of a record for reading: lists with commas, members as `name: value`, without the marks of JSON. */
function inPlainText(value: unknown): string {
  if (Array.isArray(value)) return value.length === 0 ? 'none' : value.map(inPlainText).join(', ');
  if (typeof value !== 'object' || value === null) return value === null ? 'none' : String(value);
  const members = Object.entries(value).map(([name, member]) => `${name}: ${inPlainText(member)}`);
  return members.length === 0 ? 'none' : members.join('; ');
}

/** Lets a long name break after its separators, on a narrow screen, and nowhere else. */
function softBreaks(text: string): string {
  return escapeHtml(text).replaceAll(/[._:@](?=\w)/g, '$&<wbr>');
}

function escapeHtml(text: string): string {
  const entities: Record<string, string> = {
    '&': '&amp;',
    '<': '&lt;',
    '>': '&gt;',
    '"': '&quot;',
    "'": '&#39;',
  };
  return text.replaceAll(/[&<>"']/g, (character) => entities[character] ?? character);
}
