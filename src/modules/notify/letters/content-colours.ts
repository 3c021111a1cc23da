// Colour operators of content streams (ISO 32000-1, 8.6.8), rewritten from RGB to CMYK: only their operands change, every
// other byte stays as it is.

/** Whether a colour space of the stream's resources, by its name, is one of red, green and blue. */
export type IsRgbSpace = (name: string) => boolean;

/** Each from 0 to 1. Grey becomes black ink alone, as text needs. */
export function toCmyk(
  red: number,
  green: number,
  blue: number,
): readonly [cyan: number, magenta: number, yellow: number, black: number] {
  const black = 1 - Math.max(red, green, blue);
  if (black >= 1) return [0, 0, 0, 1];
  const ink = (light: number) => (1 - light - black) / (1 - black);
  return [ink(red), ink(green), ink(blue), black];
}

/** Undefined when there is nothing to change. The text has one character for each byte. */
export function rewriteColours(content: string, isRgbSpace: IsRgbSpace): string | undefined {
  const rewriter = new ColourRewriter(content, isRgbSpace);
  return rewriter.run();
}

type Space = 'rgb' | 'other' | 'inherited';
interface Operand {
  start: number;
  text: string;
}
interface State {
  fill: Space;
  stroke: Space;
}

// Strings, names and dictionaries are only stepped over; numbers and operators count.
const TOKEN =
  /%[^\r\n]*|\/[^\s()<>[\]{}/%]*|<<|>>|<[0-9A-Fa-f\s]*>|[[\]{}]|[+-]?(?:\d+\.?\d*|\.\d+)(?![^\s()<>[\]{}/%])|[^\s()<>[\]{}/%]+|\(/g;
const MOST_OPERANDS = 64;

class ColourRewriter {
  readonly #content: string;
  readonly #isRgbSpace: IsRgbSpace;
  readonly #parts: string[] = [];
  #copiedTo = 0;
  #operands: Operand[] = [];
  #state: State = { fill: 'inherited', stroke: 'inherited' };
  readonly #saved: State[] = [];

  constructor(content: string, isRgbSpace: IsRgbSpace) {
    this.#content = content;
    this.#isRgbSpace = isRgbSpace;
  }

  run(): string | undefined {
    TOKEN.lastIndex = 0;
    for (let match = TOKEN.exec(this.#content); match; match = TOKEN.exec(this.#content)) {
      const [text] = match;
      if (text.startsWith('%')) continue;
      if (text === '(') {
        const end = endOfString(this.#content, match.index);
        this.#push({ start: match.index, text: '()' });
        TOKEN.lastIndex = end;
      } else if (/^[+\-.\d/<>[\]{}]/.test(text)) this.#push({ start: match.index, text });
      else TOKEN.lastIndex = this.#operator(text, match.index);
    }
    if (this.#parts.length === 0) return undefined;
    return this.#parts.join('') + this.#content.slice(this.#copiedTo);
  }

  #push(operand: Operand): void {
    this.#operands.push(operand);
    if (this.#operands.length > MOST_OPERANDS) this.#operands.shift();
  }

  /** Returns where to read on. */
  #operator(name: string, start: number): number {
    const end = start + name.length;
    switch (name) {
      case 'q':
        this.#saved.push({ ...this.#state });
        break;
      case 'Q':
        this.#state = this.#saved.pop() ?? this.#state;
        break;
      case 'rg':
        this.#setColour('fill', 'k', end);
        this.#state.fill = 'rgb';
        break;
      case 'RG':
        this.#setColour('stroke', 'K', end);
        this.#state.stroke = 'rgb';
        break;
      case 'g':
      case 'k':
        this.#state.fill = 'other';
        break;
      case 'G':
      case 'K':
        this.#state.stroke = 'other';
        break;
      case 'cs':
        this.#setSpace('fill', name, end);
        break;
      case 'CS':
        this.#setSpace('stroke', name, end);
        break;
      case 'sc':
      case 'scn':
        if (this.#state.fill !== 'other') this.#setColour('fill', name, end);
        break;
      case 'SC':
      case 'SCN':
        if (this.#state.stroke !== 'other') this.#setColour('stroke', name, end);
        break;
      case 'BI':
        this.#operands = [];
        return endOfInlineImage(this.#content, end);
      default:
    }
    this.#operands = [];
    return end;
  }

  #setSpace(what: keyof State, operator: string, end: number): void {
    const operand = this.#operands.at(-1);
    const isRgb = operand !== undefined && this.#isRgbSpace(operand.text.slice(1));
    this.#state[what] = isRgb ? 'rgb' : 'other';
    if (operand && isRgb) this.#replace(operand.start, end, `/DeviceCMYK ${operator}`);
  }

  /** Three numbers are red, green and blue; in a form that inherits its colour space they can be nothing else. */
  #setColour(_what: keyof State, operator: string, end: number): void {
    const operands = this.#operands.slice(-3);
    const [red, green, blue] = operands.map(({ text }) => Number(text));
    const [first] = operands;
    const isColour = operands.length === 3 && operands.every(({ text }) => Number.isFinite(Number(text)));
    if (!isColour || !first || this.#operands.length !== 3) return;
    const inks = toCmyk(clamped(red), clamped(green), clamped(blue));
    this.#replace(first.start, end, `${inks.map(shown).join(' ')} ${operator}`);
  }

  #replace(start: number, end: number, text: string): void {
    this.#parts.push(this.#content.slice(this.#copiedTo, start), text);
    this.#copiedTo = end;
  }
}

function clamped(value: number | undefined): number {
  return Math.min(Math.max(value ?? 0, 0), 1);
}

function shown(value: number): string {
  return String(Math.round(value * 10_000) / 10_000);
}

/** Past the bracket that closes a string; brackets nest in it, and a backslash takes the meaning of the next one. */
function endOfString(content: string, start: number): number {
  let depth = 0;
  for (let place = start; place < content.length; place += 1) {
    const character = content[place];
    if (character === '\\') place += 1;
    else if (character === '(') depth += 1;
    else if (character === ')') {
      depth -= 1;
      if (depth === 0) return place + 1;
    }
  }
  return content.length;
}

/** Past `EI`: the bytes of the picture may look like anything. */
function endOfInlineImage(content: string, start: number): number {
  const data = /\sID\s/g;
  data.lastIndex = start;
  if (!data.exec(content)) return content.length;
  const end = /\sEI(?=\s|$)/g;
  end.lastIndex = data.lastIndex;
  return end.exec(content) ? end.lastIndex : content.length;
}
