// Shadings by triangles and patches have their colours among their points (PDF 32000-1, 8.7.4.5.5 to 8.7.4.5.8).
import {
  decodePDFRawStream,
  PDFArray,
  type PDFDict,
  PDFName,
  PDFNumber,
  type PDFRawStream,
} from '@cantoo/pdf-lib';
import { createBitReader, createBitWriter } from './bits.ts';
import { toCmyk } from './content-colours.ts';

const name = PDFName.of;
const MOST_BYTES = 4_000_000;

/** How many points and colours follow each flag, by the type of the shading; the flag of a patch that goes on is not 0. */
const PARTS: Readonly<Record<number, (flag: number) => readonly [points: number, colours: number]>> = {
  4: () => [1, 1],
  5: () => [1, 1],
  6: (flag) => (flag === 0 ? [12, 4] : [8, 2]),
  7: (flag) => (flag === 0 ? [16, 4] : [12, 2]),
};

/** The same shading in CMYK; undefined for one whose colours are not among its points, or that cannot be read. */
export function toCmykMesh(mesh: PDFRawStream): PDFRawStream | undefined {
  const { dict } = mesh;
  const type = numberOf(dict, 'ShadingType');
  const parts = PARTS[type];
  const limits = numbersOf(dict, 'Decode');
  if (!parts || limits.length !== 10 || dict.has(name('Function'))) return undefined;
  const [flagBits, pointBits, colourBits] = ['BitsPerFlag', 'BitsPerCoordinate', 'BitsPerComponent'].map(
    (key) => numberOf(dict, key),
  ) as [number, number, number];
  if (pointBits < 1 || pointBits > 32 || colourBits < 1 || colourBits > 16) return undefined;
  const content = decodePDFRawStream(mesh).decode();
  if (content.length > MOST_BYTES) return undefined;
  const reader = createBitReader(content);
  const writer = createBitWriter();
  for (;;) {
    const flag = type === 5 ? 0 : reader.read(flagBits);
    if (flag === undefined) break;
    const [points, colours] = parts(flag & 3);
    const places = Array.from({ length: points * 2 }, () => reader.read(pointBits));
    const values = Array.from({ length: colours * 3 }, () => reader.read(colourBits));
    reader.align();
    // Half a point at the end is none.
    if ([...places, ...values].includes(undefined)) break;
    if (type !== 5) writer.write(flag, flagBits);
    for (const place of places) writer.write(place ?? 0, pointBits);
    for (let colour = 0; colour < colours; colour += 1) {
      const [red, green, blue] = [0, 1, 2].map((part) => {
        const [low = 0, high = 1] = limits.slice(4 + part * 2, 6 + part * 2);
        return clamped(low + ((values[colour * 3 + part] ?? 0) * (high - low)) / (2 ** colourBits - 1));
      }) as [number, number, number];
      for (const ink of toCmyk(red, green, blue)) writer.write(Math.round(ink * 255), 8);
    }
    writer.align();
  }
  const converted = dict.context.flateStream(writer.bytes());
  for (const [key, value] of dict.entries()) {
    if (!['Filter', 'DecodeParms', 'Length'].includes(key.asString().slice(1)))
      converted.dict.set(key, value);
  }
  converted.dict.set(name('ColorSpace'), name('DeviceCMYK'));
  converted.dict.set(name('BitsPerComponent'), PDFNumber.of(8));
  converted.dict.set(name('Decode'), dict.context.obj([...limits.slice(0, 4), 0, 1, 0, 1, 0, 1, 0, 1]));
  converted.dict.delete(name('Background'));
  return converted;
}

export function clamped(light: number): number {
  return Math.min(1, Math.max(0, light));
}

export function numberOf(dict: PDFDict, key: string): number {
  const value = dict.lookup(name(key));
  return value instanceof PDFNumber ? value.asNumber() : 0;
}

/** Empty for anything but a list of numbers. */
export function numbersOf(dict: PDFDict, key: string): number[] {
  const list = dict.lookup(name(key));
  if (!(list instanceof PDFArray)) return [];
  const members = list.asArray().map((member) => dict.context.lookup(member));
  return members.every((member) => member instanceof PDFNumber)
    ? members.map((member) => (member as PDFNumber).asNumber())
    : [];
}
