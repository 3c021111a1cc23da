import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  decodePDFRawStream,
  PDFDict,
  PDFDocument,
  type PDFFont,
  PDFName,
  PDFRawStream,
  StandardFonts,
} from '@cantoo/pdf-lib';
import * as fontkit from 'fontkit';
import { embedMissingFonts } from './missing-fonts.ts';
import { loadPdfReader } from './pdf-reader.ts';

const A4: [number, number] = [595, 842];
const WHOLE = { left: 0, top: 0, right: 210, bottom: 297 };
const name = PDFName.of;

/** Text, fonts that are missing, and how much of each line is inked, of the first page. */
async function look(pdf: Uint8Array, lines: number) {
  const reader = await loadPdfReader();
  using opened = reader.open(pdf);
  assert.ok(opened);
  const pixels = opened.render(0, { width: A4[0] * 2, height: A4[1] * 2 });
  const inked = Array.from({ length: lines }, (_, line) => {
    let dark = 0;
    for (let y = (90 + line * 40) * 2; y < (125 + line * 40) * 2; y += 1) {
      for (let x = 0; x < A4[0] * 2; x += 1) if ((pixels[(y * A4[0] * 2 + x) * 4] ?? 255) < 128) dark += 1;
    }
    return dark;
  });
  return { text: opened.textWithin(0, WHOLE), missing: opened.fontsNotEmbedded(0), inked };
}

/** A page with a line in each font. */
async function pageOf(fonts: (document: PDFDocument) => Promise<[PDFFont, string][]>): Promise<Uint8Array> {
  const document = await PDFDocument.create();
  const page = document.addPage(A4);
  for (const [line, [font, text]] of (await fonts(document)).entries()) {
    page.drawText(text, { x: 60, y: A4[1] - 120 - line * 40, size: 24, font });
  }
  return document.save({ useObjectStreams: false });
}

async function embedded(
  pdf: Uint8Array,
): Promise<{ after: Uint8Array; left: string[]; document: PDFDocument }> {
  const document = await PDFDocument.load(pdf);
  const left = [...(await embedMissingFonts(document))];
  const after = await document.save({ useObjectStreams: false });
  return { after, left, document: await PDFDocument.load(after) };
}

function fontsOf(document: PDFDocument): PDFDict[] {
  return document.context
    .enumerateIndirectObjects()
    .map(([, object]) => object)
    .filter((object) => object instanceof PDFDict)
    .filter((dict) => dict.get(name('Type')) === name('Font'));
}

