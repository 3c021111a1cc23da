// A letter is printed in CMYK (public API 6.6.5): what a file has in RGB is converted.
import {
  decodePDFRawStream,
  PDFArray,
  type PDFContext,
  PDFDict,
  type PDFDocument,
  PDFName,
  PDFNumber,
  type PDFObject,
  PDFRawStream,
  PDFRef,
} from '@cantoo/pdf-lib';
import { rewriteColours } from './content-colours.ts';
import { toCmykImage } from './image-colours.ts';
import { toCmykMesh } from './mesh-colours.ts';
import { loadPdfium } from './pdf-reader.ts';
import { convertShading } from './shading-colours.ts';

const name = PDFName.of;
/** Pictures of one letter that are converted, in the order of the file; a letter has ten pages. */
const MOST_IMAGES = 200;

/** What stays in RGB because it cannot be converted here. */
export type LeftInRgb = 'image' | 'shading';

/** Converts pictures, shadings and the colours of text and lines; returns what had to stay as it was. */
export async function convertToCmyk(document: PDFDocument): Promise<Set<LeftInRgb>> {
  const { context } = document;
  const left = new Set<LeftInRgb>();
  convertPages(document);
  let images = 0;
  for (const [ref, object] of context.enumerateIndirectObjects()) {
    if (object instanceof PDFRawStream) {
      const mesh = isRgbMesh(object.dict) ? toCmykMesh(object) : undefined;
      if (mesh) {
        context.assign(ref, mesh);
        continue;
      }
      const subtype = object.dict.lookup(name('Subtype'));
      if (subtype === name('Form') || isTilingPattern(object.dict)) convertStream(context, ref, object);
      if (subtype === name('Image') && isRgbImage(object.dict)) {
        images += 1;
        const converted = images > MOST_IMAGES ? undefined : await convertImage(document, object);
        if (converted) context.assign(ref, converted);
        else left.add('image');
      }
    }
    const dict = object instanceof PDFRawStream ? object.dict : object;
    if (dict instanceof PDFDict && !convertShadings(dict)) left.add('shading');
  }
  return left;
}

function convertPages(document: PDFDocument): void {
  const { context } = document;
  const replaced = new Set<PDFRef>();
  const kept = new Set<PDFRef>();
  for (const page of document.getPages()) {
    const { node } = page;
    const group = node.lookup(name('Group'));
    if (group instanceof PDFDict && isRgbSpace(group.lookup(name('CS')))) {
      group.set(name('CS'), name('DeviceCMYK'));
    }
    const entry = node.get(name('Contents'));
    const contents = node.Contents();
    const streams = contents instanceof PDFArray ? contents.asArray() : entry ? [entry] : [];
    const texts = streams.map((one) => textOf(context.lookup(one)));
    const rewritten = texts.includes(undefined)
      ? undefined
      : // The content may be cut into streams between any two of its words.
        rewriteColours(texts.join('\n'), spacesOf(node.Resources()));
    for (const one of streams) {
      if (one instanceof PDFRef) (rewritten === undefined ? kept : replaced).add(one);
    }
    if (rewritten === undefined) continue;
    const stream = context.flateStream(Buffer.from(rewritten, 'latin1'));
    node.set(name('Contents'), context.register(stream));
  }
  // Nothing names them any more, and a file is written with all it holds.
  for (const ref of replaced) if (!kept.has(ref)) context.delete(ref);
}

/** A form or a tile: content with resources of its own. */
function convertStream(context: PDFContext, ref: PDFRef, stream: PDFRawStream): void {
  const text = textOf(stream);
  if (text === undefined) return;
  const resources = stream.dict.lookup(name('Resources'));
  const rewritten = rewriteColours(text, spacesOf(resources instanceof PDFDict ? resources : undefined));
  if (rewritten === undefined) return;
  const converted = context.flateStream(Buffer.from(rewritten, 'latin1'));
  for (const [key, value] of stream.dict.entries()) {
    if (!['Filter', 'DecodeParms', 'Length'].includes(key.asString().slice(1)))
      converted.dict.set(key, value);
  }
  context.assign(ref, converted);
}

/** Undefined when the stream cannot be read. */
function textOf(stream: PDFObject | undefined): string | undefined {
  if (stream === undefined) return '';
  if (!(stream instanceof PDFRawStream)) return undefined;
  return Buffer.from(decodePDFRawStream(stream).decode()).toString('latin1');
}

function spacesOf(resources: PDFDict | undefined): (name: string) => boolean {
  const spaces = resources?.lookup(name('ColorSpace'));
  return (wanted) => {
    if (wanted === 'DeviceRGB') return true;
    return spaces instanceof PDFDict && isRgbSpace(spaces.lookup(name(wanted)));
  };
}

/** DeviceRGB, CalRGB, or a profile with three components. */
export function isRgbSpace(space: PDFObject | undefined): boolean {
  if (space === name('DeviceRGB')) return true;
  if (!(space instanceof PDFArray)) return false;
  const kind = space.lookup(0);
  if (kind === name('DeviceRGB') || kind === name('CalRGB')) return true;
  if (kind !== name('ICCBased')) return false;
  const profile = space.lookup(1);
  const components = profile instanceof PDFRawStream ? profile.dict.lookup(name('N')) : undefined;
  return components instanceof PDFNumber && components.asNumber() === 3;
}

function isTilingPattern(dict: PDFDict): boolean {
  const type = dict.lookup(name('PatternType'));
  return type instanceof PDFNumber && type.asNumber() === 1;
}

function isRgbMesh(dict: PDFDict): boolean {
  return dict.has(name('ShadingType')) && isRgbSpace(dict.lookup(name('ColorSpace')));
}

function isRgbImage(dict: PDFDict): boolean {
  const space = dict.lookup(name('ColorSpace'));
  if (isRgbSpace(space)) return true;
  return (
    space instanceof PDFArray &&
    (space.lookup(0) === name('Indexed') || space.lookup(0) === name('I')) &&
    isRgbSpace(space.lookup(1))
  );
}

async function convertImage(document: PDFDocument, image: PDFRawStream): Promise<PDFRawStream | undefined> {
  return toCmykImage(await loadPdfium(), document, image);
}

/** Those that an indirect object is or holds; false when one stays in RGB. */
function convertShadings(dict: PDFDict): boolean {
  const held = [dict, dict.lookup(name('Shading'))];
  const resources = dict.lookup(name('Resources'));
  if (resources instanceof PDFDict) held.push(resources.lookup(name('Shading')));
  const named = held.flatMap((one) =>
    one instanceof PDFDict && !one.has(name('ShadingType'))
      ? one.values().map((v) => dict.context.lookup(v))
      : [one],
  );
  return [...held, ...named].every((one) => {
    if (!(one instanceof PDFDict) || !one.has(name('ShadingType'))) return true;
    return !isRgbSpace(one.lookup(name('ColorSpace'))) || convertShading(one);
  });
}
