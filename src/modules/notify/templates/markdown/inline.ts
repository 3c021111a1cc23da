import { type Definitions, definitionKey } from './blocks.ts';
import { HtmlReader } from './html-reader.ts';
import { LinkScanner } from './link-scanner.ts';

/** How the pieces of a line are written. Texts are raw; what returns HTML escapes them. */
export interface InlineWriter {
  text(text: string): string;
  lineBreak(): string;
  link(link: { url: string; title: string | undefined; content: string }): string;
  /** A bare address in the text. */
  autolink(url: string): string;
  /** HTML that the content holds, as it stands. */
  html(html: string): string;
}

/** Footnotes in the order in which the text refers to them. */
export interface InlineContext {
  readonly writer: InlineWriter;
  readonly definitions: Definitions;
  readonly footnotesUsed: Set<string>;
  readonly inFootnote: boolean;
}

/** Deeper links are left as text: no reader could use them, and a text of brackets alone must not fill the stack. */
const MAX_LINK_DEPTH = 6;
const MARKS = /[\\<![_*`~\n]|https?:\/\//g;
const ESCAPED = /^[\\`*{}[\]()#+\-.!_>~|]$/;
const ANGLE_LINK = /<([^ >]{1,2000})>/y;
const URL_TRAILING = '<.,:"\')]';

/** The inline grammar of public API 6.7.4: links, breaks and escapes. Emphasis and code stay as they are written. */
export function writeInline(text: string, context: InlineContext): string {
  return new InlineReader(text, context, 0).write();
}

class InlineReader {
  readonly #text: string;
  readonly #context: InlineContext;
  readonly #depth: number;
  readonly #links: LinkScanner;
  readonly #lastVisible: number;
  #html: HtmlReader | undefined;
  #at = 0;

  constructor(text: string, context: InlineContext, depth: number) {
    let end = text.length;
    while (end > 0 && text[end - 1] === '\n') end -= 1;
    this.#text = text.slice(0, end);
    this.#context = context;
    this.#depth = depth;
    this.#links = new LinkScanner(this.#text, context.definitions.links);
    this.#lastVisible = this.#text.trimEnd().length;
  }

  write(): string {
    let written = '';
    while (this.#at < this.#text.length) written += this.#writeMark() ?? this.#writeText();
    return written;
  }

  #writeMark(): string | undefined {
    switch (this.#text[this.#at]) {
      case '\\':
        return this.#writeEscape();
      case '<':
        return this.#writeHtml() ?? this.#writeAngleLink();
      case 'h':
        return this.#writeUrl();
      case '[':
        return this.#writeFootnote() ?? this.#writeLink(this.#at);
      case '!':
        return this.#text[this.#at + 1] === '[' ? this.#writeLink(this.#at + 1) : undefined;
      case ' ':
      case '\n':
        return this.#writeBreak();
      default:
        return undefined;
    }
  }

  #writeText(): string {
    const start = this.#at;
    MARKS.lastIndex = start + 1;
    let end = MARKS.exec(this.#text)?.index ?? this.#text.length;
    if (this.#text[end] === '\n') while (end > start + 1 && this.#text[end - 1] === ' ') end -= 1;
    this.#at = end;
    return this.#context.writer.text(this.#text.slice(start, end));
  }

  #writeEscape(): string | undefined {
    const character = this.#text[this.#at + 1] ?? '';
    if (!ESCAPED.test(character)) return undefined;
    this.#at += 2;
    return this.#context.writer.text(character);
  }

  #writeHtml(): string | undefined {
    this.#html ??= new HtmlReader(this.#text);
    const end = this.#html.read(this.#at, 'any');
    if (end === -1) return undefined;
    const html = this.#text.slice(this.#at, end);
    this.#at = end;
    return this.#context.writer.html(html);
  }

  #writeAngleLink(): string | undefined {
    ANGLE_LINK.lastIndex = this.#at;
    const inside = ANGLE_LINK.exec(this.#text)?.[1];
    const mark = inside === undefined ? -1 : Math.max(inside.lastIndexOf('@'), inside.lastIndexOf(':'));
    if (inside === undefined || mark < 1 || mark === inside.length - 1) return undefined;
    this.#at += inside.length + 2;
    return inside[mark] === '@' ? this.#context.writer.text(inside) : this.#context.writer.autolink(inside);
  }

  #writeUrl(): string | undefined {
    const length = urlLength(this.#text, this.#at);
    if (length === 0) return undefined;
    const url = this.#text.slice(this.#at, this.#at + length);
    this.#at += length;
    return this.#depth > 0 ? this.#context.writer.text(url) : this.#context.writer.autolink(url);
  }

  #writeFootnote(): string | undefined {
    const { definitions, footnotesUsed, inFootnote } = this.#context;
    if (inFootnote || definitions.footnotes.size === 0 || this.#text[this.#at + 1] !== '^') return undefined;
    const close = this.#text.indexOf(']', this.#at + 3);
    const key = close === -1 ? '' : definitionKey(this.#text.slice(this.#at + 2, close));
    if (!definitions.footnotes.has(key) || footnotesUsed.has(key)) return undefined;
    footnotesUsed.add(key);
    this.#at = close + 1;
    return '';
  }

  #writeLink(open: number): string | undefined {
    if (this.#depth >= MAX_LINK_DEPTH) return undefined;
    const found = this.#links.read(open, definitionKey);
    if (found === undefined) return undefined;
    const isImage = open > this.#at;
    this.#at = found.end;
    if (isImage) return '';
    const content = new InlineReader(found.label, this.#context, this.#depth + 1).write();
    return this.#context.writer.link({ ...found.target, content });
  }

  #writeBreak(): string | undefined {
    let end = this.#at;
    while (this.#text[end] === ' ') end += 1;
    if (this.#text[end] !== '\n' || end + 1 >= this.#lastVisible) return undefined;
    this.#at = end + 1;
    return this.#context.writer.lineBreak();
  }
}

/** Length of the web address that starts at `at`, without punctuation that ends a sentence; 0 when there is none. */
export function urlLength(text: string, at: number): number {
  const protocol = text.startsWith('http://', at) ? 7 : text.startsWith('https://', at) ? 8 : 0;
  if (protocol === 0) return 0;
  let end = at + protocol;
  while (end < text.length && text[end] !== '<' && !/\s/.test(text[end] ?? '')) end += 1;
  while (end > at + protocol + 1 && URL_TRAILING.includes(text[end - 1] ?? '')) end -= 1;
  return end > at + protocol + 1 ? end - at : 0;
}
