import type { LinkTarget } from './blocks.ts';

/** A link found in a text: `[label](target)` or `[label][name]`. */
export interface FoundLink {
  readonly label: string;
  readonly target: LinkTarget;
  /** The index after it. */
  readonly end: number;
}

const NONE = -1;
const PLAIN_LINK = /\[([^[\]]*)\]\(([^()\s<>"'[\]]*)\)/y;
const BRACKET = /[[\]]/g;

/**
 * Finds the links of one text. The label may hold pairs of brackets and single closing ones; it is as long as can be, as
 * the grammar's greedy pattern has it. What the pattern would find by trying is worked out once for every index, from the
 * end of the text backwards, so that any text takes linear time.
 */
export class LinkScanner {
  readonly #text: string;
  readonly #definitions: ReadonlyMap<string, LinkTarget>;
  #inline: Int32Array | undefined;
  #named: Int32Array | undefined;
  #walk: Walk | undefined;
  #targets: TargetReader | undefined;

  constructor(text: string, definitions: ReadonlyMap<string, LinkTarget>) {
    this.#text = text;
    this.#definitions = definitions;
  }

  /** The link whose label opens with the bracket at `at`; `keyOf` gives the form in which names are compared. */
  read(at: number, keyOf: (name: string) => string): FoundLink | undefined {
    return this.#readInline(at) ?? (this.#definitions.size > 0 ? this.#readNamed(at, keyOf) : undefined);
  }

  #readInline(at: number): FoundLink | undefined {
    return this.#readPlain(at) ?? this.#readAny(at);
  }

  /** Nearly every link: no bracket in its label, nothing but an address in its target. */
  #readPlain(at: number): FoundLink | undefined {
    PLAIN_LINK.lastIndex = at;
    const match = PLAIN_LINK.exec(this.#text);
    if (match === null) return undefined;
    const [whole, label = '', url = ''] = match;
    // A closing bracket before the next opening one would be part of the label.
    BRACKET.lastIndex = at + label.length + 2;
    if (BRACKET.exec(this.#text)?.[0] === ']') return undefined;
    return { label, target: { url, title: undefined }, end: at + whole.length };
  }

  #readAny(at: number): FoundLink | undefined {
    this.#targets ??= new TargetReader(this.#text);
    const targets = this.#targets;
    if (!targets.any) return undefined;
    this.#walk ??= new Walk(this.#text);
    this.#inline ??= this.#walk.farthest((close) => targets.endsLabel(close));
    const close = this.#inline[at + 1] ?? NONE;
    const found = close === NONE ? undefined : targets.read(close + 1);
    return found && { label: this.#text.slice(at + 1, close), ...found };
  }

  #readNamed(at: number, keyOf: (name: string) => string): FoundLink | undefined {
    this.#walk ??= new Walk(this.#text);
    const walk = this.#walk;
    this.#named ??= walk.farthest((close) => walk.nameAfter(close) !== undefined);
    const close = this.#named[at + 1] ?? NONE;
    const name = close === NONE ? undefined : walk.nameAfter(close);
    if (name) {
      const label = this.#text.slice(at + 1, close);
      const target = this.#definitions.get(keyOf(name.text === '' ? label : name.text));
      if (target) return { label, target, end: name.end };
    }
    const single = walk.closeOfSingle(at);
    const label = this.#text.slice(at + 1, single);
    const target = single === NONE ? undefined : this.#definitions.get(keyOf(label));
    return target && { label, target, end: single + 1 };
  }
}

/** The steps by which a label is read: a character, or a pair of brackets with what is between. */
class Walk {
  readonly #text: string;
  /** First `]` or `^` at or after an index. */
  readonly #stop: Int32Array;
  /** First bracket of either kind at or after an index. */
  readonly #bracket: Int32Array;
  readonly #nonSpace: Int32Array;

  constructor(text: string) {
    this.#text = text;
    this.#stop = nextIndexes(text, (character) => character === ']' || character === '^');
    this.#bracket = nextIndexes(text, (character) => character === ']' || character === '[');
    this.#nonSpace = nextIndexes(text, (character) => !isSpace(character));
  }

  /** For each index, the last closing bracket that ends a label read from there and that `accepts` what follows it. */
  farthest(accepts: (close: number) => boolean): Int32Array {
    const text = this.#text;
    const last = new Int32Array(text.length + 2).fill(NONE);
    for (let at = text.length - 1; at >= 0; at -= 1) {
      const next = this.#step(at);
      const beyond = next === NONE ? NONE : (last[next] ?? NONE);
      if (beyond !== NONE) last[at] = beyond;
      else if (text[at] === ']' && accepts(at)) last[at] = at;
    }
    return last;
  }

  /** The bracketed name after the closing bracket of a label. */
  nameAfter(close: number): { text: string; end: number } | undefined {
    const open = this.#nonSpace[close + 1] ?? NONE;
    if (open === NONE || this.#text[open] !== '[') return undefined;
    const end = this.#stop[open + 1] ?? NONE;
    if (end === NONE || this.#text[end] !== ']') return undefined;
    return { text: this.#text.slice(open + 1, end), end: end + 1 };
  }

  /** The closing bracket of `[label]` that holds pairs only. */
  closeOfSingle(open: number): number {
    let at = open + 1;
    while (at < this.#text.length) {
      const bracket = this.#bracket[at] ?? NONE;
      if (bracket === NONE || this.#text[bracket] === ']') return bracket;
      at = this.#step(bracket);
      if (at === NONE) return NONE;
    }
    return NONE;
  }

  #step(at: number): number {
    const character = this.#text[at];
    if (character === '[') {
      const close = this.#stop[at + 1] ?? NONE;
      return close !== NONE && this.#text[close] === ']' ? close + 1 : NONE;
    }
    if (character !== ']') return at + 1;
    const following = this.#bracket[at + 1] ?? NONE;
    return following !== NONE && this.#text[following] === ']' ? at + 1 : NONE;
  }
}

/** Reads `(address "title")`. */
class TargetReader {
  readonly any: boolean;
  readonly #text: string;
  readonly #nonSpace: Int32Array;
  readonly #paren: Int32Array;
  /** First quote mark at or after an index that a closing parenthesis follows. */
  readonly #quoteEnd: Int32Array;
  /** First white space at or after an index from which a title can be read. */
  readonly #titleStart: Int32Array;
  /** First `>` at or after an index that ends an address in angle brackets. */
  readonly #angle: Int32Array;
  readonly #spaceStart: Int32Array;

  constructor(text: string) {
    this.#text = text;
    this.any = text.includes('](');
    const wanted = this.any ? text : '';
    const at = (index: number) => wanted[index] ?? '';
    this.#nonSpace = nextIndexes(wanted, (character) => !isSpace(character));
    this.#paren = nextIndexes(wanted, (character) => character === ')');
    const closes = (index: number) => at(this.#nonSpace[index] ?? NONE) === ')';
    this.#quoteEnd = nextIndexes(wanted, (character, index) => isQuote(character) && closes(index + 1));
    const titled = (index: number) => {
      const quote = this.#nonSpace[index] ?? NONE;
      return isSpace(at(index)) && isQuote(at(quote)) && (this.#quoteEnd[quote + 1] ?? NONE) !== NONE;
    };
    this.#titleStart = nextIndexes(wanted, (_, index) => titled(index));
    this.#angle = nextIndexes(
      wanted,
      (character, index) => character === '>' && (titled(index + 1) || closes(index + 1)),
    );
    this.#spaceStart = spaceStarts(wanted);
  }

  /** Whether a target follows the closing bracket of a label. */
  endsLabel(close: number): boolean {
    return this.#text[close + 1] === '(' && this.read(close + 1) !== undefined;
  }

  read(open: number): { target: LinkTarget; end: number } | undefined {
    const start = this.#nonSpace[open + 1] ?? NONE;
    if (start === NONE) return undefined;
    if (this.#text[start] === '<') {
      const angle = this.#angle[start + 1] ?? NONE;
      if (angle !== NONE) return this.#finish(start + 1, angle, angle + 1);
    }
    const title = this.#titleStart[start] ?? NONE;
    const paren = this.#paren[start] ?? NONE;
    if (title !== NONE && (paren === NONE || title < paren)) return this.#finish(start, title, title);
    if (paren === NONE) return undefined;
    const end = Math.max(start, this.#spaceStart[paren] ?? paren);
    return this.#finish(start, end, end);
  }

  #finish(start: number, end: number, from: number): { target: LinkTarget; end: number } | undefined {
    const url = this.#text.slice(start, end);
    if (this.#titleStart[from] === from) {
      const quote = this.#nonSpace[from] ?? 0;
      const close = this.#quoteEnd[quote + 1] ?? 0;
      const after = (this.#nonSpace[close + 1] ?? 0) + 1;
      return { target: { url, title: this.#text.slice(quote + 1, close) }, end: after };
    }
    return { target: { url, title: undefined }, end: (this.#nonSpace[from] ?? 0) + 1 };
  }
}

/** For each index the first one at or after it that is wanted; filled from the end. */
function nextIndexes(text: string, wanted: (character: string, index: number) => boolean): Int32Array {
  const next = new Int32Array(text.length + 2).fill(NONE);
  for (let at = text.length - 1; at >= 0; at -= 1) {
    next[at] = wanted(text[at] ?? '', at) ? at : (next[at + 1] ?? NONE);
  }
  return next;
}

/** For each index the start of the white space that ends right before it. */
function spaceStarts(text: string): Int32Array {
  const starts = new Int32Array(text.length + 1);
  for (let at = 1; at <= text.length; at += 1) {
    starts[at] = isSpace(text[at - 1] ?? '') ? (starts[at - 1] ?? 0) : at;
  }
  return starts;
}

function isSpace(character: string): boolean {
  return character !== '' && /\s/.test(character);
}

function isQuote(character: string): boolean {
  return character === '"' || character === "'";
}
