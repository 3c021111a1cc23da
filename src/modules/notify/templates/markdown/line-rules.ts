import { matchFootnoteDefinition, matchLinkDefinition, trimEndSpaces } from './definitions.ts';
import { startsBlockTag } from './html-reader.ts';

// One-line rules of the block grammar (public API 6.7.4), each in linear time.

export function isRule(line: string): boolean {
  return /^ {0,3}[-*_](?: *[-*_]){2,} *$/.test(line);
}

/** Level and text of `# heading #`. */
export function readHeading(line: string): { level: number; text: string } | undefined {
  const marks = /^ *(#{1,6})/.exec(line);
  if (marks === null) return undefined;
  const level = marks[1]?.length ?? 0;
  const rest = line.slice(marks[0].length);
  const text = rest.replace(/^ +/, '');
  if (text !== '') return { level, text: withoutClosingMarks(text) };
  // Something must be left to be the text: a space, or the last of the marks.
  if (rest !== '') return { level, text: ' ' };
  return level > 1 ? { level: level - 1, text: '#' } : undefined;
}

/** `text` without ` ### ` at its end, but never empty. */
function withoutClosingMarks(text: string): string {
  let end = trimEndSpaces(text).length;
  while (end > 1 && text[end - 1] === '#') end -= 1;
  while (end > 1 && text[end - 1] === ' ') end -= 1;
  return text.slice(0, Math.max(end, 1));
}

/** The level of the heading that this line makes of the one before it. */
export function readUnderline(line: string | undefined): 1 | 2 | undefined {
  if (line === undefined || !/^ *[=-]+ *$/.test(line)) return undefined;
  return trimEndSpaces(line).endsWith('=') ? 1 : 2;
}

export interface Fence {
  /** The line of the closing fence. */
  readonly lastLine: number;
  readonly text: string;
}

/** A fenced block that opens on a line; undefined when it never closes. */
export function readFence(lines: readonly string[], first: number, closing: FenceEnds): Fence | undefined {
  const [, marker = '', rest = ''] = /^ *(`{3,}|~{3,})([\s\S]*)$/.exec(lines[first] ?? '') ?? [];
  const character = marker[0];
  if ((character !== '`' && character !== '~') || !/^ *[^`\s]* *$/.test(rest)) return undefined;
  const longest = closing.longestAfter(first, character);
  // More tildes than any closing line has may be read as the language; backticks may not.
  const length = character === '~' ? Math.min(marker.length, longest) : marker.length;
  if (length < 3 || length > longest) return undefined;
  for (let line = first + 1; line < lines.length; line += 1) {
    const end = trimEndSpaces(lines[line] ?? '');
    if (runAtEnd(end, character) < length) continue;
    const text = [...lines.slice(first + 1, line), end.slice(0, end.length - length)].join('\n');
    if (text !== '') return { lastLine: line, text: text[0] + text.slice(1).trimEnd() };
  }
  return undefined;
}

/** How long the longest fence is that ends a line, from each line on. */
export class FenceEnds {
  readonly #lines: readonly string[];
  #longest: Record<'`' | '~', number[]> | undefined;

  constructor(lines: readonly string[]) {
    this.#lines = lines;
  }

  longestAfter(line: number, character: '`' | '~'): number {
    this.#longest ??= { '`': this.#measure('`'), '~': this.#measure('~') };
    return this.#longest[character][line + 1] ?? 0;
  }

  #measure(character: '`' | '~'): number[] {
    const longest = new Array<number>(this.#lines.length + 1).fill(0);
    for (let line = this.#lines.length - 1; line >= 0; line -= 1) {
      const run = runAtEnd(trimEndSpaces(this.#lines[line] ?? ''), character);
      longest[line] = Math.max(longest[line + 1] ?? 0, run);
    }
    return longest;
  }
}

function runAtEnd(text: string, character: string): number {
  let start = text.length;
  while (start > 0 && text[start - 1] === character) start -= 1;
  return text.length - start;
}

/** The line after a table that starts here; undefined when none does. Tables are dropped, so cells do not matter. */
export function tableEnd(
  lines: readonly string[],
  first: number,
  kind: 'bare' | 'framed',
): number | undefined {
  const head = (lines[first] ?? '').trimStart();
  const divider = lines[first + 1];
  if (divider === undefined || first + 2 >= lines.length) return undefined;
  const isHead =
    kind === 'bare'
      ? head.indexOf('|', 1) !== -1 && /^ *[-:]+ *\|[-| :]*$/.test(divider)
      : head.startsWith('|') && head.length > 1 && /^ *\| *[-:]+[-| :]*$/.test(divider);
  if (!isHead) return undefined;
  const isRow = (line: string) => (kind === 'bare' ? line.includes('|') : /^ *\|/.test(line));
  let line = first + 2;
  while (line < lines.length && isRow(lines[line] ?? '')) line += 1;
  return line;
}

/** Whether a line ends the paragraph before it without a blank line between. */
export function interruptsParagraph(lines: readonly string[], at: number, fences: FenceEnds): boolean {
  const line = lines[at] ?? '';
  const isLast = at === lines.length - 1;
  switch (firstCharacter(line)) {
    case '`':
    case '~':
      if (readFence(lines, at, fences)) return true;
      break;
    case '#':
      if (readHeading(line)) return true;
      break;
    case '>':
      if (/^ *>[\s\S]/.test(line)) return true;
      break;
    case '[':
      if (matchLinkDefinition(lines, at) || matchFootnoteDefinition(lines, at)) return true;
      break;
    case '<':
      if (line[0] === '<' && startsBlockTag(line)) return true;
      break;
    default:
      if (startsList(line, isLast) || isRule(line)) return true;
  }
  return readUnderline(lines[at + 1]) !== undefined;
}

/** The list marker of the unmodified grammar: it needs a space after it, and something after that. */
function startsList(line: string, isLast: boolean): boolean {
  const marker = /^ *(?:[*+-]|\d+\.) /.exec(line);
  return marker !== null && !(isLast && marker[0].length === line.length);
}

function firstCharacter(line: string): string {
  let at = 0;
  while (line[at] === ' ') at += 1;
  return line[at] ?? '';
}
