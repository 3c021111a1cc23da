import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { deflateSync } from 'node:zlib';
import { cmyk, decodePDFRawStream, PDFDict, PDFDocument, PDFName, PDFRawStream, rgb } from '@cantoo/pdf-lib';
import { rewriteColours, toCmyk } from './content-colours.ts';
import { loadPdfReader } from './pdf-reader.ts';
import { convertToCmyk } from './print-colours.ts';

const A4: [number, number] = [595.28, 841.89];
const name = PDFName.of;

describe('colours in content', () => {
  const rewrite = (content: string, spaces: string[] = []) =>
    rewriteColours(content, (space) => space === 'DeviceRGB' || spaces.includes(space));

  it('become inks, and grey black ink alone', () => {
    assert.deepEqual(toCmyk(1, 0, 0), [0, 1, 1, 0]);
    assert.deepEqual(toCmyk(0, 0, 0), [0, 0, 0, 1]);
    assert.deepEqual(toCmyk(1, 1, 1), [0, 0, 0, 0]);
    assert.deepEqual(toCmyk(0.5, 0.5, 0.5), [0, 0, 0, 0.5]);
  });

  for (const [what, content, expected] of [
    ['of text and lines', '1 0 0 rg 0 0 1 RG f', '0 1 1 0 k 1 1 0 0 K f'],
    ['in a space by its name', '/DeviceRGB cs 0 1 0 sc f', '/DeviceCMYK cs 1 0 1 0 sc f'],
    ['in a space of the resources', '/Cs1 cs .5 .5 .5 scn', '/DeviceCMYK cs 0 0 0 0.5 scn'],
    ['after what was saved', '1 0 0 rg q 0 g Q 0 0 0 sc', '0 1 1 0 k q 0 g Q 0 0 0 1 sc'],
    ['of a form that inherits its space', '1 1 1 scn', '0 0 0 0 scn'],
    ['beyond their range', '-1 2 0 rg', '1 0 1 0 k'],
  ] as const) {
    it(`are converted ${what}`, () => assert.equal(rewrite(content, ['Cs1']), expected));
  }

  for (const [what, content] of [
    ['in other spaces', '0.3 g 0 0 0 1 k /Lab1 cs 50 0 0 scn /P1 scn'],
    ['that are words of a text', '(1 0 0 rg \\) 0 0 1 RG (nested)) Tj <31203020> Tj'],
    ['that are comments', '% 1 0 0 rg\n0 g'],
    ['in bytes of a picture', 'BI /W 1 /H 1 ID 1 0 0 rg \n EI Q'],
    ['without their numbers', '0 0 rg (a) 0 0 rg rg'],
    ['in what is no content at all', '((((<<1 0 0'],
  ] as const) {
    it(`are left as they are ${what}`, () => assert.equal(rewrite(content), undefined));
  }

  it('are found in time that grows with the length only', () => {
    for (const part of ['(', '<', '1 ', '/a ', 'BI ', ' ID ', '<<', '1.', '.']) {
      rewrite(part.repeat(200_000));
    }
  });
});

