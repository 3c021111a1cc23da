import { cmyk, PDFDocument } from '@cantoo/pdf-lib';
import { checkPrecompiled, type PrecompiledCheck } from './check-precompiled.ts';
import { eraseText } from './erase-text.ts';
import { plainRun } from './letter-content.ts';
import { embedLetterFonts, readLetterFonts } from './letter-fonts.ts';
import { ADDRESS_WINDOW, PAGE_HEIGHT_MM, points, TAG_TEXT } from './letter-page.ts';
import { embedMissingFonts } from './missing-fonts.ts';
import { convertToCmyk, type LeftInRgb } from './print-colours.ts';
import { wrapRuns } from './text-layout.ts';

export type SanitisedLetter =
  | (Extract<PrecompiledCheck, { status: 'passed' }> & {
      readonly pdf: Uint8Array;
      /** What the printer gets in RGB all the same. */
      readonly leftInRgb: readonly LeftInRgb[];
      /** Those alone that nothing here could stand for. */
      readonly fontsNotEmbedded: readonly string[];
    })
  | Extract<PrecompiledCheck, { status: 'failed' }>;

const ADDRESS_SIZE = 8;
const ADDRESS_LEADING = 10.4;

/**
 * A precompiled letter made ready for the printer (public API 6.6.5): checked, its address written anew as it was
 * understood, its colours in CMYK, its missing fonts embedded, and with the printer's mark. Rejects only for faults of ours. A hostile file can keep it busy for ever: call
 * `LetterWorkshop.sanitise`, which does this in a thread.
 */
export async function rewritePrecompiled(
  pdf: Uint8Array,
  options: { internationalLetters: boolean },
): Promise<SanitisedLetter> {
  const check = await checkPrecompiled(pdf, options);
  if (check.status === 'failed') return check;
  await readLetterFonts();
  // What cannot be taken out is covered all the same.
  const erased = await eraseText(pdf, ADDRESS_WINDOW);
  const rewritten = await rewriteFile(erased ?? pdf, check);
  return rewritten ? { ...check, ...rewritten } : { status: 'failed', message: 'unable-to-read-the-file' };
}

/** Undefined for a file that PDFium could mend and this library cannot. */
async function rewriteFile(
  pdf: Uint8Array,
  check: Extract<PrecompiledCheck, { status: 'passed' }>,
): Promise<{ pdf: Uint8Array; leftInRgb: LeftInRgb[]; fontsNotEmbedded: string[] } | undefined> {
  try {
    const document = await PDFDocument.load(pdf, { updateMetadata: false });
    // Before anything is added: what is written here is in CMYK.
    const leftInRgb = await convertToCmyk(document);
    // Only what text is written in: forms name fonts for whoever might fill them in.
    const missing = check.fontsNotEmbedded.length > 0 ? await embedMissingFonts(document) : new Set<string>();
    await rewriteAddress(document, check.address.normalisedLines);
    return {
      pdf: await document.save({ useObjectStreams: false }),
      leftInRgb: [...leftInRgb],
      fontsNotEmbedded: check.fontsNotEmbedded.filter((font) => missing.has(font)),
    };
  } catch {
    // The library throws a different error for each way a file can be broken, some of them only when it is used.
    return undefined;
  }
}

async function rewriteAddress(document: PDFDocument, lines: readonly string[]): Promise<void> {
  const page = document.getPage(0);
  const fonts = await embedLetterFonts(document);
  const top = page.getHeight() || points(PAGE_HEIGHT_MM);
  const width = points(ADDRESS_WINDOW.right - ADDRESS_WINDOW.left);
  page.drawRectangle({
    x: points(ADDRESS_WINDOW.left),
    y: top - points(ADDRESS_WINDOW.bottom),
    width,
    height: points(ADDRESS_WINDOW.bottom - ADDRESS_WINDOW.top),
    color: cmyk(0, 0, 0, 0),
  });
  let y = top - points(ADDRESS_WINDOW.top) - ADDRESS_LEADING;
  for (const line of lines) {
    const [first = []] = wrapRuns(plainRun(line), { fonts, size: ADDRESS_SIZE, width });
    for (const { text, font, x } of first) {
      page.drawText(text, {
        x: points(ADDRESS_WINDOW.left) + x,
        y,
        size: ADDRESS_SIZE,
        font,
        color: cmyk(0, 0, 0, 1),
      });
    }
    y -= ADDRESS_LEADING;
  }
  const tag = { x: points(7), y: top - points(6), size: 6, font: fonts.regular, color: cmyk(0, 0, 0, 0) };
  page.drawText(TAG_TEXT, tag);
}
