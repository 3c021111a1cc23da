// Finds the few tags that describe a page, in markup of any quality, without building a tree.

export interface PageMarkup {
  /** `property` and `name` as written, in lower case, with the contents of each occurrence. */
  meta: Map<string, string[]>;
  title: string | undefined;
  /** Texts of the JSON-LD scripts. */
  jsonLd: string[];
  /** `itemprop` with its content, value or text. */
  itemProps: Map<string, string[]>;
}

const ATTRIBUTE = /([^\s"'=<>/]+)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'<>]+)))?/g;

/** One walk over the text, whatever is in it: pages come from strangers, and none may cost more than its length. */
export function scanMarkup(html: string): PageMarkup {
  const page: PageMarkup = { meta: new Map(), title: undefined, jsonLd: [], itemProps: new Map() };
  const text = html.replaceAll(/<!--[\s\S]*?(?:-->|$)/g, ' ');
  const lower = text.toLowerCase();
  let at = lower.indexOf('<');
  while (at !== -1) {
    const name = readName(lower, at + 1);
    const end = name === '' ? at : endOfTag(lower, at + 1 + name.length);
    // A tag that never ends takes the rest of the page with it, as in a browser.
    if (end === undefined) break;
    let next = end + 1;
    if (name !== '') {
      const attributes = parseAttributes(text.slice(at + 1 + name.length, end));
      noteTag(page, name, attributes);
      if (name === 'title' || name === 'script' || name === 'style') {
        const close = lower.indexOf(`</${name}`, next);
        const body = text.slice(next, close === -1 ? text.length : close);
        if (name === 'title') page.title ??= decodeEntities(body).trim();
        else if (/ld\+json/i.test(attributes.get('type') ?? '')) page.jsonLd.push(body);
        next = close === -1 ? text.length : close + 1;
      }
    }
    at = lower.indexOf('<', next);
  }
  return page;
}

/** The name of an opening tag; empty for end tags and for a `<` that opens nothing. */
function readName(lower: string, from: number): string {
  let to = from;
  while (to - from < 30 && /[a-z0-9-]/.test(lower[to] ?? '')) to += 1;
  return /^[a-z]/.test(lower.slice(from, to)) ? lower.slice(from, to) : '';
}

/** Where the tag's `>` stands; quotes count only behind an equals sign. */
function endOfTag(lower: string, from: number): number | undefined {
  let quote = '';
  let before = '';
  for (let at = from; at < lower.length; at += 1) {
    const character = lower[at] ?? '';
    if (quote !== '') {
      if (character === quote) quote = '';
    } else if (character === '>') {
      return at;
    } else if ((character === '"' || character === "'") && before === '=') {
      quote = character;
    }
    if (!/\s/.test(character)) before = character;
  }
  return undefined;
}

function noteTag(page: PageMarkup, tag: string, attributes: Map<string, string>): void {
  if (tag === 'meta') noteMeta(page, attributes);
  const itemProp = attributes.get('itemprop');
  if (itemProp === undefined || tag === 'meta') return;
  const value = attributes.get('content') ?? attributes.get('src') ?? attributes.get('href');
  if (value !== undefined) add(page.itemProps, itemProp.toLowerCase(), value);
}

function noteMeta(page: PageMarkup, attributes: Map<string, string>): void {
  const content = attributes.get('content');
  if (content === undefined) return;
  for (const key of ['property', 'name']) {
    const value = attributes.get(key);
    if (value !== undefined) add(page.meta, value.trim().toLowerCase(), content.trim());
  }
  const itemProp = attributes.get('itemprop');
  if (itemProp !== undefined) add(page.itemProps, itemProp.toLowerCase(), content.trim());
}

function parseAttributes(text: string): Map<string, string> {
  const attributes = new Map<string, string>();
  for (const [, name = '', double, single, bare] of text.matchAll(ATTRIBUTE)) {
    const key = name.toLowerCase();
    if (!attributes.has(key)) attributes.set(key, decodeEntities(double ?? single ?? bare ?? ''));
  }
  return attributes;
}

function add(map: Map<string, string[]>, key: string, value: string): void {
  const values = map.get(key);
  if (values) values.push(value);
  else map.set(key, [value]);
}

const NAMED: Record<string, string> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
  nbsp: ' ',
  pound: '£',
  euro: '€',
  yen: '¥',
  dollar: '$',
  reg: '®',
  trade: '™',
  copy: '©',
  ndash: '–',
  mdash: '—',
  lsquo: '‘',
  rsquo: '’',
  ldquo: '“',
  rdquo: '”',
  hellip: '…',
  eacute: 'é',
  egrave: 'è',
  agrave: 'à',
  uuml: 'ü',
  ouml: 'ö',
  auml: 'ä',
};

export function decodeEntities(text: string): string {
  return text.replaceAll(/&(?:#(\d{1,7})|#x([0-9a-f]{1,6})|([a-z]+));?/gi, (whole, decimal, hex, name) => {
    if (name !== undefined) return NAMED[String(name).toLowerCase()] ?? whole;
    const code = decimal === undefined ? Number.parseInt(hex, 16) : Number(decimal);
    return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code).toWellFormed() : whole;
  });
}
