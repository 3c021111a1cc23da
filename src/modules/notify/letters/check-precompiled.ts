import {
  type AddressErrorCode,
  findAddressProblem,
  type PostalAddress,
  readPostalAddress,
} from '../recipients/postal-address.ts';
import {
  ADDRESS_WINDOW,
  type Area,
  MAX_PAGES,
  millimetres,
  PAGE_HEIGHT_MM,
  PAGE_WIDTH_MM,
  PRINTABLE,
  SIZE_TOLERANCE_MM,
  sheetsOf,
  TAG_AREA,
  TAG_TEXT,
  WINDOW_SURROUNDINGS,
} from './letter-page.ts';
import { isReadingFailure, loadPdfReader, type OpenPdf } from './pdf-reader.ts';

export type PrecompiledErrorCode =
  | 'unable-to-read-the-file'
  | 'letter-too-long'
  | 'letter-not-a4-portrait-oriented'
  | 'content-outside-printable-area'
  | 'notify-tag-found-in-content'
  | AddressErrorCode;

/** A letter supplied as a PDF, found fit to print or not (public API 6.6.5). */
export type PrecompiledCheck =
  | {
      readonly status: 'passed';
      readonly pages: number;
      readonly sheets: number;
      readonly address: PostalAddress;
      /** Fonts the printer would have to guess. */
      readonly fontsNotEmbedded: readonly string[];
    }
  | {
      readonly status: 'failed';
      readonly message: PrecompiledErrorCode;
      /** From 1; for the messages that are about pages. */
      readonly invalidPages?: readonly number[];
      /** Undefined when the file cannot be read. */
      readonly pages?: number;
    };

/** Pixels of a page when it is looked at: about 100 to the inch. */
const PIXELS_PER_MM = 4;
const GRACE_MM = 1;
/** Marks fainter than this are not seen on paper. */
const WHITE_ENOUGH = 250;

/** Every check of a precompiled letter in its order. Never rejects for what is in the file. */
export async function checkPrecompiled(
  pdf: Uint8Array,
  options: { internationalLetters: boolean },
): Promise<PrecompiledCheck> {
  const reader = await loadPdfReader();
  using opened = reader.open(pdf);
  if (opened === undefined || opened.pageCount < 1)
    return { status: 'failed', message: 'unable-to-read-the-file' };
  try {
    return checkOpened(opened, options);
  } catch (error) {
    if (isReadingFailure(error)) return { status: 'failed', message: 'unable-to-read-the-file' };
    throw error;
  }
}

/** The address that shows through the window, as it was written. */
export function readWindow(opened: OpenPdf): string {
  return opened.textWithin(0, ADDRESS_WINDOW);
}

function checkOpened(opened: OpenPdf, options: { internationalLetters: boolean }): PrecompiledCheck {
  const pages = opened.pageCount;
  const failed = (message: PrecompiledErrorCode, invalidPages?: readonly number[]): PrecompiledCheck =>
    invalidPages ? { status: 'failed', message, invalidPages, pages } : { status: 'failed', message, pages };
  if (pages > MAX_PAGES) return failed('letter-too-long');
  const all = Array.from({ length: pages }, (_, index) => index);
  const pagesWhere = (isInvalid: (index: number) => boolean) =>
    all.filter(isInvalid).map((index) => index + 1);

  const wrongSize = pagesWhere((index) => !isA4Portrait(opened.pageSize(index)));
  if (wrongSize.length > 0) return failed('letter-not-a4-portrait-oriented', wrongSize);
  const overflowing = pagesWhere((index) => hasContentOutside(opened, index));
  if (overflowing.length > 0) return failed('content-outside-printable-area', overflowing);
  const tagged = pagesWhere((index) => index > 0 && opened.textWithin(index, TAG_AREA).trim() === TAG_TEXT);
  if (tagged.length > 0) return failed('notify-tag-found-in-content', tagged);

  const written = readWindow(opened);
  const address = readPostalAddress(written);
  if (written.trim() === '') return failed('address-is-empty', [1]);
  const problem = findAddressProblem(address, options);
  if (problem) return failed(problem.code, [1]);
  const fontsNotEmbedded = [...new Set(all.flatMap((index) => opened.fontsNotEmbedded(index)))];
  return { status: 'passed', pages, sheets: sheetsOf(pages), address, fontsNotEmbedded };
}

function isA4Portrait({ width, height }: { width: number; height: number }): boolean {
  return (
    Math.abs(millimetres(width) - PAGE_WIDTH_MM) <= SIZE_TOLERANCE_MM &&
    Math.abs(millimetres(height) - PAGE_HEIGHT_MM) <= SIZE_TOLERANCE_MM
  );
}

/** Looks at the page as it would be printed and finds marks where none may be. */
function hasContentOutside(opened: OpenPdf, index: number): boolean {
  const width = PAGE_WIDTH_MM * PIXELS_PER_MM;
  const height = PAGE_HEIGHT_MM * PIXELS_PER_MM;
  const pixels = new Uint32Array(opened.render(index, { width, height }).buffer);
  return forbiddenAreas(index === 0).some((area) => hasMarks(pixels, width, area));
}

/** The margins, and around the window of the first page; each smaller by the grace towards what is allowed. */
function forbiddenAreas(isFirst: boolean): Area[] {
  const { left, top, right, bottom } = PRINTABLE;
  const page = { left: 0, top: 0, right: PAGE_WIDTH_MM, bottom: PAGE_HEIGHT_MM };
  const margins: Area[] = [
    { ...page, right: left - GRACE_MM },
    { ...page, left: right + GRACE_MM },
    { ...page, bottom: top - GRACE_MM },
    { ...page, top: bottom + GRACE_MM },
  ];
  if (!isFirst) return margins;
  const outer = WINDOW_SURROUNDINGS;
  const [innerTop, innerBottom] = [ADDRESS_WINDOW.top - GRACE_MM, ADDRESS_WINDOW.bottom + GRACE_MM];
  const inset = { left: outer.left + GRACE_MM, right: outer.right - GRACE_MM };
  return [
    ...margins,
    { ...inset, top: outer.top + GRACE_MM, bottom: innerTop },
    { ...inset, top: innerBottom, bottom: outer.bottom - GRACE_MM },
    { left: inset.left, right: ADDRESS_WINDOW.left - GRACE_MM, top: innerTop, bottom: innerBottom },
    { left: ADDRESS_WINDOW.right + GRACE_MM, right: inset.right, top: innerTop, bottom: innerBottom },
  ];
}

function hasMarks(pixels: Uint32Array, width: number, area: Area): boolean {
  const [left, right] = [Math.ceil(area.left * PIXELS_PER_MM), Math.floor(area.right * PIXELS_PER_MM)];
  const [top, bottom] = [Math.ceil(area.top * PIXELS_PER_MM), Math.floor(area.bottom * PIXELS_PER_MM)];
  for (let y = top; y < bottom; y += 1) {
    for (let x = left; x < right; x += 1) {
      const pixel = pixels[y * width + x] ?? 0xffffffff;
      if (pixel !== 0xffffffff && isDark(pixel)) return true;
    }
  }
  return false;
}

function isDark(pixel: number): boolean {
  return (
    (pixel & 255) < WHITE_ENOUGH ||
    ((pixel >> 8) & 255) < WHITE_ENOUGH ||
    ((pixel >> 16) & 255) < WHITE_ENOUGH
  );
}
