import { type Block, type Definitions, definitionKey, type ListItem } from './blocks.ts';
import { matchFootnoteDefinition, matchLinkDefinition } from './definitions.ts';
import { HtmlReader } from './html-reader.ts';
import {
  FenceEnds,
  interruptsParagraph,
  isRule,
  readFence,
  readHeading,
  readUnderline,
  tableEnd,
} from './line-rules.ts';

// The block grammar of public API 6.7.4 (mistune 0.8.4 with changes). Every rule starts and ends at a line, so the
// text is cut into lines once; rules are tried in the given order on each.

const MAX_DEPTH = 6;
const MARKER = /^( *)([•*-]|\d+\.)/;

interface Context {
  readonly definitions: Definitions;
  readonly listDepth: number;
  readonly quoteDepth: number;
  /** In list items lines are joined by what surrounds them, and headings, tables and definitions are unknown. */
  readonly place: 'document' | 'item' | 'footnote';
}

interface Step {
  readonly block: Block | undefined;
  readonly next: number;
}

type Rule = (reader: Reader, at: number) => Step | undefined;

/** The blocks of a document and what it defines. Takes time in proportion to its length. */
export function parseBlocks(text: string): { blocks: Block[]; definitions: Definitions } {
  const definitions: Definitions = { links: new Map(), footnotes: new Set() };
  const context: Context = { definitions, listDepth: 0, quoteDepth: 0, place: 'document' };
  return { blocks: parse(preprocess(text), context), definitions };
}

/** Line breaks, tab stops and blank lines as the grammar expects them. */
export function preprocess(text: string): string {
  const lines = text.includes('\r') ? text.replace(/\r\n?/g, '\n') : text;
  const expanded = lines.includes('\t') ? lines.split('\n').map(expandTabs).join('\n') : lines;
  return expanded.replaceAll('\u2424', '\n').replace(/^ +$/gm, '');
}

function expandTabs(line: string): string {
  let expanded = '';
  for (const [index, piece] of line.split('\t').entries()) {
    if (index > 0) expanded += ' '.repeat(4 - (expanded.length % 4));
    expanded += piece;
  }
  return expanded;
}

class Reader {
  readonly lines: readonly string[];
  readonly context: Context;
  readonly fences: FenceEnds;
  #flat: FlatText | undefined;

  constructor(lines: readonly string[], context: Context) {
    this.lines = lines;
    this.context = context;
    this.fences = new FenceEnds(lines);
  }

  line(at: number): string {
    return this.lines[at] ?? '';
  }

  /** The first line at or after `at` that is not empty. */
  afterBlank(at: number): number {
    let line = at;
    while (line < this.lines.length && this.lines[line] === '') line += 1;
    return line;
  }

  /** The text as one piece, for the one rule that does not go by lines. */
  get flat(): FlatText {
    this.#flat ??= flatten(this.lines);
    return this.#flat;
  }
}

interface FlatText {
  readonly text: string;
  /** Where each line starts. */
  readonly starts: readonly number[];
  /** Where only white space is left. */
  readonly end: number;
  readonly html: HtmlReader;
}

function flatten(lines: readonly string[]): FlatText {
  const starts: number[] = [];
  let length = 0;
  for (const line of lines) {
    starts.push(length);
    length += line.length + 1;
  }
  const text = lines.join('\n');
  return { text, starts, end: text.trimEnd().length, html: new HtmlReader(text) };
}

function parse(text: string, context: Context): Block[] {
  const trimmed = trimEndBreaks(text);
  if (trimmed === '') return [];
  const reader = new Reader(trimmed.split('\n'), context);
  const rules =
    context.place === 'item' ? ITEM_RULES : context.place === 'footnote' ? FOOTNOTE_RULES : DOCUMENT_RULES;
  const blocks: Block[] = [];
  let at = reader.afterBlank(0);
  if (at > 1) blocks.push({ kind: 'gap' });
  while (at < reader.lines.length) {
    const step = firstStep(rules, reader, at);
    if (step.block) blocks.push(step.block);
    at = step.next;
    if (step.block?.kind !== 'line') continue;
    // A line of an item does not take the breaks after it along, so they are seen by themselves.
    const next = reader.afterBlank(at);
    if (next > at && next < reader.lines.length) blocks.push({ kind: 'gap' });
    at = next;
  }
  return blocks;
}

function firstStep(rules: readonly Rule[], reader: Reader, at: number): Step {
  for (const rule of rules) {
    const step = rule(reader, at);
    if (step) return step;
  }
  return { block: { kind: 'line', text: reader.line(at) }, next: at + 1 };
}

