// The contract's messages show values as Python prints them (public section 6.2), and numbers in personalisation read
// as Python would read them: `1.0` stays `1.0`.

/** A number that JavaScript would print otherwise than Python, kept as Python prints it. */
export class PythonNumber {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
  toJSON(): string {
    return this.text;
  }
}

/** For `JSON.parse`: the spelling decides whether a number is an integer or a float. */
export function readNumber(value: number, source: string): number | PythonNumber {
  if (!/[.eE]/.test(source)) {
    return Number.isSafeInteger(value) ? value : new PythonNumber(source === '-0' ? '0' : source);
  }
  const text = floatText(value);
  return text === String(value) ? value : new PythonNumber(text);
}

function floatText(value: number): string {
  if (Number.isNaN(value)) return 'nan';
  if (!Number.isFinite(value)) return value > 0 ? 'inf' : '-inf';
  if (Object.is(value, -0)) return '-0.0';
  const size = Math.abs(value);
  if (size !== 0 && (size >= 1e16 || size < 1e-4)) {
    const [mantissa = '', exponent = ''] = value.toExponential().split('e');
    const digits = exponent.slice(1).padStart(2, '0');
    return `${mantissa}e${exponent[0]}${digits}`;
  }
  const text = String(value);
  return text.includes('.') ? text : `${text}.0`;
}

/** What `repr()` gives. */
export function pythonRepr(value: unknown): string {
  if (value === null || value === undefined) return 'None';
  if (value === true) return 'True';
  if (value === false) return 'False';
  if (typeof value === 'string') return stringRepr(value);
  if (value instanceof PythonNumber) return value.text;
  if (typeof value === 'number') return String(value);
  if (Array.isArray(value)) return `[${value.map(pythonRepr).join(', ')}]`;
  const members = Object.entries(value as object).map(
    ([key, member]) => `${stringRepr(key)}: ${pythonRepr(member)}`,
  );
  return `{${members.join(', ')}}`;
}

const UNPRINTABLE = /[\\\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Zl}\p{Zp}\p{Zs}]/gu;
const SHORT: Record<string, string> = { '\n': '\\n', '\r': '\\r', '\t': '\\t', '\\': '\\\\', ' ': ' ' };

function stringRepr(text: string): string {
  const escaped = text.replace(UNPRINTABLE, (character) => SHORT[character] ?? hexEscape(character));
  if (!escaped.includes("'")) return `'${escaped}'`;
  return escaped.includes('"') ? `'${escaped.replaceAll("'", "\\'")}'` : `"${escaped}"`;
}

function hexEscape(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  const hex = code.toString(16);
  if (code <= 0xff) return `\\x${hex.padStart(2, '0')}`;
  return code <= 0xffff ? `\\u${hex.padStart(4, '0')}` : `\\U${hex.padStart(8, '0')}`;
}
