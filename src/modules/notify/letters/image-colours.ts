// Pictures of a letter in RGB, made CMYK. PDFium draws each by itself, dot by dot, so every encoding it reads will do.
import { deflateSync } from 'node:zlib';
import { PDFDocument, PDFName, PDFNumber, PDFObjectCopier, PDFRawStream } from '@cantoo/pdf-lib';
import { openPdf, type Pdfium } from './pdf-reader.ts';

/** An A4 page at 300 dots to the inch; a picture with more is made smaller. */
const MOST_PIXELS = 8_700_000;

/** The same picture in CMYK; undefined when it cannot be drawn. */
export async function toCmykImage(
  pdfium: Pdfium,
  document: PDFDocument,
  image: PDFRawStream,
): Promise<PDFRawStream | undefined> {
  const size = sizeOf(image);
  if (!size) return undefined;
  const pixels = await draw(pdfium, document, image, size);
  if (!pixels) return undefined;
  const bytes = deflateSync(toInks(pixels));
  const entries: Record<string, string | number> = {
    Type: 'XObject',
    Subtype: 'Image',
    Width: size.width,
    Height: size.height,
    ColorSpace: 'DeviceCMYK',
    BitsPerComponent: 8,
    Filter: 'FlateDecode',
    Length: bytes.length,
  };
  const dict = document.context.obj(entries);
  for (const name of ['SMask', 'Mask', 'Interpolate', 'Intent']) {
    const kept = image.dict.get(PDFName.of(name));
    if (kept) dict.set(PDFName.of(name), kept);
  }
  return PDFRawStream.of(dict, bytes);
}

interface Size {
  width: number;
  height: number;
}

function sizeOf(image: PDFRawStream): Size | undefined {
  const [width, height] = ['Width', 'Height'].map((name) => {
    const value = image.dict.lookup(PDFName.of(name));
    return value instanceof PDFNumber ? value.asNumber() : 0;
  });
  if (!width || !height || width < 1 || height < 1) return undefined;
  const scale = Math.min(1, Math.sqrt(MOST_PIXELS / (width * height)));
  return { width: Math.max(1, Math.floor(width * scale)), height: Math.max(1, Math.floor(height * scale)) };
}

/** BGRA, on a page of its own as large as it; masks stay with the picture, they are no colour. */
async function draw(
  pdfium: Pdfium,
  document: PDFDocument,
  image: PDFRawStream,
  { width, height }: Size,
): Promise<Uint8Array | undefined> {
  const single = await PDFDocument.create();
  const dict = image.dict.clone();
  for (const name of ['SMask', 'Mask', 'Metadata', 'OC']) dict.delete(PDFName.of(name));
  const copy = PDFObjectCopier.for(document.context, single.context).copy(
    PDFRawStream.of(dict, image.contents),
  );
  const page = single.addPage([width, height]);
  page.node.setXObject(PDFName.of('Image'), single.context.register(copy));
  const content = single.context.stream(`${width} 0 0 ${height} 0 0 cm /Image Do`);
  page.node.set(PDFName.of('Contents'), single.context.register(content));
  using opened = openPdf(pdfium, await single.save({ useObjectStreams: false }));
  return opened?.render(0, { width, height });
}

function toInks(pixels: Uint8Array): Uint8Array {
  const inks = new Uint8Array(pixels.length);
  for (let place = 0; place < pixels.length; place += 4) {
    const blue = pixels[place] ?? 0;
    const green = pixels[place + 1] ?? 0;
    const red = pixels[place + 2] ?? 0;
    const lightest = Math.max(red, green, blue);
    inks[place + 3] = 255 - lightest;
    // Nothing but black ink where there is no light at all.
    if (lightest === 0) continue;
    inks[place] = Math.round(((lightest - red) * 255) / lightest);
    inks[place + 1] = Math.round(((lightest - green) * 255) / lightest);
    inks[place + 2] = Math.round(((lightest - blue) * 255) / lightest);
  }
  return inks;
}
