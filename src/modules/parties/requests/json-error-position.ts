// Finds where a text stops being JSON, by the rules of the original's parser (spec section 6.6). Used only after
// JSON.parse has refused the text. Without recursion, because a body may nest a million brackets deep.

const WHITE_SPACE = /[ \t\n\r]*/y;
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const LITERALS = ['true', 'false', 'null'];

/** Offset of the fault in UTF-16 units; undefined when the text is JSON. */
export function findJsonError(text: string): number | undefined {
  if (text.startsWith('\uFEFF')) return 0;
  return new Scanner(text).scan();
}

/** The place as people count it: line and column from 1, and the offset from 0, in code points. */
export function describePosition(
  text: string,
  offset: number,
): { line: number; column: number; char: number } {
  let line = 1;
  let char = 0;
  let lineStart = -1;
  for (const point of text.slice(0, offset)) {
    if (point === '\n') {
      line += 1;
      lineStart = char;
    }
    char += 1;
  }
  return { line, column: char - lineStart, char };
}

type Container = 'array' | 'object';

class Scanner {
  readonly #text: string;
  readonly #open: Container[] = [];
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  /** One turn reads one value, or goes inside a container; `#closeValue` ends every container that ends there. */
  scan(): number | undefined {
    this.#skipWhiteSpace();
    for (;;) {
      const step = this.#readValue();
      if (typeof step === 'number') return step;
      if (step === 'inside') continue;
      const fault = this.#closeValue();
      if (fault === 'end') return undefined;
      if (fault !== undefined) return fault;
    }
  }

  #readValue(): 'complete' | 'inside' | number {
    const character = this.#text[this.#at];
    if (character !== '[' && character !== '{') return this.#readScalar() ?? 'complete';
    this.#at += 1;
    this.#skipWhiteSpace();
    if (this.#text[this.#at] === (character === '[' ? ']' : '}')) {
      this.#at += 1;
      return 'complete';
    }
    this.#open.push(character === '[' ? 'array' : 'object');
    return (character === '{' ? this.#readMemberName() : undefined) ?? 'inside';
  }

  #readScalar(): number | undefined {
    const character = this.#text[this.#at];
    if (character === '"') return this.#readString();
    const literal = LITERALS.find((word) => this.#text.startsWith(word, this.#at));
    const length = literal?.length ?? this.#matchLength(NUMBER);
    if (length === 0) return this.#at;
    this.#at += length;
    return undefined;
  }

  /** After a value: a comma leads to the next one, a bracket ends its container, which is itself a value. */
  #closeValue(): number | 'end' | undefined {
    for (;;) {
      this.#skipWhiteSpace();
      const container = this.#open.at(-1);
      if (container === undefined) return this.#at === this.#text.length ? 'end' : this.#at;
      const character = this.#text[this.#at];
      if (character === ',') {
        this.#at += 1;
        this.#skipWhiteSpace();
        return container === 'object' ? this.#readMemberName() : undefined;
      }
      if (character !== (container === 'array' ? ']' : '}')) return this.#at;
      this.#at += 1;
      this.#open.pop();
    }
  }

  #readMemberName(): number | undefined {
    if (this.#text[this.#at] !== '"') return this.#at;
    const fault = this.#readString();
    if (fault !== undefined) return fault;
    this.#skipWhiteSpace();
    if (this.#text[this.#at] !== ':') return this.#at;
    this.#at += 1;
    this.#skipWhiteSpace();
    return undefined;
  }

  #readString(): number | undefined {
    const start = this.#at;
    for (let at = start + 1; at < this.#text.length; at += 1) {
      const code = this.#text.charCodeAt(at);
      if (code === 0x22) {
        this.#at = at + 1;
        return undefined;
      }
      if (code < 0x20) return at;
      if (code !== 0x5c) continue;
      const escaped = this.#text[at + 1];
      if (escaped === undefined) return start;
      if (escaped === 'u') {
        if (!/^[0-9a-fA-F]{4}$/.test(this.#text.slice(at + 2, at + 6))) return at + 1;
        at += 5;
      } else if ('"\\/bfnrt'.includes(escaped)) at += 1;
      else return at;
    }
    return start;
  }

  #skipWhiteSpace(): void {
    this.#at += this.#matchLength(WHITE_SPACE);
  }

  #matchLength(pattern: RegExp): number {
    pattern.lastIndex = this.#at;
    return pattern.exec(this.#text)?.[0].length ?? 0;
  }
}
