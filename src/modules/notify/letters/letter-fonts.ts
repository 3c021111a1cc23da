import { readFile } from 'node:fs/promises';
import type { PDFDocument } from '@cantoo/pdf-lib';
import * as fontkit from 'fontkit';
import type { LetterFonts } from './text-layout.ts';

// Liberation Sans has the widths of Arial, which the printer's specification asks for, and a free licence.
const FOLDER = new URL('./fonts/', import.meta.url);

let bytes: Promise<readonly [Buffer, Buffer]> | undefined;

/** Reads the font files, once. Rejects when the product is installed without them. */
export function readLetterFonts(): Promise<readonly [regular: Buffer, bold: Buffer]> {
  bytes ??= Promise.all([
    readFile(new URL('LiberationSans-Regular.ttf', FOLDER)),
    readFile(new URL('LiberationSans-Bold.ttf', FOLDER)),
  ]);
  return bytes;
}

/** The fonts of a letter, embedded with the glyphs that are used. */
export async function embedLetterFonts(document: PDFDocument): Promise<LetterFonts> {
  const [regular, bold] = await readLetterFonts();
  document.registerFontkit(fontkit);
  return {
    regular: await document.embedFont(regular, { subset: true }),
    bold: await document.embedFont(bold, { subset: true }),
  };
}