describe('colours of a letter', () => {
  /** Everything the file says about colour, for looking into. */
  const rgbLeft = (document: PDFDocument): string[] => {
    const left: string[] = [];
    for (const [, object] of document.context.enumerateIndirectObjects()) {
      const dict = object instanceof PDFRawStream ? object.dict : object;
      if (dict instanceof PDFDict && /DeviceRGB|CalRGB/.test(dict.toString())) left.push(dict.toString());
      if (!(object instanceof PDFRawStream) || object.dict.get(name('Subtype')) === name('Image')) continue;
      const text = Buffer.from(decodePDFRawStream(object).decode()).toString('latin1');
      if (/ (rg|RG)\b/.test(text)) left.push(text);
    }
    return left;
  };
  const picture = (document: PDFDocument, entries: Record<string, string | number | object>) => {
    const bytes = deflateSync(Buffer.from([255, 0, 0, 0, 0, 0, 255, 255, 255, 0, 0, 255]));
    const dict = document.context.obj({
      Type: 'XObject',
      Subtype: 'Image',
      Width: 2,
      Height: 2,
      ColorSpace: 'DeviceRGB',
      BitsPerComponent: 8,
      Filter: 'FlateDecode',
      Length: bytes.length,
      ...entries,
    } as Record<string, string | number>);
    return document.context.register(PDFRawStream.of(dict, bytes));
  };

  it('are all in inks afterwards, pictures and shadings too, and look as before', async () => {
    const made = await PDFDocument.create();
    const page = made.addPage(A4);
    page.drawText('Red', { x: 100, y: 500, color: rgb(1, 0, 0) });
    page.drawRectangle({ x: 100, y: 300, width: 50, height: 50, color: rgb(0, 0, 0) });
    page.node.setXObject(name('Picture'), picture(made, {}));
    const shading = made.context.obj({
      ShadingType: 2,
      ColorSpace: 'DeviceRGB',
      Coords: [0, 0, 100, 0],
      Extend: [true, true],
      Function: { FunctionType: 2, Domain: [0, 1], C0: [0, 0, 0], C1: [1, 1, 1], N: 1 },
    });
    page.node.Resources()?.set(name('Shading'), made.context.obj({ Sh1: made.context.register(shading) }));
    page.node.addContentStream(
      made.context.register(
        made.context.stream('q 40 0 0 40 300 300 cm /Picture Do Q q 0 0 20 20 re W n /Sh1 sh Q'),
      ),
    );
    page.node.set(name('Group'), made.context.obj({ S: 'Transparency', CS: 'DeviceRGB' }));
    const before = await made.save({ useObjectStreams: false });
    const document = await PDFDocument.load(before);
    assert.ok(rgbLeft(document).length >= 4);
    assert.deepEqual([...(await convertToCmyk(document))], []);
    const after = await document.save({ useObjectStreams: false });
    assert.deepEqual(rgbLeft(await PDFDocument.load(after)), []);

    const reader = await loadPdfReader();
    const pixelsOf = (bytes: Uint8Array) => {
      using opened = reader.open(bytes);
      assert.ok(opened);
      return opened.render(0, { width: 595, height: 842 });
    };
    const [one, other] = [pixelsOf(before), pixelsOf(after)];
    const at = (pixels: Uint8Array, x: number, y: number) => {
      const place = ((841 - y) * 595 + x) * 4;
      return [pixels[place + 2], pixels[place + 1], pixels[place]].map((value) => Number(value));
    };
    // Inks show duller than light on a screen, by how much is for PDFium to say; black, white and hue stay.
    for (const [x, y] of [
      [125, 325],
      [310, 330],
      [330, 330],
      [310, 310],
      [330, 310],
      [500, 700],
    ] as const) {
      const [was, is] = [at(one, x, y), at(other, x, y)];
      for (const [channel, value] of was.entries()) {
        assert.ok(Math.abs(value - (is[channel] ?? 0)) < 110, `${x} ${y}: ${was} ${is}`);
      }
    }
  });

  it('are in inks where a mask, a table or a mesh says them, too', async () => {
    const made = await PDFDocument.create();
    const page = made.addPage(A4);
    page.drawRectangle({ x: 100, y: 300, width: 300, height: 300, color: cmyk(0, 0, 1, 0) });
    // Its black dot is not painted, so the yellow behind it shows.
    page.node.setXObject(name('Masked'), picture(made, { Mask: [0, 0, 0, 0, 0, 0] }));
    const soft = made.context.flateStream(Buffer.from([255, 128, 255, 255]), {
      Type: 'XObject',
      Subtype: 'Image',
      Width: 2,
      Height: 2,
      ColorSpace: 'DeviceGray',
      BitsPerComponent: 8,
      Matte: [0, 0, 0],
    });
    page.node.setXObject(name('Mixed'), picture(made, { SMask: made.context.register(soft) }));
    const table = made.context.flateStream(Buffer.from([255, 0, 0, 0, 0, 255]), {
      FunctionType: 0,
      Domain: [0, 1],
      Range: [0, 1, 0, 1, 0, 1],
      Size: [2],
      BitsPerSample: 8,
    });
    const sampled = {
      ShadingType: 2,
      ColorSpace: 'DeviceRGB',
      Coords: [0, 0, 100, 0],
      Function: made.context.register(table),
    };
    const vertex = (x: number, y: number, colour: number[]) => [0, x, y, ...colour];
    const mesh = {
      ColorSpace: 'DeviceRGB',
      BitsPerCoordinate: 8,
      BitsPerComponent: 8,
      BitsPerFlag: 8,
      Decode: [0, 100, 0, 100, 0, 1, 0, 1, 0, 1],
    };
    const triangle = made.context.flateStream(
      Buffer.from([
        ...vertex(0, 0, [255, 0, 0]),
        ...vertex(255, 0, [255, 0, 0]),
        ...vertex(0, 255, [255, 0, 0]),
      ]),
      { ...mesh, ShadingType: 4 },
    );
    const corners = [
      0, 0, 0, 85, 0, 170, 0, 255, 85, 255, 170, 255, 255, 255, 255, 170, 255, 85, 255, 0, 170, 0, 85, 0,
    ];
    const patch = made.context.flateStream(
      Buffer.from([0, ...corners, ...[0, 1, 2, 3].flatMap(() => [0, 0, 255])]),
      { ...mesh, ShadingType: 6 },
    );
    const shadings = {
      Sampled: sampled,
      Triangle: made.context.register(triangle),
      Patch: made.context.register(patch),
    };
    page.node.Resources()?.set(name('Shading'), made.context.obj(shadings));
    const drawn = [
      'q 100 0 0 100 100 400 cm /Masked Do Q',
      'q 100 0 0 100 250 400 cm /Mixed Do Q',
      'q 1 0 0 1 50 50 cm 0 0 100 20 re W n /Sampled sh Q',
      'q 1 0 0 1 200 50 cm /Triangle sh Q',
      'q 1 0 0 1 350 50 cm /Patch sh Q',
    ];
    page.node.addContentStream(made.context.register(made.context.stream(drawn.join(' '))));
    const before = await made.save({ useObjectStreams: false });
    const document = await PDFDocument.load(before);
    assert.deepEqual([...(await convertToCmyk(document))], []);
    const after = await document.save({ useObjectStreams: false });
    assert.deepEqual(rgbLeft(await PDFDocument.load(after)), []);
    const reader = await loadPdfReader();
    const colourAt = (bytes: Uint8Array, x: number, y: number) => {
      using opened = reader.open(bytes);
      assert.ok(opened);
      const pixels = opened.render(0, { width: 595, height: 842 });
      const place = ((841 - y) * 595 + x) * 4;
      return [pixels[place + 2], pixels[place + 1], pixels[place]].map(Number);
    };
    for (const [x, y] of [
      [125, 475],
      [175, 475],
      [125, 425],
      [175, 425],
      [275, 475],
      [325, 475],
      [55, 60],
      [145, 60],
      [220, 70],
      [400, 100],
    ] as const) {
      const [was, is] = [colourAt(before, x, y), colourAt(after, x, y)];
      for (const [channel, value] of was.entries()) {
        assert.ok(Math.abs(value - (is[channel] ?? 0)) < 110, `${x} ${y}: ${was} ${is}`);
      }
    }
  });

  it('are left where only a program says them, which is said', async () => {
    const made = await PDFDocument.create();
    const page = made.addPage(A4);
    const shading = { ShadingType: 1, ColorSpace: 'DeviceRGB', Function: { FunctionType: 4 } };
    page.node.Resources()?.set(name('Shading'), made.context.obj({ Sh1: shading }));
    const document = await PDFDocument.load(await made.save({ useObjectStreams: false }));
    assert.deepEqual([...(await convertToCmyk(document))].sort(), ['shading']);
  });

  it('stay as they are in inks and greys', async () => {
    const made = await PDFDocument.create();
    made.addPage(A4).drawRectangle({ x: 1, y: 1, width: 5, height: 5, color: cmyk(0.1, 0.2, 0.3, 0.4) });
    const before = await made.save({ useObjectStreams: false });
    const document = await PDFDocument.load(before, { updateMetadata: false });
    assert.deepEqual([...(await convertToCmyk(document))], []);
    assert.deepEqual(await document.save({ useObjectStreams: false }), before);
  });
});
