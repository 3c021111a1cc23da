import { definitionKey, type LinkTarget } from './blocks.ts';

/** Names are short; the caps keep a text of many open brackets from being read again for each. */
const MAX_NAME = 1000;
const MAX_NAME_LINES = 4;

export interface LinkDefinition {
  readonly key: string;
  readonly target: LinkTarget;
  /** The line it ends on. */
  readonly lastLine: number;
}

/** `[name]: address "title"` at the start of a line; the name may run over lines. */
export function matchLinkDefinition(lines: readonly string[], first: number): LinkDefinition | undefined {
  const name = readName(lines, first, /^ *\[/, /[\]^]/);
  if (name === undefined || name.text === '') return undefined;
  const target = readTarget(name.rest);
  return target && { key: definitionKey(name.text), target, lastLine: name.line };
}

export interface FootnoteDefinition {
  readonly key: string;
  readonly text: string;
  readonly lastLine: number;
}

/** `[^name]: text`, followed by lines that start with a space. */
export function matchFootnoteDefinition(
  lines: readonly string[],
  first: number,
): FootnoteDefinition | undefined {
  const name = readName(lines, first, /^\[\^/, /\]/);
  if (name === undefined || name.text === '') return undefined;
  const body = [name.rest.replace(/^ */, '')];
  let line = name.line + 1;
  let lastLine = name.line;
  while (line < lines.length) {
    const text = lines[line] ?? '';
    if (text !== '' && !text.startsWith(' ')) break;
    if (text !== '') {
      while (body.length < line - name.line) body.push('');
      body.push(text);
      lastLine = line;
    }
    line += 1;
  }
  return { key: definitionKey(name.text), text: outdent(body), lastLine };
}

/** The text between the opening and the closing bracket, when a colon follows. */
function readName(
  lines: readonly string[],
  first: number,
  opening: RegExp,
  stop: RegExp,
): { text: string; rest: string; line: number } | undefined {
  const firstLine = lines[first] ?? '';
  const start = opening.exec(firstLine)?.[0].length;
  if (start === undefined) return undefined;
  let text = '';
  let column = start;
  const last = Math.min(lines.length, first + MAX_NAME_LINES);
  for (let line = first; line < last && text.length <= MAX_NAME; line += 1) {
    const remaining = (lines[line] ?? '').slice(column, column + MAX_NAME);
    const end = remaining.search(stop);
    if (end !== -1) {
      if (remaining[end] !== ']' || remaining[end + 1] !== ':') return undefined;
      return {
        text: text + remaining.slice(0, end),
        rest: (lines[line] ?? '').slice(column + end + 2),
        line,
      };
    }
    text += `${remaining}\n`;
    column = 0;
  }
  return undefined;
}

const ADDRESS = /^ *<?([^\s>]+)>?/;

function readTarget(rest: string): LinkTarget | undefined {
  const match = ADDRESS.exec(rest);
  if (match === null) return undefined;
  const after = rest.slice(match[0].length);
  const url = match[1] ?? '';
  const trimmed = after.replace(/^ +/, '');
  const bare = trimEndSpaces(trimmed);
  if (bare === '') return { url, title: undefined };
  const quoted = trimmed.length < after.length && /^["(][\s\S]+[")]$/.test(bare) && bare.length > 2;
  return quoted ? { url, title: bare.slice(1, -1) } : undefined;
}

function outdent(lines: readonly string[]): string {
  const widths = lines
    .slice(1)
    .map((line) => line.length - line.trimStart().length)
    .filter((width) => width > 0);
  const width = widths.length === 0 ? 0 : widths.reduce((a, b) => Math.min(a, b));
  return lines.map((line, index) => (index === 0 ? line : line.slice(width))).join('\n');
}

export function trimEndSpaces(text: string): string {
  let end = text.length;
  while (end > 0 && text[end - 1] === ' ') end -= 1;
  return text.slice(0, end);
}
