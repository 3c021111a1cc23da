/**
 * A lexer for TypeScript, just good enough to tell code from comments, texts, templates and regular expressions.
 * A search for `from '...'` in the raw text would find imports in comments and miss dynamic ones. Whatever the lexer
 * cannot follow is thrown, never skipped, so a file it misreads fails the check.
 */
export interface Token {
  kind: 'word' | 'punctuation' | 'string' | 'template' | 'pattern';
  /** The characters of a word or punctuation; for texts and templates what is between the quotes. */
  text: string;
  line: number;
}

export class LexError extends Error {}

// After these a `/` starts a regular expression; after any other word it divides.
const wordsBeforePattern = new Set([
  'return',
  'typeof',
  'case',
  'in',
  'of',
  'delete',
  'void',
  'throw',
  'new',
  'else',
  'do',
  'await',
  'yield',
]);

export function tokenize(source: string): Token[] {
  const tokens: Token[] = [];
  // One entry per template literal we are inside of: how many braces are open within its current `${`.
  const openBraces: number[] = [];
  let at = source.startsWith('#!') ? endOfLine(source, 0) : 0;
  let line = 1;

  const push = (kind: Token['kind'], text: string, end: number, length: number) => {
    tokens.push({ kind, text, line });
    line += countNewlines(source, at, end);
    at += length;
  };

  while (at < source.length) {
    const char = source.charAt(at);
    const next = source.charAt(at + 1);
    if (char === '\n') {
      line += 1;
      at += 1;
    } else if (/\s/.test(char)) {
      at += 1;
    } else if (char === '/' && next === '/') {
      at = endOfLine(source, at);
    } else if (char === '/' && next === '*') {
      const end = source.indexOf('*/', at + 2);
      if (end === -1) throw new LexError(`line ${line}: comment without an end`);
      line += countNewlines(source, at, end);
      at = end + 2;
    } else if (char === "'" || char === '"') {
      const end = endOfString(source, at, line);
      push('string', source.slice(at + 1, end), end, end + 1 - at);
    } else if (char === '`') {
      const end = endOfTemplatePart(source, at + 1, line);
      const opensExpression = source.charAt(end) === '$';
      if (opensExpression) openBraces.push(0);
      push('template', source.slice(at + 1, end), end, end + (opensExpression ? 2 : 1) - at);
    } else if (char === '}' && openBraces.at(-1) === 0) {
      const end = endOfTemplatePart(source, at + 1, line);
      const opensExpression = source.charAt(end) === '$';
      if (!opensExpression) openBraces.pop();
      push('template', source.slice(at + 1, end), end, end + (opensExpression ? 2 : 1) - at);
    } else if (char === '/' && startsPattern(tokens.at(-1))) {
      const end = endOfPattern(source, at, line);
      push('pattern', source.slice(at, end), end, end - at);
    } else if (/[\p{ID_Start}$_#]/u.test(char)) {
      const word = /^[\p{ID_Continue}$_#]+/u.exec(source.slice(at, at + 200))?.[0] ?? char;
      push('word', word, at, word.length);
    } else if (/\d/.test(char)) {
      const number = /^[\w.]+/.exec(source.slice(at, at + 200))?.[0] ?? char;
      push('word', number, at, number.length);
    } else {
      const depth = openBraces.length - 1;
      const open = openBraces[depth];
      if (open !== undefined && char === '{') openBraces[depth] = open + 1;
      if (open !== undefined && char === '}') openBraces[depth] = open - 1;
      push('punctuation', char, at, 1);
    }
  }
  if (openBraces.length > 0) throw new LexError(`line ${line}: template literal without an end`);
  return tokens;
}

function startsPattern(previous: Token | undefined): boolean {
  if (previous === undefined) return true;
  if (previous.kind === 'word') return wordsBeforePattern.has(previous.text);
  return previous.kind === 'punctuation' && !')]}'.includes(previous.text);
}

function endOfLine(source: string, from: number): number {
  const end = source.indexOf('\n', from);
  return end === -1 ? source.length : end;
}

function countNewlines(source: string, from: number, to: number): number {
  let count = 0;
  for (let at = source.indexOf('\n', from); at !== -1 && at < to; at = source.indexOf('\n', at + 1))
    count += 1;
  return count;
}

function endOfString(source: string, start: number, line: number): number {
  const quote = source.charAt(start);
  for (let at = start + 1; at < source.length; at += 1) {
    const char = source.charAt(at);
    if (char === '\\') at += 1;
    else if (char === quote) return at;
    else if (char === '\n') break;
  }
  throw new LexError(`line ${line}: text without a closing quote`);
}

function endOfTemplatePart(source: string, start: number, line: number): number {
  for (let at = start; at < source.length; at += 1) {
    const char = source.charAt(at);
    if (char === '\\') at += 1;
    else if (char === '`' || (char === '$' && source.charAt(at + 1) === '{')) return at;
  }
  throw new LexError(`line ${line}: template literal without an end`);
}

function endOfPattern(source: string, start: number, line: number): number {
  let isInClass = false;
  for (let at = start + 1; at < source.length; at += 1) {
    const char = source.charAt(at);
    if (char === '\\') at += 1;
    else if (char === '\n') break;
    else if (char === '[') isInClass = true;
    else if (char === ']') isInClass = false;
    else if (char === '/' && !isInClass) {
      const flags = /^[a-z]*/.exec(source.slice(at + 1, at + 12))?.[0] ?? '';
      return at + 1 + flags.length;
    }
  }
  throw new LexError(`line ${line}: regular expression without an end`);
}