describe('fonts that a letter names without holding them', () => {
  it('are embedded, with the text in its place and to be read as before', async () => {
    const all = Object.values(StandardFonts);
    const pdf = await pageOf((document) =>
      Promise.all(
        all.map(async (standard): Promise<[PDFFont, string]> => {
          const isOther = standard === StandardFonts.Symbol || standard === StandardFonts.ZapfDingbats;
          const text = standard === StandardFonts.Symbol ? 'αβγ∑' : isOther ? '✂✈❤' : 'Smôr, £5 “café” – fin';
          return [await document.embedFont(standard), text];
        }),
      ),
    );
    const before = await look(pdf, all.length);
    assert.equal(before.missing.length, all.length);
    const { after, left } = await embedded(pdf);
    assert.deepEqual(left, []);
    const found = await look(after, all.length);
    assert.deepEqual(found.missing, []);
    assert.equal(found.text, before.text);
    for (const [line, dark] of found.inked.entries()) {
      const ratio = dark / (before.inked[line] ?? 1);
      assert.ok(ratio > 0.6 && ratio < 1.6, `${all[line]}: ${ratio}`);
    }
    // Each a few tens of kilobytes, and no letter names more than a few.
    assert.ok(after.length < 500_000, String(after.length));
  });

  it('stand for others by what the file says of these, whose widths they keep', async () => {
    const cases: [string, object, string][] = [
      ['ABCDEF+Calibri-BoldItalic', { Flags: 32 }, 'Arimo-BoldItalic'],
      ['Georgia', { Flags: 34, ItalicAngle: -12 }, 'FoxitSerifItalic'],
      ['LucidaThing', { Flags: 33 }, 'FoxitFixed'],
      ['TimesNewRomanPS-BoldMT', { Flags: 34 }, 'FoxitSerifBold'],
      ['ArialMT', { Flags: 32 }, 'LiberationSans-Regular'],
      ['CourierNewPSMT', { Flags: 33, FontWeight: 700 }, 'FoxitFixedBold'],
      ['SymbolMT', { Flags: 4 }, 'FoxitSymbol'],
    ];
    const document = await PDFDocument.create();
    const { context } = document;
    for (const [base, facts] of cases) {
      context.register(
        context.obj({
          Type: 'Font',
          Subtype: 'TrueType',
          BaseFont: base,
          Encoding: 'MacRomanEncoding',
          FirstChar: 65,
          LastChar: 66,
          Widths: [700, 650],
          FontDescriptor: context.register(context.obj({ Type: 'FontDescriptor', FontName: base, ...facts })),
        }),
      );
    }
    assert.deepEqual([...(await embedMissingFonts(document))], []);
    assert.deepEqual(
      fontsOf(document).map((font) => String(font.get(name('BaseFont'))).replace(/^\/SGNBOX\+/, '')),
      cases.map(([, , stand]) => stand),
    );
    for (const font of fontsOf(document)) assert.equal(String(font.get(name('Widths'))), '[ 700 650 ]');
  });

  it('have their codes listed where a printer would otherwise guess them', async () => {
    const document = await PDFDocument.create();
    const { context } = document;
    context.register(context.obj({ Type: 'Font', Subtype: 'Type1', BaseFont: 'Helvetica' }));
    context.register(
      context.obj({
        Type: 'Font',
        Subtype: 'Type1',
        BaseFont: 'Times-Roman',
        Encoding: { Type: 'Encoding', Differences: [65, name('wcircumflex')] },
      }),
    );
    await embedMissingFonts(document);
    const [sans, serif] = fontsOf(document);
    assert.match(String(sans?.get(name('Encoding'))), /\/Differences \[ 39 \/quoteright 96 \/quoteleft /);
    assert.match(String(serif?.get(name('Encoding'))), /65 \/wcircumflex/);
    // From 32 on: a space, and the A of Helvetica.
    const widths = String(sans?.get(name('Widths')))
      .split(' ')
      .slice(1, -1)
      .map(Number);
    assert.deepEqual([widths.length, widths[0], widths[33]], [224, 278, 667]);
  });

  it('are left where nothing can stand for them, which is said', async () => {
    const document = await PDFDocument.create();
    const { context } = document;
    const fonts = [
      { Subtype: 'CIDFontType2', BaseFont: 'MS-Gothic' },
      {
        Subtype: 'TrueType',
        BaseFont: 'Wingdings-Regular',
        FontDescriptor: { Type: 'FontDescriptor', Flags: 4 },
      },
      { Subtype: 'Type1', BaseFont: 'Helvetica', Encoding: 'MacRomanEncoding' },
    ];
    for (const font of fonts) context.register(context.obj({ Type: 'Font', ...font }));
    assert.deepEqual([...(await embedMissingFonts(document))].sort(), [
      'Helvetica',
      'MS-Gothic',
      'Wingdings-Regular',
    ]);
  });

  it('are files that other programs read', async () => {
    const pdf = await pageOf(async (document) => [
      [await document.embedFont(StandardFonts.HelveticaBold), 'Wy'],
    ]);
    const { document } = await embedded(pdf);
    const [program] = document.context
      .enumerateIndirectObjects()
      .map(([, object]) => object)
      .filter((object) => object instanceof PDFRawStream)
      .filter((stream) => stream.dict.has(name('Length1')));
    assert.ok(program);
    const font = fontkit.create(Buffer.from(decodePDFRawStream(program).decode())) as fontkit.Font;
    const [w, wWithHat, chinese] = ['W', 'Ŵ', '✈'].map((letter) => font.layout(letter).glyphs[0]);
    assert.ok((w?.path.commands.length ?? 0) > 5);
    assert.ok((wWithHat?.path.commands.length ?? 0) > (w?.path.commands.length ?? 0));
    assert.equal(chinese?.id, 0);
  });
});
