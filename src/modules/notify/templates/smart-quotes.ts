// Curls straight quotes as SmartyPants 2 does with its attributes q and u (public API 6.7.4): a chain of
// substitutions, each of which looks a fixed distance around a quote.

const SKIPPED = /^<(\/)?(pre|samp|code|tt|kbd|script|style|math|a)/i;
const WORD = '\\p{L}\\p{N}_';
const OPENING = `(\\s|&nbsp;|--|&[mn]dash;|–|—|&#8211;|&#8212;|&#x201[34];)`;
const CLOSING = '([^ \\t\\r\\n[{(-])';

const substitutions: readonly (readonly [RegExp, string])[] = [
  [new RegExp(`"'(?=[${WORD}])`, 'gu'), '“‘'],
  [new RegExp(`'"(?=[${WORD}])`, 'gu'), '‘“'],
  [new RegExp(`(?<=[${WORD}])'(?=\\d{2}s)`, 'gu'), '’'],
  [new RegExp(`${OPENING}'(?=[${WORD}])`, 'gu'), '$1‘'],
  [new RegExp(`${CLOSING}'(?!\\s|s(?![${WORD}])|\\d)`, 'gu'), '$1’'],
  [new RegExp(`${CLOSING}'(\\s|s(?![${WORD}]))`, 'gu'), '$1’$2'],
  [/'/g, '‘'],
  [new RegExp(`${OPENING}"(?=[${WORD}])`, 'gu'), '$1“'],
  [/"(?=\s)/g, '”'],
  [new RegExp(`${CLOSING}"`, 'gu'), '$1”'],
  [/"/g, '“'],
];

const ESCAPES: Readonly<Record<string, string>> = {
  '\\\\': '&#92;',
  '\\"': '&#34;',
  "\\'": '&#39;',
  '\\.': '&#46;',
  '\\-': '&#45;',
  '\\`': '&#96;',
};

/** Straight quotes become curly ones, but not in tags nor between the tags of code, links and the like. */
export function curlQuotes(text: string): string {
  let result = '';
  let previousLast = '';
  const open: string[] = [];
  for (const { isTag, text: piece } of cutAtTags(text)) {
    if (isTag) {
      result += piece;
      noteSkipped(piece, open);
      continue;
    }
    result += open.length > 0 ? piece : curlPiece(piece, previousLast);
    previousLast = piece.slice(-1);
  }
  return result;
}

function noteSkipped(tag: string, open: string[]): void {
  const [, closes, name] = SKIPPED.exec(tag) ?? [];
  if (name === undefined) return;
  if (closes === undefined) open.push(name.toLowerCase());
  else if (open.at(-1) === name.toLowerCase()) open.pop();
}

function curlPiece(piece: string, previousLast: string): string {
  const escaped = piece.includes('\\')
    ? piece.replace(/\\["'\\.`-]/g, (pair) => ESCAPES[pair] ?? pair)
    : piece;
  const afterText = previousLast !== '' && /\S/.test(previousLast);
  if (escaped === "'") return afterText ? '’' : '‘';
  if (escaped === '"') return afterText ? '”' : '“';
  if (!/["']/.test(escaped)) return escaped;
  let curled = escaped;
  for (const [pattern, replacement] of substitutions) curled = curled.replace(pattern, replacement);
  return curled;
}

interface Token {
  readonly isTag: boolean;
  readonly text: string;
}

/** Text and tags by turns. A `<` that no `>` follows is text. */
function* cutAtTags(text: string): Generator<Token> {
  let position = 0;
  // Where nothing closes any more, searching again for every `<` would take quadratic time.
  let commentsEnd = true;
  for (let open = text.indexOf('<'); open !== -1; open = text.indexOf('<', position)) {
    let end = -1;
    if (commentsEnd && text.startsWith('<!--', open)) {
      end = commentEnd(text, open + 4);
      commentsEnd = end !== -1;
    }
    if (end === -1) end = text.indexOf('>', open) + 1;
    if (end === 0) break;
    if (open > position) yield { isTag: false, text: text.slice(position, open) };
    yield { isTag: true, text: text.slice(open, end) };
    position = end;
  }
  if (position < text.length) yield { isTag: false, text: text.slice(position) };
}

/** The index after `-->`, white space allowed before the bracket; -1 when the comment never ends. */
function commentEnd(text: string, from: number): number {
  const closing = /--\s*>/g;
  closing.lastIndex = from;
  return closing.exec(text) === null ? -1 : closing.lastIndex;
}
