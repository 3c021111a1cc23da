import { PDFiumLibrary } from '@hyzyla/pdfium';
import { type Area, PAGE_HEIGHT_MM, points } from './letter-page.ts';

/** A PDF opened to look at it: sizes, text by place, pixels. Free it with `using`. */
export interface OpenPdf extends Disposable {
  readonly pageCount: number;
  /** As it is shown, rotation applied, in points. */
  pageSize(index: number): { width: number; height: number };
  /** The text within an area of a page, line by line. */
  textWithin(index: number, area: Area): string;
  /** BGRA, four bytes a pixel, on white. */
  render(index: number, size: { width: number; height: number }): Uint8Array;
  /** Names of fonts whose glyphs are not in the file, on one page. */
  fontsNotEmbedded(index: number): string[];
}

export interface PdfReader {
  /** Undefined when the bytes are no PDF, are damaged or want a password. */
  open(bytes: Uint8Array): OpenPdf | undefined;
}

/** The functions of PDFium used here; the package exports all of them but declares only some. */
export interface Pdfium {
  readonly HEAPU8: Uint8Array;
  readonly wasmExports: {
    malloc(bytes: number): number;
    free(pointer: number): void;
    /** What function pointers of the library are places in. */
    readonly __indirect_function_table: {
      get(place: number): unknown;
      set(place: number, value: unknown): void;
    };
  };
  _FPDF_LoadMemDocument(data: number, size: number, password: number): number;
  _FPDF_CloseDocument(document: number): void;
  _FPDF_GetPageCount(document: number): number;
  _FPDF_LoadPage(document: number, index: number): number;
  _FPDF_ClosePage(page: number): void;
  _FPDF_GetPageWidth(page: number): number;
  _FPDF_GetPageHeight(page: number): number;
  _FPDFText_LoadPage(page: number): number;
  _FPDFText_ClosePage(textPage: number): void;
  _FPDFText_GetBoundedText(
    textPage: number,
    left: number,
    top: number,
    right: number,
    bottom: number,
    buffer: number,
    length: number,
  ): number;
  _FPDFBitmap_CreateEx(width: number, height: number, format: number, data: number, stride: number): number;
  _FPDFBitmap_FillRect(
    bitmap: number,
    left: number,
    top: number,
    width: number,
    height: number,
    color: number,
  ): void;
  _FPDF_RenderPageBitmap(
    bitmap: number,
    page: number,
    x: number,
    y: number,
    width: number,
    height: number,
    rotate: number,
    flags: number,
  ): void;
  _FPDFBitmap_Destroy(bitmap: number): void;
  _FPDFPage_CountObjects(page: number): number;
  _FPDFPage_GetObject(page: number, index: number): number;
  _FPDFPageObj_GetType(object: number): number;
  _FPDFPageObj_GetBounds(object: number, left: number, bottom: number, right: number, top: number): number;
  _FPDFPageObj_Destroy(object: number): void;
  _FPDFPage_RemoveObject(page: number, object: number): number;
  _FPDFPage_GenerateContent(page: number): number;
  _FPDFPage_GetRotation(page: number): number;
  _FPDF_SaveAsCopy(document: number, writer: number, flags: number): number;
  _FPDFTextObj_GetFont(object: number): number;
  _FPDFFont_GetIsEmbedded(font: number): number;
  _FPDFFont_GetBaseFontName(font: number, buffer: number, length: number): number;
}

const BITMAP_BGRA = 4;
const RENDER_ANNOTATIONS = 1;
const RENDER_FOR_PRINTING = 0x800;
const TEXT_OBJECT = 1;
const MAX_OBJECTS = 20_000;
const WHITE = 0xffffffff;

let library: Promise<Pdfium> | undefined;

/** PDFium, the reader inside Chromium, as WebAssembly: what a hostile file breaks is its own memory alone. */
export async function loadPdfReader(): Promise<PdfReader> {
  const pdfium = await loadPdfium();
  return { open: (bytes) => openPdf(pdfium, bytes) };
}

/** The library itself, for what a reader does not offer. */
export async function loadPdfium(): Promise<Pdfium> {
  // The package types its module as private to the class; the functions named in `Pdfium` are reached through it only.
  library ??= PDFiumLibrary.init().then((loaded) => (loaded as unknown as { module: Pdfium }).module);
  return library;
}

