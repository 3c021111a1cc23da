import type { PDFFont } from '@cantoo/pdf-lib';
import type { Run } from './letter-content.ts';

/** Text in the two weights a letter is set in. */
export interface LetterFonts {
  readonly regular: PDFFont;
  readonly bold: PDFFont;
}

export interface PlacedRun {
  readonly text: string;
  readonly font: PDFFont;
  /** From the start of the line, in points. */
  readonly x: number;
}

const MAX_WORD = 400;

/** Lines no wider than `width` points; words that are wider by themselves are cut. */
export function wrapRuns(
  runs: readonly Run[],
  options: { fonts: LetterFonts; size: number; width: number },
): PlacedRun[][] {
  const lines: PlacedRun[][] = [[]];
  let x = 0;
  for (const word of words(runs, options)) {
    if (word.isSpace) {
      if (x > 0) x += word.width;
      continue;
    }
    if (x > 0 && x + word.width > options.width) {
      lines.push([]);
      x = 0;
    }
    for (const piece of word.pieces) {
      lines.at(-1)?.push({ text: piece.text, font: piece.font, x });
      x += piece.width;
    }
  }
  return lines;
}

interface Piece {
  readonly text: string;
  readonly font: PDFFont;
  readonly width: number;
}

interface Word {
  readonly isSpace: boolean;
  readonly pieces: readonly Piece[];
  readonly width: number;
}

/** Spaces and what stands between them; a word may change its weight within. */
function* words(
  runs: readonly Run[],
  options: { fonts: LetterFonts; size: number; width: number },
): Generator<Word> {
  let pieces: Piece[] = [];
  const flush = function* (): Generator<Word> {
    if (pieces.length > 0) yield { isSpace: false, pieces, width: sum(pieces) };
    pieces = [];
  };
  for (const { text, isBold } of runs) {
    const font = isBold ? options.fonts.bold : options.fonts.regular;
    for (const token of printable(text, font).split(/( +)/)) {
      if (token === '') continue;
      if (token[0] === ' ') {
        yield* flush();
        const width = font.widthOfTextAtSize(' ', options.size);
        yield { isSpace: true, pieces: [], width };
        continue;
      }
      for (const part of cutToWidth(token, font, options)) {
        if (part.isCut) yield* flush();
        pieces.push(part.piece);
      }
    }
  }
  yield* flush();
}

/** A token in parts that fit on a line; nearly always one. */
function* cutToWidth(
  token: string,
  font: PDFFont,
  { size, width }: { size: number; width: number },
): Generator<{ piece: Piece; isCut: boolean }> {
  let isCut = false;
  for (let start = 0; start < token.length; ) {
    let text = token.slice(start, start + MAX_WORD);
    let textWidth = font.widthOfTextAtSize(text, size);
    while (textWidth > width && text.length > 1) {
      const fits = Math.max(1, Math.floor((text.length * width) / textWidth) - 1);
      text = text.slice(0, Math.min(fits, text.length - 1));
      textWidth = font.widthOfTextAtSize(text, size);
    }
    yield { piece: { text, font, width: textWidth }, isCut };
    isCut = true;
    start += text.length;
  }
}

const glyphs = new WeakMap<PDFFont, Set<number>>();

/** What the font has no picture of becomes a question mark, so that it shows that something is missing. */
export function printable(text: string, font: PDFFont): string {
  let known = glyphs.get(font);
  if (known === undefined) {
    known = new Set(font.getCharacterSet());
    glyphs.set(font, known);
  }
  let result = '';
  for (const character of text.replace(/\s/g, ' ')) {
    const code = character.codePointAt(0) ?? 0;
    if (known.has(code)) result += character;
    else if (code === 0x2011) result += '-';
    else if (!/\p{Cf}|\p{Cc}/u.test(character)) result += '?';
  }
  return result;
}

function sum(pieces: readonly Piece[]): number {
  return pieces.reduce((total, piece) => total + piece.width, 0);
}
