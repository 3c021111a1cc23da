// Pictures of a letter in RGB, made CMYK. PDFium draws each by itself, dot by dot, so every encoding it reads will do.
import { deflateSync } from 'node:zlib';
import {
  PDFArray,
  type PDFDict,
  PDFDocument,
  PDFName,
  PDFNumber,
  type PDFObject,
  PDFObjectCopier,
  PDFRawStream,
} from '@cantoo/pdf-lib';
import { openPdf, type Pdfium } from './pdf-reader.ts';

const name = PDFName.of;
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
  if (isMaskedByColour(image.dict)) return toCmykWithMask(pdfium, document, image, size);
  const pixels = await draw(pdfium, document, image, size);
  if (!pixels) return undefined;
  return makeImage(document, { size, space: 'DeviceCMYK', bytes: toInks(pixels) }, [
    ...keptOf(image, ['SMask', 'Mask']),
    ...keptOf(image, ['Interpolate', 'Intent']),
  ]);
}

/** Colours that are not painted, or that a mask was mixed into, say what is seen through in RGB. */
function isMaskedByColour(dict: PDFDict): boolean {
  const softMask = dict.lookup(name('SMask'));
  return (
    dict.lookup(name('Mask')) instanceof PDFArray ||
    (softMask instanceof PDFRawStream && softMask.dict.has(name('Matte')))
  );
}

/** What shows on white and on black tells how much of each dot is seen through: that becomes a mask of its own. */
async function toCmykWithMask(
  pdfium: Pdfium,
  document: PDFDocument,
  image: PDFRawStream,
  size: Size,
): Promise<PDFRawStream | undefined> {
  const onWhite = await draw(pdfium, document, image, size, '1 g');
  const onBlack = await draw(pdfium, document, image, size, '0 g');
  if (!onWhite || !onBlack) return undefined;
  const solid = new Uint8Array(onWhite.length / 4);
  const colours = new Uint8Array(onWhite.length);
  for (let dot = 0; dot < solid.length; dot += 1) {
    const place = dot * 4;
    const through = (channel: number) => (onWhite[place + channel] ?? 0) - (onBlack[place + channel] ?? 0);
    const cover = 255 - Math.max(0, Math.min(through(0), through(1), through(2)));
    solid[dot] = cover;
    for (let channel = 0; channel < 3 && cover > 0; channel += 1) {
      colours[place + channel] = Math.min(255, Math.round(((onBlack[place + channel] ?? 0) * 255) / cover));
    }
  }
  const mask = document.context.register(
    makeImage(document, { size, space: 'DeviceGray', bytes: solid }, []),
  );
  return makeImage(document, { size, space: 'DeviceCMYK', bytes: toInks(colours) }, [
    ['SMask', mask],
    ...keptOf(image, ['Interpolate', 'Intent']),
  ]);
}

type Entry = readonly [name: string, value: PDFObject];

function keptOf(image: PDFRawStream, names: readonly string[]): Entry[] {
  return names.flatMap((key): Entry[] => {
    const value = image.dict.get(name(key));
    return value ? [[key, value]] : [];
  });
}

function makeImage(
  document: PDFDocument,
  { size, space, bytes }: { size: Size; space: string; bytes: Uint8Array },
  more: readonly Entry[],
): PDFRawStream {
  const packed = deflateSync(bytes);
  const entries: Record<string, string | number> = {
    Type: 'XObject',
    Subtype: 'Image',
    Width: size.width,
    Height: size.height,
    ColorSpace: space,
    BitsPerComponent: 8,
    Filter: 'FlateDecode',
    Length: packed.length,
  };
  const dict = document.context.obj(entries);
  for (const [key, value] of more) dict.set(name(key), value);
  return PDFRawStream.of(dict, packed);
}

interface Size {
  width: number;
  height: number;
}

function sizeOf(image: PDFRawStream): Size | undefined {
  const [width, height] = ['Width', 'Height'].map((key) => {
    const value = image.dict.lookup(name(key));
    return value instanceof PDFNumber ? value.asNumber() : 0;
  });
  if (!width || !height || width < 1 || height < 1) return undefined;
  const scale = Math.min(1, Math.sqrt(MOST_PIXELS / (width * height)));
  return { width: Math.max(1, Math.floor(width * scale)), height: Math.max(1, Math.floor(height * scale)) };
}

/**
 * BGRA, on a page of its own as large as it, without its masks, which are no colour; or with them, over a `ground` that is
 * painted first.
 */
async function draw(
  pdfium: Pdfium,
  document: PDFDocument,
  image: PDFRawStream,
  { width, height }: Size,
  ground?: string,
): Promise<Uint8Array | undefined> {
  const single = await PDFDocument.create();
  const dict = image.dict.clone();
  const left = ground === undefined ? ['SMask', 'Mask', 'Metadata', 'OC'] : ['Metadata', 'OC'];
  for (const key of left) dict.delete(name(key));
  const copy = PDFObjectCopier.for(document.context, single.context).copy(
    PDFRawStream.of(dict, image.contents),
  );
  const under = ground === undefined ? '' : `${ground} 0 0 ${width} ${height} re f `;
  const page = single.addPage([width, height]);
  page.node.setXObject(name('Image'), single.context.register(copy));
  const content = single.context.stream(`${under}${width} 0 0 ${height} 0 0 cm /Image Do`);
  page.node.set(name('Contents'), single.context.register(content));
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
