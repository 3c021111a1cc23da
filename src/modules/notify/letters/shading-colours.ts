import {
  decodePDFRawStream,
  PDFArray,
  PDFDict,
  PDFName,
  PDFNumber,
  type PDFObject,
  PDFRawStream,
} from '@cantoo/pdf-lib';
import { createBitReader } from './bits.ts';
import { toCmyk } from './content-colours.ts';
import { clamped, numberOf, numbersOf } from './mesh-colours.ts';

const name = PDFName.of;
const DEEPEST = 5;
const MOST_SAMPLES = 1_000_000;

/**
 * Turns a shading of one function from RGB to CMYK where the function is a run between two colours, a table of colours, or
 * several of them one after the other; that is what word processors and drawing programs write. False when it is anything
 * else and stays as it is.
 */
export function convertShading(shading: PDFDict): boolean {
  const run = shading.lookup(name('Function'));
  if (!isRun(run, 0)) return false;
  convertRun(run);
  convertColour(shading, 'Background');
  shading.set(name('ColorSpace'), name('DeviceCMYK'));
  return true;
}

type Run = PDFDict | PDFRawStream;

/** A function may belong to several shadings: then its colours have four parts already. */
function isRun(run: PDFObject | undefined, depth: number): run is Run {
  if (depth > DEEPEST) return false;
  if (run instanceof PDFRawStream) return isTable(run.dict);
  if (!(run instanceof PDFDict)) return false;
  const type = numberOf(run, 'FunctionType');
  if (type === 2) return ['C0', 'C1'].every((key) => [3, 4].includes(numbersOf(run, key).length));
  return type === 3 && partsOf(run).every((part) => isRun(part, depth + 1));
}

function isTable(dict: PDFDict): boolean {
  if (!(dict.lookup(name('FunctionType')) instanceof PDFNumber) || numberOf(dict, 'FunctionType') !== 0)
    return false;
  const samples = numbersOf(dict, 'Size').reduce((product, size) => product * size, 1);
  const bits = numberOf(dict, 'BitsPerSample');
  return (
    [6, 8].includes(numbersOf(dict, 'Range').length) && samples <= MOST_SAMPLES && bits >= 1 && bits <= 32
  );
}

function convertRun(run: Run): void {
  if (run instanceof PDFRawStream) {
    convertTable(run);
    return;
  }
  run.delete(name('Range'));
  for (const key of ['C0', 'C1']) convertColour(run, key);
  for (const part of partsOf(run))
    if (part instanceof PDFDict || part instanceof PDFRawStream) convertRun(part);
}

/** The table is written anew in its place. */
function convertTable(table: PDFRawStream): void {
  const { dict } = table;
  const { context } = dict;
  const range = numbersOf(dict, 'Range');
  const ref = context.getObjectRef(table);
  if (range.length !== 6 || !ref) return;
  const decode = numbersOf(dict, 'Decode');
  const bits = numberOf(dict, 'BitsPerSample');
  const samples = numbersOf(dict, 'Size').reduce((product, size) => product * size, 1);
  const reader = createBitReader(decodePDFRawStream(table).decode());
  const inks = Buffer.alloc(samples * 4);
  for (let sample = 0; sample < samples; sample += 1) {
    const [red, green, blue] = [0, 1, 2].map((part) => {
      const [low = 0, high = 1] = (decode.length === 6 ? decode : range).slice(part * 2, part * 2 + 2);
      return clamped(low + ((reader.read(bits) ?? 0) * (high - low)) / (2 ** bits - 1));
    }) as [number, number, number];
    for (const [part, ink] of toCmyk(red, green, blue).entries())
      inks[sample * 4 + part] = Math.round(ink * 255);
  }
  const converted = context.flateStream(inks);
  for (const [key, value] of dict.entries()) {
    if (!['Filter', 'DecodeParms', 'Length', 'Decode'].includes(key.asString().slice(1)))
      converted.dict.set(key, value);
  }
  converted.dict.set(name('BitsPerSample'), PDFNumber.of(8));
  converted.dict.set(name('Range'), context.obj([0, 1, 0, 1, 0, 1, 0, 1]));
  context.assign(ref, converted);
}

function partsOf(run: PDFDict): (PDFObject | undefined)[] {
  const parts = run.lookup(name('Functions'));
  return parts instanceof PDFArray ? parts.asArray().map((part) => run.context.lookup(part)) : [];
}

function convertColour(dict: PDFDict, key: string): void {
  const colour = numbersOf(dict, key);
  const [red = 0, green = 0, blue = 0] = colour;
  if (colour.length === 3) dict.set(name(key), dict.context.obj([...toCmyk(red, green, blue)]));
}
