// Fonts that a letter names and does not hold (public API 6.6.5). The printer would take whatever it has for them; here each
// gets a font with the same measures: Liberation Sans and Arimo for Helvetica and Arial, those of PDFium for Times, Courier,
// Symbol and Dingbats. Fonts of other names get the nearest of these, by what the file says of them, and keep the widths it gives.
import { readFile } from 'node:fs/promises';
import {
  PDFArray,
  type PDFContext,
  PDFDict,
  type PDFDocument,
  PDFName,
  PDFNumber,
  type PDFObject,
  PDFRawStream,
  type PDFRef,
  StandardFontEmbedder,
} from '@cantoo/pdf-lib';
import * as fontkit from 'fontkit';
import { STANDARD_DIFFERENCES } from './font-encodings-data.ts';
import { withOutlinesOf } from './font-outlines.ts';

const name = PDFName.of;
const FOLDER = new URL('./fonts/', import.meta.url);
const DEEPEST = 12;

type Style = 'regular' | 'bold' | 'italic' | 'boldItalic';
type Family = 'sans' | 'serif' | 'fixed' | 'symbol' | 'dingbats';

interface Face {
  /** As the standard of PDF calls the font of these measures. */
  readonly standard: string;
  readonly file: string;
  readonly postScriptName: string;
}

const face = (standard: string, file: string): Face => ({
  standard,
  file,
  postScriptName: `SGNBOX+${file.replace(/\..*$/, '')}`,
});
const FACES: Readonly<Record<Exclude<Family, 'symbol' | 'dingbats'>, Readonly<Record<Style, Face>>>> = {
  sans: {
    regular: face('Helvetica', 'LiberationSans-Regular.ttf'),
    bold: face('Helvetica-Bold', 'LiberationSans-Bold.ttf'),
    italic: face('Helvetica-Oblique', 'Arimo-Italic.ttf'),
    boldItalic: face('Helvetica-BoldOblique', 'Arimo-BoldItalic.ttf'),
  },
  serif: {
    regular: face('Times-Roman', 'FoxitSerif.cff'),
    bold: face('Times-Bold', 'FoxitSerifBold.cff'),
    italic: face('Times-Italic', 'FoxitSerifItalic.cff'),
    boldItalic: face('Times-BoldItalic', 'FoxitSerifBoldItalic.cff'),
  },
  fixed: {
    regular: face('Courier', 'FoxitFixed.cff'),
    bold: face('Courier-Bold', 'FoxitFixedBold.cff'),
    italic: face('Courier-Oblique', 'FoxitFixedItalic.cff'),
    boldItalic: face('Courier-BoldOblique', 'FoxitFixedBoldItalic.cff'),
  },
};
const SYMBOL = face('Symbol', 'FoxitSymbol.cff');
const DINGBATS = face('ZapfDingbats', 'FoxitDingbats.cff');

/** Bits of the flags of a font descriptor (PDF 32000-1, 9.8.2). */
const FIXED = 1;
const SERIF = 1 << 1;
const SYMBOLIC = 1 << 2;
const NONSYMBOLIC = 1 << 5;
const ITALIC = 1 << 6;
const FORCE_BOLD = 1 << 18;

/**
 * Embeds what stands for each font that the document names without holding it; returns the names of those that nothing
 * stands for: fonts of characters that are no Latin letters, and such as are addressed by the numbers of their glyphs.
 */
export async function embedMissingFonts(document: PDFDocument): Promise<Set<string>> {
  const left = new Set<string>();
  const programs = new Map<Face, PDFRef>();
  for (const font of findFonts(document.context)) {
    if (isEmbedded(font)) continue;
    const stand = findStandIn(font);
    const encoding = stand && encodingFor(font, stand);
    if (!stand || !encoding) {
      left.add(nameOf(font));
      continue;
    }
    const program = programs.get(stand) ?? (await embedProgram(document.context, stand));
    programs.set(stand, program);
    replace(font, { stand, program, encoding });
  }
  return left;
}

