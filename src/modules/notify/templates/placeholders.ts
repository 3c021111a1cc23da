import {
  comparableName,
  indexPersonalisation,
  isYes,
  type ListStyle,
  type Personalisation,
  valueText,
} from './personalisation.ts';

/** Content cut at its placeholders once, so that rendering only joins pieces (public API 6.7.1). */
export interface CompiledContent {
  readonly source: string;
  readonly pieces: readonly Piece[];
}

export type Piece = string | Placeholder;

export interface Placeholder {
  /** As written, spaces and all. */
  readonly name: string;
  readonly comparable: string;
  /** What a conditional placeholder shows when its value means yes. */
  readonly shownText?: string;
}

const PLACEHOLDER = /\({2}([^()]+)\){2}/g;

export function compileContent(source: string): CompiledContent {
  const pieces: Piece[] = [];
  let end = 0;
  for (const match of source.matchAll(PLACEHOLDER)) {
    if (match.index > end) pieces.push(source.slice(end, match.index));
    pieces.push(readPlaceholder(match[1] ?? ''));
    end = match.index + match[0].length;
  }
  if (end < source.length) pieces.push(source.slice(end));
  return { source, pieces };
}

function readPlaceholder(inside: string): Placeholder {
  const marks = inside.indexOf('??');
  const name = marks === -1 ? inside : inside.slice(0, marks);
  const comparable = comparableName(name);
  return marks === -1 ? { name, comparable } : { name, comparable, shownText: inside.slice(marks + 2) };
}

/** Every placeholder of the contents, in the order and spelling of first appearance. */
export function placeholderNames(contents: readonly CompiledContent[]): string[] {
  const names = new Map<string, string>();
  for (const { pieces } of contents) {
    for (const piece of pieces) {
      if (typeof piece !== 'string' && !names.has(piece.comparable)) names.set(piece.comparable, piece.name);
    }
  }
  return [...names.values()];
}

/** Names of placeholders without a value, in the order of first appearance. */
export function missingNames(
  contents: readonly CompiledContent[],
  personalisation: Personalisation,
): string[] {
  const values = indexPersonalisation(personalisation);
  return placeholderNames(contents).filter((name) => {
    const value = values.get(comparableName(name));
    return value === null || value === undefined;
  });
}

/** The message of public API 3.8 step 13 for missing placeholders; undefined when all are there. */
export function missingPersonalisationMessage(missing: readonly string[]): string | undefined {
  return missing.length === 0 ? undefined : `Missing personalisation: ${missing.join(', ')}`;
}

export interface FillOptions {
  readonly lists: ListStyle;
  /** Applied to the content around placeholders and to the texts put in, which are not scanned again. */
  readonly escape?: (text: string) => string;
}

/** Content with every placeholder replaced. Missing values leave nothing. */
export function fillContent(
  content: CompiledContent,
  values: ReadonlyMap<string, unknown>,
  { lists, escape: escaped = (text) => text }: FillOptions,
): string {
  let filled = '';
  for (const piece of content.pieces) {
    if (typeof piece === 'string') {
      filled += escaped(piece);
      continue;
    }
    const value = values.get(piece.comparable);
    if (piece.shownText !== undefined) filled += isYes(value) ? escaped(piece.shownText) : '';
    else filled += escaped(valueText(value, lists));
  }
  return filled;
}

/** Empty by nature: nothing, or a single run of placeholders that renders to nothing (public API 6.7.2). */
export function isEmptyMessage(source: string, filled: string): boolean {
  if (source === '') return true;
  return source.startsWith('((') && source.endsWith('))') && filled.trim() === '';
}

export const EMPTY_MESSAGE = 'Your message is empty.';
