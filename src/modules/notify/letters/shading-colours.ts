import { PDFArray, PDFDict, PDFName, PDFNumber, type PDFObject } from '@cantoo/pdf-lib';
import { toCmyk } from './content-colours.ts';

const name = PDFName.of;
const DEEPEST = 5;

/**
 * Turns a shading of one function from RGB to CMYK where the function is a run between two colours, or several of them one
 * after the other; that is what word processors write. False when it is anything else and stays as it is.
 */
export function convertShading(shading: PDFDict): boolean {
  const run = shading.lookup(name('Function'));
  if (!(run instanceof PDFDict) || !isRun(run, 0)) return false;
  convertRun(run);
  convertColour(shading, 'Background');
  shading.set(name('ColorSpace'), name('DeviceCMYK'));
  return true;
}

/** A function may belong to several shadings: then its colours have four parts already. */
function isRun(run: PDFObject | undefined, depth: number): run is PDFDict {
  if (!(run instanceof PDFDict) || depth > DEEPEST) return false;
  const type = run.lookup(name('FunctionType'));
  if (!(type instanceof PDFNumber)) return false;
  if (type.asNumber() === 2) {
    return ['C0', 'C1'].every((key) => [3, 4].includes(colourOf(run, key)?.length ?? 0));
  }
  return type.asNumber() === 3 && partsOf(run).every((part) => isRun(part, depth + 1));
}

function convertRun(run: PDFDict): void {
  run.delete(name('Range'));
  for (const key of ['C0', 'C1']) convertColour(run, key);
  for (const part of partsOf(run)) if (part instanceof PDFDict) convertRun(part);
}

function partsOf(run: PDFDict): (PDFObject | undefined)[] {
  const parts = run.lookup(name('Functions'));
  return parts instanceof PDFArray ? parts.asArray().map((part) => run.context.lookup(part)) : [];
}

function convertColour(dict: PDFDict, key: string): void {
  const [red = 0, green = 0, blue = 0, ...rest] = colourOf(dict, key) ?? [0, 0, 0, 0];
  if (rest.length === 0) dict.set(name(key), dict.context.obj([...toCmyk(red, green, blue)]));
}

function colourOf(dict: PDFDict, key: string): number[] | undefined {
  const list = dict.lookup(name(key));
  if (!(list instanceof PDFArray)) return undefined;
  const numbers = list.asArray().map((part) => dict.context.lookup(part));
  return numbers.every((part) => part instanceof PDFNumber)
    ? numbers.map((part) => (part as PDFNumber).asNumber())
    : undefined;
}