/** Every dictionary of a font, wherever it stands. */
function findFonts(context: PDFContext): Set<PDFDict> {
  const fonts = new Set<PDFDict>();
  const look = (object: PDFObject | undefined, depth: number): void => {
    if (depth > DEEPEST) return;
    if (object instanceof PDFArray) for (const member of object.asArray()) look(member, depth + 1);
    const dict = object instanceof PDFRawStream ? object.dict : object;
    if (!(dict instanceof PDFDict)) return;
    if (dict.lookup(name('Type')) === name('Font') && dict.has(name('BaseFont'))) fonts.add(dict);
    for (const member of dict.values()) look(member, depth + 1);
  };
  for (const [, object] of context.enumerateIndirectObjects()) look(object, 0);
  return fonts;
}

function isEmbedded(font: PDFDict): boolean {
  const subtype = font.lookup(name('Subtype'));
  if (subtype === name('Type3')) return true;
  // What a font of two bytes holds is said by its descendant, which is found by itself.
  if (subtype === name('Type0')) return true;
  const descriptor = font.lookup(name('FontDescriptor'));
  return (
    descriptor instanceof PDFDict &&
    ['FontFile', 'FontFile2', 'FontFile3'].some((key) => descriptor.has(name(key)))
  );
}

function nameOf(font: PDFDict): string {
  const base = font.lookup(name('BaseFont'));
  return base instanceof PDFName ? base.decodeText() : '';
}

function findStandIn(font: PDFDict): Face | undefined {
  const subtype = font.lookup(name('Subtype'));
  if (subtype !== name('Type1') && subtype !== name('TrueType')) return undefined;
  const plain = nameOf(font)
    .replace(/^[A-Z]{6}\+/, '')
    .toLowerCase();
  if (/^symbol(mt)?\b/.test(plain)) return SYMBOL;
  if (/^(itc)?zapf ?dingbats/.test(plain)) return DINGBATS;
  const descriptor = font.lookup(name('FontDescriptor'));
  const facts = descriptor instanceof PDFDict ? descriptor : undefined;
  const flags = numberOf(facts, 'Flags');
  // Pictures and other scripts under the codes of letters.
  if ((flags & SYMBOLIC) !== 0 && (flags & NONSYMBOLIC) === 0 && !font.has(name('Encoding')))
    return undefined;
  const isBold =
    /bold|black|heavy|demi/.test(plain) || (flags & FORCE_BOLD) !== 0 || numberOf(facts, 'FontWeight') >= 600;
  const isItalic = /ital|obliq/.test(plain) || (flags & ITALIC) !== 0 || numberOf(facts, 'ItalicAngle') !== 0;
  const style = isBold ? (isItalic ? 'boldItalic' : 'bold') : isItalic ? 'italic' : 'regular';
  return FACES[familyOf(plain, flags)][style];
}

function familyOf(plain: string, flags: number): keyof typeof FACES {
  if (/helvetica|arial|sans/.test(plain)) return 'sans';
  if (/courier|mono|consolas|typewriter/.test(plain) || (flags & FIXED) !== 0) return 'fixed';
  return /times|roman|serif|georgia|garamond|cambria/.test(plain) || (flags & SERIF) !== 0 ? 'serif' : 'sans';
}

function numberOf(dict: PDFDict | undefined, key: string): number {
  const value = dict?.lookup(name(key));
  return value instanceof PDFNumber ? value.asNumber() : 0;
}

interface NamedCodes {
  /** What the dictionary of the font is to say. */
  entry: PDFObject;
  /** Undefined where the codes are not known here: the file has to give the widths then. */
  names: Map<number, string> | undefined;
}