const rule: Rule = (reader, at) =>
  isRule(reader.line(at)) ? { block: { kind: 'rule' }, next: reader.afterBlank(at + 1) } : undefined;

const indentedCode: Rule = (reader, at) => {
  const isCode = (line: string) => line.startsWith('    ') && line.length > 4;
  if (!isCode(reader.line(at))) return undefined;
  let end = at;
  let next = at;
  while (next < reader.lines.length && isCode(reader.line(next))) {
    end = next + 1;
    next = reader.afterBlank(end);
  }
  const code = reader.lines.slice(at, end).map((line) => line.replace(/^ {4}/, ''));
  // The breaks that end it belong to it, unless the text ends there.
  const breaks = next < reader.lines.length ? '\n'.repeat(next - end + 1) : '';
  return { block: { kind: 'code', text: code.join('\n') + breaks }, next };
};

const fence: Rule = (reader, at) => {
  const found = readFence(reader.lines, at, reader.fences);
  return found && { block: { kind: 'code', text: found.text }, next: reader.afterBlank(found.lastLine + 1) };
};

const heading: Rule = (reader, at) => {
  const found = readHeading(reader.line(at));
  return found && { block: { kind: 'heading', ...found }, next: reader.afterBlank(at + 1) };
};

const underlinedHeading: Rule = (reader, at) => {
  const level = readUnderline(reader.lines[at + 1]);
  if (level === undefined) return undefined;
  return { block: { kind: 'heading', level, text: reader.line(at) }, next: reader.afterBlank(at + 2) };
};

const table =
  (kind: 'bare' | 'framed'): Rule =>
  (reader, at) => {
    const end = tableEnd(reader.lines, at, kind);
    return end === undefined ? undefined : { block: { kind: 'table' }, next: reader.afterBlank(end) };
  };

const quote: Rule = (reader, at) => {
  const opens = (line: string) => /^ *\^[\s\S]/.test(line);
  if (!opens(reader.line(at))) return undefined;
  let next = at;
  while (next < reader.lines.length && opens(reader.line(next))) {
    while (next < reader.lines.length && reader.line(next) !== '') next += 1;
    next = reader.afterBlank(next);
  }
  const lines = reader.lines.slice(at, next);
  const quoteDepth = reader.context.quoteDepth + 1;
  if (quoteDepth > MAX_DEPTH) return { block: { kind: 'line', text: lines.join('\n') }, next };
  const text = lines.map((line) => line.replace(/^ *\^ ?/, '')).join('\n');
  const context: Context = { ...reader.context, quoteDepth, place: 'document' };
  return { block: { kind: 'quote', blocks: parse(text, context) }, next };
};

const list: Rule = (reader, at) => {
  const marker = MARKER.exec(reader.line(at));
  if (marker === null) return undefined;
  const isBare = marker[0].length === reader.line(at).length;
  if (isBare && at === reader.lines.length - 1) return undefined;
  const next = listEnd(reader, at, marker[1] ?? '', isBare);
  const text = `${reader.lines.slice(at, next).join('\n')}${next < reader.lines.length ? '\n' : ''}`;
  const listDepth = reader.context.listDepth + 1;
  if (listDepth > MAX_DEPTH) return { block: { kind: 'line', text }, next };
  const context: Context = { ...reader.context, listDepth, place: 'item' };
  return {
    block: { kind: 'list', ordered: marker[2]?.includes('.') ?? false, items: parseItems(text, context) },
    next,
  };
};

/** The first line that is not part of the list which starts at `first`. */
function listEnd(reader: Reader, first: number, indent: string, isBare: boolean): number {
  let at = first;
  while (at < reader.lines.length) {
    const next = reader.afterBlank(at + 1);
    if (next >= reader.lines.length) return reader.lines.length;
    // A bare marker takes the first break as its text.
    const breaks = next - at - (at === first && isBare ? 1 : 0);
    if (breaks > 0 && endsList(reader, next, indent, breaks)) return next;
    at = next;
  }
  return at;
}

function endsList(reader: Reader, next: number, indent: string, breaks: number): boolean {
  const line = reader.line(next);
  if (breaks > 2) return true;
  const outdented = line.startsWith(indent) ? line.slice(indent.length) : line;
  if (isBareRule(outdented) || isBareRule(line)) return true;
  if (matchLinkDefinition(reader.lines, next) || matchFootnoteDefinition(reader.lines, next)) return true;
  if (breaks < 2 || line.startsWith(' ')) return false;
  return !(line.startsWith(indent) && /^(?:[•*-]|\d+\.) /.test(outdented));
}