export function openPdf(pdfium: Pdfium, bytes: Uint8Array): OpenPdf | undefined {
  const data = copyIn(pdfium, bytes);
  const document = pdfium._FPDF_LoadMemDocument(data, bytes.length, 0);
  if (document === 0) {
    pdfium.wasmExports.free(data);
    return undefined;
  }
  let hasTrapped = false;
  const withPage = <T>(index: number, work: (page: number) => T): T => {
    try {
      const page = pdfium._FPDF_LoadPage(document, index);
      if (page === 0) throw new PdfPageError(index);
      const result = work(page);
      pdfium._FPDF_ClosePage(page);
      return result;
    } catch (error) {
      if (isTrap(error)) {
        // Its memory is not to be trusted any more, so the next reader starts afresh and nothing is given back here.
        hasTrapped = true;
        library = undefined;
      }
      throw error;
    }
  };
  return {
    pageCount: pdfium._FPDF_GetPageCount(document),
    pageSize: (index) =>
      withPage(index, (page) => ({
        width: pdfium._FPDF_GetPageWidth(page),
        height: pdfium._FPDF_GetPageHeight(page),
      })),
    textWithin: (index, area) => withPage(index, (page) => readText(pdfium, page, area)),
    render: (index, size) => withPage(index, (page) => renderPage(pdfium, page, size)),
    fontsNotEmbedded: (index) => withPage(index, (page) => findForeignFonts(pdfium, page)),
    [Symbol.dispose]() {
      if (hasTrapped) return;
      pdfium._FPDF_CloseDocument(document);
      pdfium.wasmExports.free(data);
    },
  };
}

/** A page that the file names and that cannot be read. */
export class PdfPageError extends Error {
  constructor(index: number) {
    super(`Page ${index + 1} of the PDF cannot be read`);
    this.name = 'PdfPageError';
  }
}

/** Whether an error means that a file cannot be read: a damaged page, or a trap inside PDFium. */
export function isReadingFailure(error: unknown): boolean {
  return isTrap(error) || error instanceof PdfPageError;
}

function isTrap(error: unknown): boolean {
  return error instanceof Error && error.name === 'RuntimeError';
}

function readText(pdfium: Pdfium, page: number, area: Area): string {
  const textPage = pdfium._FPDFText_LoadPage(page);
  if (textPage === 0) return '';
  const height = pdfium._FPDF_GetPageHeight(page) || points(PAGE_HEIGHT_MM);
  const [left, right] = [points(area.left), points(area.right)];
  const [top, bottom] = [height - points(area.top), height - points(area.bottom)];
  try {
    const length = pdfium._FPDFText_GetBoundedText(textPage, left, top, right, bottom, 0, 0);
    if (length <= 0) return '';
    const buffer = pdfium.wasmExports.malloc(length * 2);
    pdfium._FPDFText_GetBoundedText(textPage, left, top, right, bottom, buffer, length);
    const text = Buffer.from(pdfium.HEAPU8.slice(buffer, buffer + length * 2)).toString('utf16le');
    pdfium.wasmExports.free(buffer);
    return text.replaceAll('\0', '').replace(/\r\n?/g, '\n');
  } finally {
    pdfium._FPDFText_ClosePage(textPage);
  }
}

function renderPage(
  pdfium: Pdfium,
  page: number,
  { width, height }: { width: number; height: number },
): Uint8Array {
  const bytes = width * height * 4;
  const data = pdfium.wasmExports.malloc(bytes);
  const bitmap = pdfium._FPDFBitmap_CreateEx(width, height, BITMAP_BGRA, data, width * 4);
  pdfium._FPDFBitmap_FillRect(bitmap, 0, 0, width, height, WHITE);
  pdfium._FPDF_RenderPageBitmap(
    bitmap,
    page,
    0,
    0,
    width,
    height,
    0,
    RENDER_ANNOTATIONS | RENDER_FOR_PRINTING,
  );
  const pixels = pdfium.HEAPU8.slice(data, data + bytes);
  pdfium._FPDFBitmap_Destroy(bitmap);
  pdfium.wasmExports.free(data);
  return pixels;
}

function findForeignFonts(pdfium: Pdfium, page: number): string[] {
  const names = new Set<string>();
  const count = Math.min(pdfium._FPDFPage_CountObjects(page), MAX_OBJECTS);
  for (let index = 0; index < count; index += 1) {
    const object = pdfium._FPDFPage_GetObject(page, index);
    if (pdfium._FPDFPageObj_GetType(object) !== TEXT_OBJECT) continue;
    const font = pdfium._FPDFTextObj_GetFont(object);
    if (font !== 0 && pdfium._FPDFFont_GetIsEmbedded(font) === 0) names.add(fontName(pdfium, font));
  }
  return [...names];
}

function fontName(pdfium: Pdfium, font: number): string {
  const length = pdfium._FPDFFont_GetBaseFontName(font, 0, 0);
  if (length <= 1) return 'unnamed';
  const buffer = pdfium.wasmExports.malloc(length);
  pdfium._FPDFFont_GetBaseFontName(font, buffer, length);
  const name = Buffer.from(pdfium.HEAPU8.slice(buffer, buffer + length - 1)).toString('utf8');
  pdfium.wasmExports.free(buffer);
  return name;
}

function copyIn(pdfium: Pdfium, bytes: Uint8Array): number {
  const pointer = pdfium.wasmExports.malloc(Math.max(bytes.length, 1));
  pdfium.HEAPU8.set(bytes, pointer);
  return pointer;
}