/** Undefined when the widths are not to be found anywhere. */
function encodingFor(font: PDFDict, stand: Face): NamedCodes | undefined {
  const found = namedCodes(font, stand);
  return found.names || font.lookup(name('Widths')) instanceof PDFArray ? found : undefined;
}

function namedCodes(font: PDFDict, stand: Face): NamedCodes {
  const own = namesOf(stand);
  if (isPictorial(stand)) return { entry: listedCodes(font.context, undefined, own), names: own };
  const entry = font.lookup(name('Encoding'));
  const base = entry instanceof PDFDict ? entry.lookup(name('BaseEncoding')) : entry;
  const differences = entry instanceof PDFDict ? entry.lookup(name('Differences')) : undefined;
  const listed = differences instanceof PDFArray ? differences.asArray() : [];
  if (entry && base === name('MacRomanEncoding')) return { entry, names: undefined };
  const names = new Map(own);
  if (base !== name('WinAnsiEncoding'))
    for (const [code, glyph] of STANDARD_DIFFERENCES) names.set(code, glyph);
  let code = 0;
  for (const item of listed.map((one) => font.context.lookup(one))) {
    if (item instanceof PDFNumber) code = item.asNumber();
    else if (item instanceof PDFName) {
      names.set(code, item.decodeText());
      code += 1;
    }
  }
  if (entry && base === name('WinAnsiEncoding')) return { entry, names };
  // TrueType fonts know no other base, so what is different is listed.
  const changes = [...names].filter(([at, glyph]) => own.get(at) !== glyph);
  return { entry: listedCodes(font.context, 'WinAnsiEncoding', changes), names };
}

function listedCodes(
  context: PDFContext,
  base: string | undefined,
  codes: Iterable<readonly [code: number, glyph: string]>,
): PDFDict {
  const listed = [...codes].sort(([a], [b]) => a - b).flatMap(([code, glyph]) => [code, name(glyph)]);
  const encoding = context.obj({ Type: 'Encoding' });
  if (base !== undefined) encoding.set(name('BaseEncoding'), name(base));
  encoding.set(name('Differences'), context.obj(listed));
  return encoding;
}

function isPictorial(stand: Face): boolean {
  return stand === SYMBOL || stand === DINGBATS;
}

function metricsOf(stand: Face): StandardFontEmbedder {
  // Its enumeration is not exported; the names in it are those of the standard.
  return StandardFontEmbedder.for(stand.standard as Parameters<typeof StandardFontEmbedder.for>[0]);
}

/** Codes of WinAnsiEncoding, or of the font's own where it has no letters. */
function namesOf(stand: Face): Map<number, string> {
  const { encoding } = metricsOf(stand);
  return new Map(
    encoding.supportedCodePoints.map((point) => {
      const { code, name: glyph } = encoding.encodeUnicodeCodePoint(point);
      return [code, glyph];
    }),
  );
}

function replace(
  font: PDFDict,
  { stand, program, encoding }: { stand: Face; program: PDFRef; encoding: NamedCodes },
): void {
  const { context } = font;
  const isTrueType = stand.file.endsWith('.ttf');
  const metrics = metricsOf(stand).font;
  if (!(font.lookup(name('Widths')) instanceof PDFArray) && encoding.names) {
    const { names } = encoding;
    const widths = Array.from({ length: 224 }, (_, index) => {
      const glyph = names.get(index + 32);
      return (glyph && metrics.getWidthOfGlyph(glyph)) || 0;
    });
    font.set(name('FirstChar'), PDFNumber.of(32));
    font.set(name('LastChar'), PDFNumber.of(255));
    font.set(name('Widths'), context.obj(widths));
  }
  font.set(name('Subtype'), name(isTrueType ? 'TrueType' : 'Type1'));
  font.set(name('BaseFont'), name(stand.postScriptName));
  font.set(name('Encoding'), encoding.entry);
  // Under its own name a reader knew what the codes of such a font mean.
  if (isPictorial(stand) && !font.has(name('ToUnicode'))) {
    font.set(name('ToUnicode'), context.register(context.flateStream(toUnicode(stand))));
  }
  const descriptor = context.obj({
    Type: 'FontDescriptor',
    FontName: stand.postScriptName,
    Flags: flagsOf(stand),
    FontBBox: metrics.FontBBox,
    ItalicAngle: metrics.ItalicAngle,
    Ascent: metrics.Ascender || metrics.FontBBox[3],
    Descent: metrics.Descender || metrics.FontBBox[1],
    CapHeight: metrics.CapHeight || metrics.FontBBox[3],
    StemV: metrics.StdVW,
  });
  descriptor.set(name(isTrueType ? 'FontFile2' : 'FontFile3'), program);
  font.set(name('FontDescriptor'), context.register(descriptor));
}

