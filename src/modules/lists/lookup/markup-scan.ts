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

const TAG = /<(\/?)([a-z][a-z0-9-]*)((?:[^>"']|"[^"]*"|'[^']*')*)>/gi;
const ATTRIBUTE = /([^\s"'=<>/]+)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'<>]+)))?/g;

export function scanMarkup(html: string): PageMarkup {
  const page: PageMarkup = { meta: new Map(), title: undefined, jsonLd: [], itemProps: new Map() };
  const text = html.replaceAll(/<!--[\s\S]*?(?:-->|$)/g, ' ');
  TAG.lastIndex = 0;
  for (let found = TAG.exec(text); found; found = TAG.exec(text)) {
    const [, slash, name = '', attributeText = ''] = found;
    if (slash === '/') continue;
    const tag = name.toLowerCase();
    const attributes = parseAttributes(attributeText);
    if (tag === 'meta') noteMeta(page, attributes);
    if (tag === 'title') page.title ??= decodeEntities(rawText(text, tag)).trim();
    if (tag === 'script' || tag === 'style') {
      const body = rawText(text, tag);
      if (tag === 'script' && /ld\+json/i.test(attributes.get('type') ?? '')) page.jsonLd.push(body);
    }
    const itemProp = attributes.get('itemprop');
    if (itemProp !== undefined && tag !== 'meta') {
      const value = attributes.get('content') ?? attributes.get('src') ?? attributes.get('href');
      if (value !== undefined) add(page.itemProps, itemProp.toLowerCase(), value);
    }
  }
  return page;
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

/** The text up to the end tag, which nothing inside a script or title can hide; moves the scan behind it. */
function rawText(text: string, tag: string): string {
  const start = TAG.lastIndex;
  const end = text.toLowerCase().indexOf(`</${tag}`, start);
  TAG.lastIndex = end === -1 ? text.length : end;
  return text.slice(start, TAG.lastIndex);
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