function isBareRule(line: string): boolean {
  return /^(?:[-*_] *){3,}$/.test(line);
}

function parseItems(text: string, context: Context): ListItem[] {
  const texts = cutItems(text);
  const items: ListItem[] = [];
  let previousEndsInBreak = false;
  for (const [index, whole] of texts.entries()) {
    const item = outdentItem(whole);
    let loose = previousEndsInBreak || hasInnerGap(item);
    if (index < texts.length - 1 && item !== '') {
      previousEndsInBreak = item.endsWith('\n');
      loose ||= previousEndsInBreak;
    }
    items.push({ loose, blocks: parse(item, context) });
  }
  return items;
}

function cutItems(text: string): string[] {
  const items: string[][] = [];
  let indent = '';
  for (const line of text.split('\n')) {
    const current = items.at(-1);
    if (current && !(line.startsWith(indent) && /^(?:[•*-]|\d+\.)/.test(line.slice(indent.length)))) {
      current.push(line);
      continue;
    }
    indent = MARKER.exec(line)?.[1] ?? '';
    items.push([line]);
  }
  return items.map((lines) => lines.join('\n'));
}

function outdentItem(whole: string): string {
  const item = whole.replace(/^ *(?:[•*-]|\d+\.)/, '');
  if (!item.includes('\n ')) return item;
  const removed = whole.length - item.length;
  return item.replace(new RegExp(`^ {1,${removed}}`, 'gm'), '');
}

/** A blank line with something after it. */
function hasInnerGap(item: string): boolean {
  return item.trimEnd().includes('\n\n');
}

/** A comment or a block's element with nothing after it on its last line but a blank line or the end. */
const html: Rule = (reader, at) => {
  const indent = /^ *</.exec(reader.line(at))?.[0].length;
  if (indent === undefined) return undefined;
  const { text, starts, end: textEnd, html: htmlReader } = reader.flat;
  const start = starts[at] ?? 0;
  let end = htmlReader.read(start + indent - 1, 'block');
  if (end === -1) return undefined;
  const shown = text.slice(start, end).trimStart();
  while (text[end] === ' ') end += 1;
  const isLast = end >= textEnd;
  if (!isLast && text.slice(end, end + 2) !== '\n\n') return undefined;
  let next = at;
  while (next < starts.length && (starts[next] ?? 0) <= end) next += 1;
  return { block: { kind: 'html', text: shown }, next: isLast ? starts.length : reader.afterBlank(next) };
};

const linkDefinition: Rule = (reader, at) => {
  const found = matchLinkDefinition(reader.lines, at);
  if (found === undefined) return undefined;
  reader.context.definitions.links.set(found.key, found.target);
  return { block: undefined, next: reader.afterBlank(found.lastLine + 1) };
};

const footnoteDefinition: Rule = (reader, at) => {
  const found = matchFootnoteDefinition(reader.lines, at);
  if (found === undefined) return undefined;
  const { footnotes } = reader.context.definitions;
  const next = reader.afterBlank(found.lastLine + 1);
  const key = definitionKey(found.key);
  if (footnotes.has(key)) return { block: undefined, next };
  footnotes.add(key);
  const blocks = parse(found.text, { ...reader.context, place: 'footnote' });
  return { block: { kind: 'footnote', key, blocks }, next };
};

const paragraph: Rule = (reader, at) => {
  let next = at + 1;
  while (
    next < reader.lines.length &&
    reader.line(next) !== '' &&
    !interruptsParagraph(reader.lines, next, reader.fences)
  ) {
    next += 1;
  }
  return {
    block: { kind: 'paragraph', text: reader.lines.slice(at, next).join('\n') },
    next: reader.afterBlank(next),
  };
};

function trimEndBreaks(text: string): string {
  let end = text.length;
  while (end > 0 && text[end - 1] === '\n') end -= 1;
  return text.slice(0, end);
}

const DOCUMENT_RULES: readonly Rule[] = [
  rule,
  indentedCode,
  fence,
  heading,
  table('bare'),
  underlinedHeading,
  quote,
  list,
  html,
  linkDefinition,
  footnoteDefinition,
  table('framed'),
  paragraph,
];
const ITEM_RULES: readonly Rule[] = [indentedCode, fence, underlinedHeading, rule, quote, list, html];
const FOOTNOTE_RULES: readonly Rule[] = [
  indentedCode,
  fence,
  heading,
  table('bare'),
  underlinedHeading,
  rule,
  quote,
  list,
  html,
  table('framed'),
  paragraph,
];