function toUnicode(stand: Face): string {
  const { encoding } = metricsOf(stand);
  const hex = (value: number, digits: number) => value.toString(16).padStart(digits, '0');
  const pairs = encoding.supportedCodePoints.map(
    (point) => `<${hex(encoding.encodeUnicodeCodePoint(point).code, 2)}> <${hex(point, 4)}>`,
  );
  const blocks = Array.from({ length: Math.ceil(pairs.length / 100) }, (_, index) => {
    const block = pairs.slice(index * 100, index * 100 + 100);
    return `${block.length} beginbfchar\n${block.join('\n')}\nendbfchar`;
  });
  return [
    '/CIDInit /ProcSet findresource begin 12 dict begin begincmap',
    '/CMapName /SGNBOX def /CMapType 2 def',
    '1 begincodespacerange <00> <ff> endcodespacerange',
    ...blocks,
    'endcmap CMapName currentdict /CMap defineresource pop end end',
  ].join('\n');
}

function flagsOf(stand: Face): number {
  if (isPictorial(stand)) return SYMBOLIC;
  const family = /Courier/.test(stand.standard) ? FIXED : /Times/.test(stand.standard) ? SERIF : 0;
  return NONSYMBOLIC | family | (/Italic|Oblique/.test(stand.standard) ? ITALIC : 0);
}

interface Program {
  bytes: Buffer;
  entries: Readonly<Record<string, string | number>>;
}

const programs = new Map<Face, Promise<Program>>();

async function embedProgram(context: PDFContext, stand: Face): Promise<PDFRef> {
  const known = programs.get(stand) ?? readProgram(stand);
  programs.set(stand, known);
  const { bytes, entries } = await known;
  return context.register(context.flateStream(bytes, { ...entries }));
}

async function readProgram(stand: Face): Promise<Program> {
  const file = await readFile(new URL(stand.file, FOLDER));
  if (stand.file.endsWith('.cff')) return { bytes: file, entries: { Subtype: 'Type1C' } };
  const bytes = withOutlinesOf(file, latinGlyphs(file));
  return { bytes, entries: { Length1: bytes.length } };
}

/** What the encodings of PDF and the languages of these islands are written with. */
const LATIN: readonly (readonly [first: number, last: number])[] = [
  [0x20, 0x24f],
  [0x2c6, 0x2dd],
  [0x391, 0x3c9],
  [0x1e80, 0x1e85],
  [0x1ef2, 0x1ef3],
  [0x2010, 0x205e],
  [0x20a0, 0x20bf],
  [0x2100, 0x2126],
  [0x2190, 0x2195],
  [0x2200, 0x2265],
  [0x25a0, 0x25cf],
  [0xfb01, 0xfb02],
];

function latinGlyphs(file: Buffer): Set<number> {
  const font = fontkit.create(file) as fontkit.Font;
  const glyphs = new Set<number>();
  for (const [first, last] of LATIN) {
    for (let point = first; point <= last; point += 1) {
      if (font.hasGlyphForCodePoint(point)) glyphs.add(font.glyphForCodePoint(point).id);
    }
  }
  return glyphs;
}
