// HTML as the grammar knows it. Emails escape it before, so only their plain text part ever meets it.

const INLINE_TAGS =
  'a|em|strong|small|s|cite|q|dfn|abbr|data|time|code|var|samp|kbd|sub|sup|i|b|u|mark|ruby|rt|rp|bdi|bdo|span|br|wbr|ins|del|img|font';
const WORD_END = '(?!:\\/|[^\\w\\s@]*@)\\b';
const BLOCK_TAG = new RegExp(`<(?!(?:${INLINE_TAGS})\\b)(\\w{1,100})${WORD_END}`, 'y');
const ANY_TAG = new RegExp(`<(\\w{1,100})${WORD_END}`, 'y');

/** Whether a line starts with the tag of a block. */
export function startsBlockTag(line: string): boolean {
  BLOCK_TAG.lastIndex = 0;
  return BLOCK_TAG.test(line);
}

/** Finds comments and elements in one text. The work it may do in all is bounded: hostile text is left as text. */
export class HtmlReader {
  readonly #text: string;
  readonly #lastBracket: number;
  #closingTags: Map<string, number[]> | undefined;
  #commentsEnd = true;
  #budget: number;

  constructor(text: string) {
    this.#text = text;
    this.#lastBracket = text.lastIndexOf('>');
    this.#budget = 10_000 + 20 * text.length;
  }

  /** The index after the comment, element or single tag that starts at `at`; -1 when there is none. */
  read(at: number, kind: 'block' | 'any'): number {
    if (at > this.#lastBracket || this.#budget <= 0) return -1;
    const comment = this.#readComment(at);
    if (comment !== -1) return comment;
    const pattern = kind === 'block' ? BLOCK_TAG : ANY_TAG;
    pattern.lastIndex = at;
    const name = pattern.exec(this.#text)?.[1];
    if (name === undefined) return -1;
    const tagEnd = this.#readTagEnd(pattern.lastIndex);
    if (tagEnd === -1) return -1;
    const closed = this.#text[tagEnd - 2] === '/' ? -1 : this.#closingTagEnd(name, tagEnd);
    return closed === -1 ? tagEnd : closed;
  }

  #readComment(at: number): number {
    if (!this.#commentsEnd || !this.#text.startsWith('<!--', at)) return -1;
    const end = this.#text.indexOf('-->', at + 4);
    this.#commentsEnd = end !== -1;
    return end === -1 ? -1 : end + 3;
  }

  /** The index after the attributes and the closing bracket. */
  #readTagEnd(from: number): number {
    let at = from;
    while (at <= this.#lastBracket) {
      const start = at;
      at = this.#afterSpace(at);
      if (this.#text[at] === '>') return at + 1;
      if (this.#text[at] === '/' && this.#text[at + 1] === '>') return at + 2;
      if (!/[a-zA-Z-]/.test(this.#text[at] ?? '')) return -1;
      at = this.#afterAttribute(at + 1);
      this.#budget -= at - start;
      if (this.#budget <= 0) return -1;
    }
    return -1;
  }

  #afterAttribute(from: number): number {
    let at = this.#afterSpace(from);
    if (this.#text[at] !== '=') return from;
    at = this.#afterSpace(at + 1);
    const quote = this.#text[at];
    if (quote === '"' || quote === "'") {
      const end = this.#text.indexOf(quote, at + 1);
      return end === -1 ? this.#text.length : end + 1;
    }
    const start = at;
    while (at < this.#text.length && !/[\s'">]/.test(this.#text[at] ?? '')) at += 1;
    return at === start ? from : at;
  }

  #afterSpace(from: number): number {
    let at = from;
    while (at < this.#text.length && /\s/.test(this.#text[at] ?? '')) at += 1;
    this.#budget -= at - from;
    return at;
  }

  #closingTagEnd(name: string, from: number): number {
    this.#closingTags ??= findClosingTags(this.#text);
    const places = this.#closingTags.get(name) ?? [];
    let low = 0;
    let high = places.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((places[middle] ?? 0) < from) low = middle + 1;
      else high = middle;
    }
    const place = places[low];
    return place === undefined ? -1 : place + name.length + 3;
  }
}

function findClosingTags(text: string): Map<string, number[]> {
  const places = new Map<string, number[]>();
  for (const match of text.matchAll(/<\/(\w{1,100})>/g)) {
    const name = match[1] ?? '';
    const known = places.get(name);
    if (known) known.push(match.index);
    else places.set(name, [match.index]);
  }
  return places;
}
