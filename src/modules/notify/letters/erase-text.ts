// Takes text out of a page instead of covering it: what is under the new address of a letter must not be in the file.
import { type Area, PAGE_HEIGHT_MM, PAGE_WIDTH_MM, points } from './letter-page.ts';
import { isReadingFailure, loadPdfium, openPdf, type Pdfium } from './pdf-reader.ts';

const TEXT_OBJECT = 1;
const MAX_OBJECTS = 20_000;
/** Pixels of the comparison, to the millimetre. */
const PIXELS_PER_MM = 2;
/** Edges of letters may fall on either side of a pixel's border. */
const TOLERATED = 24;

/**
 * The file without the text that stands in an area of its first page. Undefined when there is none to take out, or when the
 * page would look different anywhere else afterwards: then the file is better left as it is.
 */
export async function eraseText(pdf: Uint8Array, area: Area): Promise<Uint8Array | undefined> {
  const pdfium = await loadPdfium();
  try {
    const erased = eraseFromFirstPage(pdfium, pdf, area);
    return erased && looksAlikeOutside(pdfium, pdf, erased, area) ? erased : undefined;
  } catch (error) {
    if (isReadingFailure(error)) return undefined;
    throw error;
  }
}

function eraseFromFirstPage(pdfium: Pdfium, pdf: Uint8Array, area: Area): Uint8Array | undefined {
  const { malloc, free } = pdfium.wasmExports;
  const data = malloc(Math.max(pdf.length, 1));
  pdfium.HEAPU8.set(pdf, data);
  const document = pdfium._FPDF_LoadMemDocument(data, pdf.length, 0);
  try {
    if (document === 0) return undefined;
    const page = pdfium._FPDF_LoadPage(document, 0);
    if (page === 0) return undefined;
    const count = pdfium._FPDFPage_GetRotation(page) === 0 ? removeTexts(pdfium, page, area) : 0;
    const isMade = count > 0 && pdfium._FPDFPage_GenerateContent(page) !== 0;
    pdfium._FPDF_ClosePage(page);
    return isMade ? save(pdfium, document) : undefined;
  } finally {
    if (document !== 0) pdfium._FPDF_CloseDocument(document);
    free(data);
  }
}

/** Removes texts whose middle is within the area; returns how many. */
function removeTexts(pdfium: Pdfium, page: number, area: Area): number {
  const { malloc, free } = pdfium.wasmExports;
  const height = pdfium._FPDF_GetPageHeight(page) || points(PAGE_HEIGHT_MM);
  const bounds = malloc(16);
  let removed = 0;
  for (let index = Math.min(pdfium._FPDFPage_CountObjects(page), MAX_OBJECTS) - 1; index >= 0; index -= 1) {
    const object = pdfium._FPDFPage_GetObject(page, index);
    if (pdfium._FPDFPageObj_GetType(object) !== TEXT_OBJECT) continue;
    if (pdfium._FPDFPageObj_GetBounds(object, bounds, bounds + 4, bounds + 8, bounds + 12) === 0) continue;
    const view = new DataView(pdfium.HEAPU8.buffer);
    const [left, bottom, right, top] = [0, 4, 8, 12].map((offset) => view.getFloat32(bounds + offset, true));
    const x = ((left ?? 0) + (right ?? 0)) / 2;
    const y = height - ((bottom ?? 0) + (top ?? 0)) / 2;
    const isWithin =
      x >= points(area.left) && x <= points(area.right) && y >= points(area.top) && y <= points(area.bottom);
    if (!isWithin || pdfium._FPDFPage_RemoveObject(page, object) === 0) continue;
    pdfium._FPDFPageObj_Destroy(object);
    removed += 1;
  }
  free(bounds);
  return removed;
}

/** The part of it that is used here: the types of Node do not have it, which Node has. */
declare const WebAssembly: {
  Module: new (bytes: Uint8Array) => object;
  Instance: new (module: object, imports: object) => { exports: Record<string, unknown> };
};

/** A module whose only function is the one it is given, so that PDFium can call it: (i32, i32, i32) -> i32. */
const TRAMPOLINE = Uint8Array.from([
  0, 97, 115, 109, 1, 0, 0, 0, 1, 8, 1, 96, 3, 127, 127, 127, 1, 127, 2, 7, 1, 1, 101, 1, 102, 0, 0, 7, 5, 1,
  1, 102, 0, 0,
]);

/** PDFium writes through a function of its table. The table is full but for the first place, which no pointer names. */
function save(pdfium: Pdfium, document: number): Uint8Array | undefined {
  const { malloc, free, __indirect_function_table: table } = pdfium.wasmExports;
  const chunks: Uint8Array[] = [];
  const f = (_writer: number, data: number, size: number): number => {
    chunks.push(pdfium.HEAPU8.slice(data, data + size));
    return 1;
  };
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(TRAMPOLINE), { e: { f } });
  const before = table.get(0);
  table.set(0, exports.f);
  const writer = malloc(8);
  try {
    // Version 1 of the structure, and the place of the function.
    new DataView(pdfium.HEAPU8.buffer).setUint32(writer, 1, true);
    new DataView(pdfium.HEAPU8.buffer).setUint32(writer + 4, 0, true);
    return pdfium._FPDF_SaveAsCopy(document, writer, 0) === 0 ? undefined : Buffer.concat(chunks);
  } finally {
    table.set(0, before);
    free(writer);
  }
}

/** Whether two files have the same pages and their first page shows the same outside an area. */
function looksAlikeOutside(pdfium: Pdfium, before: Uint8Array, after: Uint8Array, area: Area): boolean {
  using first = openPdf(pdfium, before);
  using second = openPdf(pdfium, after);
  if (!first || !second || first.pageCount !== second.pageCount) return false;
  const size = { width: PAGE_WIDTH_MM * PIXELS_PER_MM, height: PAGE_HEIGHT_MM * PIXELS_PER_MM };
  const [one, other] = [first.render(0, size), second.render(0, size)];
  for (let pixel = 0; pixel < size.width * size.height; pixel += 1) {
    const x = (pixel % size.width) / PIXELS_PER_MM;
    const y = Math.floor(pixel / size.width) / PIXELS_PER_MM;
    if (x > area.left - 1 && x < area.right + 1 && y > area.top - 1 && y < area.bottom + 1) continue;
    for (let channel = pixel * 4; channel < pixel * 4 + 3; channel += 1) {
      if (Math.abs((one[channel] ?? 0) - (other[channel] ?? 0)) > TOLERATED) return false;
    }
  }
  return true;
}
