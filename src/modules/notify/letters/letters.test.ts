import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { PDFDocument, type PDFPage, rgb, StandardFonts } from '@cantoo/pdf-lib';
import type { Postage } from '../recipients/postal-address.ts';
import { compileLetter, fillLetter } from '../templates/letter.ts';
import { checkPrecompiled } from './check-precompiled.ts';
import { letterFileName, letterFilePrefix, referenceOfFile } from './letter-file.ts';
import { ADDRESS_WINDOW, FIRST_PAGE_BODY, OTHER_PAGE_BODY, points, TAG_AREA } from './letter-page.ts';
import { letterTimings, printFolder } from './letter-timings.ts';
import { createLetterWorkshop } from './letter-workshop.ts';
import { renderPageImage } from './page-image.ts';
import { loadPdfReader } from './pdf-reader.ts';
import { type LetterToRender, letterDate, renderLetter } from './render-letter.ts';
import { rewritePrecompiled } from './rewrite-precompiled.ts';

const ADDRESS = ['A Person', '1 High Street', 'SW1A 1AA'];

function letter(body: string, change: Partial<LetterToRender> = {}): LetterToRender {
  return {
    addressLines: ADDRESS,
    contactBlock: 'A Service\n2 Low Street',
    date: new Date('2031-03-05T12:00:00Z'),
    english: { subject: 'The subject', body },
    ...change,
  };
}

/** The text of an area of a page, with line breaks as spaces. */
async function textOf(pdf: Uint8Array, page: number, area = OTHER_PAGE_BODY): Promise<string> {
  using opened = (await loadPdfReader()).open(pdf);
  assert.ok(opened);
  return opened
    .textWithin(page, area)
    .replaceAll('\n', ' ')
    .replaceAll('\u2011', '-')
    .replaceAll('\u0002', '-');
}

describe('letter timings', () => {
  interface TimingCase {
    created_at: string;
    postage: Postage;
    printed_by: string;
    earliest_delivery: string;
    estimated_delivery: string;
  }
  const text = readFileSync(new URL('testing/letter-timings.json', import.meta.url), 'utf8');
  for (const expected of (JSON.parse(text) as { cases: TimingCase[] }).cases) {
    it(`of ${expected.postage} class, made ${expected.created_at}`, () => {
      const timings = letterTimings(new Date(expected.created_at), expected.postage);
      const micro = (date: Date) => date.toISOString().replace('Z', '000Z');
      assert.deepEqual(
        [micro(timings.printedBy), micro(timings.earliestDelivery), micro(timings.estimatedDelivery)],
        [expected.printed_by, expected.earliest_delivery, expected.estimated_delivery],
      );
    });
  }

  it('change the folder at half past five by London clocks, in summer too', () => {
    assert.equal(printFolder(new Date('2026-01-07T17:29:59Z')), '2026-01-07');
    assert.equal(printFolder(new Date('2026-01-07T17:30:00Z')), '2026-01-08');
    assert.equal(printFolder(new Date('2026-07-07T16:29:59Z')), '2026-07-07');
    assert.equal(printFolder(new Date('2026-07-07T16:30:00Z')), '2026-07-08');
  });

  it('name the file of a letter', () => {
    const one = {
      reference: 'abcdefghijklmnop',
      createdAt: new Date('2026-01-07T17:30:01Z'),
      postage: 'rest-of-world',
    } as const;
    const name = letterFileName(one, { withFolder: true });
    assert.equal(name, '2026-01-08/NOTIFY.ABCDEFGHIJKLMNOP.D.N.C.20260107173001.PDF');
    assert.ok(name.startsWith(letterFilePrefix(one, { withFolder: true })));
    assert.equal(referenceOfFile(name), 'ABCDEFGHIJKLMNOP');
  });
});

describe('templated letters', () => {
  it('carry address, contact block, date, subject and text in their places', async () => {
    const { pdf, pages, sheets, isTooLong } = await renderLetter(
      letter('Dear Ann,\n\n# Next\n\n* one\n* two\n\nGo to https://docs.example.test/x - "now"'),
    );
    assert.deepEqual([pages, sheets, isTooLong], [1, 1, false]);
    assert.equal(await textOf(pdf, 0, ADDRESS_WINDOW), ADDRESS.join(' '));
    assert.equal((await textOf(pdf, 0, TAG_AREA)).trim(), 'NOTIFY');
    const body = await textOf(pdf, 0, FIRST_PAGE_BODY);
    assert.match(
      body,
      /^5 March 2031 The subject Dear Ann, Next • one • two Go to docs\.example\.test\/x – “now”$/,
    );
  });

  it('pass every check that letters supplied as PDF must pass', async () => {
    const long = `${'A sentence of some length, again and again. '.repeat(30)}\n\n`.repeat(12);
    const { pdf, pages } = await renderLetter(letter(long));
    assert.ok(pages > 1);
    const check = await checkPrecompiled(pdf, { internationalLetters: false });
    assert.partialDeepStrictEqual(check, { status: 'passed', pages, fontsNotEmbedded: [] });
  });

  it('print Welsh first, each language on pages of its own', async () => {
    const welsh = { subject: 'Y pwnc', body: 'Annwyl Ann' };
    const { pdf, pages } = await renderLetter(letter('Dear Ann', { welsh }));
    assert.equal(pages, 2);
    assert.match(await textOf(pdf, 0, FIRST_PAGE_BODY), /^5 Mawrth 2031 Y pwnc Annwyl Ann/);
    assert.match(await textOf(pdf, 1), /^The subject Dear Ann/);
    const footer = { left: 100, top: 280, right: 200, bottom: 292 };
    assert.deepEqual(
      [await textOf(pdf, 0, footer), await textOf(pdf, 1, footer)],
      ['Tudalen 1 o 2', 'Page 2 of 2'],
    );
  });

  it('break pages where they are told to, and are too long after ten', async () => {
    const pagesOf = async (count: number) => {
      const { pages, sheets, isTooLong } = await renderLetter(letter(`${'x\n\n***\n\n'.repeat(count - 1)}x`));
      return [pages, sheets, isTooLong];
    };
    assert.deepEqual(await pagesOf(10), [10, 5, false]);
    assert.deepEqual(await pagesOf(11), [11, 6, true]);
  });

  it('show the logo of the sender in its corner, drawn to fit', async () => {
    const svg =
      '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 200 20"><path d="M0 0H200V20H0z" fill="#000"/></svg>';
    const corner = async (logo?: Uint8Array) => {
      const { pdf } = await renderLetter(letter('x', logo ? { logo } : {}));
      const reader = await loadPdfReader();
      using opened = reader.open(pdf);
      assert.ok(opened);
      // The page in pixels, four to the millimetre: what is dark above the contact block, and where.
      const width = 210 * 4;
      const pixels = opened.render(0, { width, height: 297 * 4 });
      const dark = [...Array(30 * 4 * width).keys()].filter((place) => (pixels[place * 4] ?? 255) < 128);
      const columns = dark.map((place) => place % width);
      const rows = dark.map((place) => Math.floor(place / width));
      return [Math.min(...columns), Math.max(...columns), Math.min(...rows), Math.max(...rows)].map((pixel) =>
        Math.round(pixel / 4),
      );
    };
    assert.deepEqual(await corner(Buffer.from(svg)), [15, 195, 10, 28]);
    await assert.rejects(renderLetter(letter('x', { logo: Buffer.from('<svg></svg>') })), /has no size/);
  });

  it('append an attachment', async () => {
    const { pdf: attachment } = await renderLetter(letter('a\n\n***\n\nb'));
    assert.equal((await renderLetter(letter('x', { attachment }))).pages, 3);
  });

  it('draw a QR code where a paragraph asks for one', async () => {
    const dark = async (body: string) => {
      const { pdf } = await renderLetter(letter(body));
      using opened = (await loadPdfReader()).open(pdf);
      const pixels = new Uint32Array(
        opened?.render(0, { width: 420, height: 594 }).buffer ?? new ArrayBuffer(0),
      );
      return pixels.reduce((count, pixel) => count + ((pixel & 255) < 128 ? 1 : 0), 0);
    };
    const text = await dark('xqr: https://example.test/abc');
    assert.ok((await dark('QR : https://example.test/abc')) > text + 1_000);
  });

  it('are rendered whatever the content is', async () => {
    const hostile = [
      '',
      'x'.repeat(5_000),
      '😀漢\u0000\ud800\ue001',
      '* '.repeat(3_000),
      '[a](b'.repeat(1_000),
      `${'***\n\n'.repeat(200)}`,
    ];
    for (const body of hostile) {
      const rendered = await renderLetter(
        letter(body, { english: { subject: body, body }, contactBlock: body }),
      );
      assert.ok(rendered.pages >= 1);
    }
  });

  it('take their texts from the template', () => {
    const template = compileLetter({ subject: 'S ((a))', content: 'B ((a))', contactBlock: 'C ((a))' });
    assert.deepEqual(fillLetter(template, { a: ['<x>', 'y'] }), {
      english: { subject: 'S <x> and y', body: 'B \n\n* <x>\n* y' },
      welsh: undefined,
      contactBlock: 'C <x> and y',
    });
  });

  it('have dates in both languages', () => {
    assert.equal(letterDate(new Date('2026-07-31T23:30:00Z'), 'english'), '1 August 2026');
    assert.equal(letterDate(new Date('2026-07-31T23:30:00Z'), 'welsh'), '1 Awst 2026');
  });
});

describe('letters supplied as PDF', () => {
  const A4: [number, number] = [points(210), points(297)];
  const place = (page: PDFPage, text: string, x: number, y: number) =>
    page.drawText(text, { x: points(x), y: page.getHeight() - points(y), size: 9 });

  /** A letter with an address in the window, changed as the test wants. */
  async function precompiled(
    options: {
      address?: readonly string[];
      pages?: number;
      size?: [number, number];
      draw?: (pages: readonly PDFPage[], document: PDFDocument) => void;
    } = {},
  ): Promise<Uint8Array> {
    const document = await PDFDocument.create();
    const pages = Array.from({ length: options.pages ?? 1 }, () => document.addPage(options.size ?? A4));
    const font = await document.embedFont(StandardFonts.Helvetica);
    for (const page of pages) page.setFont(font);
    const [first] = pages;
    for (const [index, line] of (options.address ?? ADDRESS).entries())
      if (first) place(first, line, 26, 44 + index * 4);
    if (first) place(first, 'The text of the letter', 20, 120);
    options.draw?.(pages, document);
    return document.save();
  }
  const check = async (options: Parameters<typeof precompiled>[0], internationalLetters = false) =>
    checkPrecompiled(await precompiled(options), { internationalLetters });

  it('pass with what was read from them', async () => {
    assert.partialDeepStrictEqual(await check({ pages: 3 }), {
      status: 'passed',
      pages: 3,
      sheets: 2,
      address: { normalisedLines: ADDRESS, postcode: 'SW1A 1AA' },
      fontsNotEmbedded: ['Helvetica'],
    });
  });

  it('fail when they cannot be read', async () => {
    const whole = Buffer.from(await precompiled());
    for (const bytes of [
      Buffer.alloc(0),
      Buffer.from('hello'),
      whole.subarray(0, 300),
      Buffer.from('%PDF-1.7\n%%EOF'),
    ]) {
      assert.deepEqual(await checkPrecompiled(bytes, { internationalLetters: true }), {
        status: 'failed',
        message: 'unable-to-read-the-file',
      });
    }
  });

  it('fail for too many pages, a wrong size or orientation', async () => {
    assert.deepEqual(await check({ pages: 11 }), { status: 'failed', message: 'letter-too-long', pages: 11 });
    const wrong = {
      status: 'failed',
      message: 'letter-not-a4-portrait-oriented',
      invalidPages: [1],
      pages: 1,
    };
    assert.deepEqual(await check({ size: [A4[1], A4[0]] }), wrong);
    assert.deepEqual(await check({ size: [points(207.5), points(297)] }), wrong);
    assert.equal((await check({ size: [points(208.5), points(298)] })).status, 'passed');
    const turned = (pages: readonly PDFPage[]) =>
      pages[0]?.setRotation({ type: 'degrees', angle: 90 } as never);
    assert.deepEqual(await check({ draw: turned }), wrong);
  });

  it('fail for marks in the margins or around the window, and name the pages', async () => {
    const mark = (page: number, x: number, y: number) => (pages: readonly PDFPage[]) =>
      pages[page]?.drawRectangle({
        x: points(x),
        y: points(297 - y),
        width: 4,
        height: 4,
        color: rgb(0.5, 0.5, 0.5),
      });
    const outside = (invalidPages: number[], pages = 2) => ({
      status: 'failed',
      message: 'content-outside-printable-area',
      invalidPages,
      pages,
    });
    for (const [x, y] of [
      [5, 150],
      [200, 150],
      [100, 3],
      [100, 295],
    ] as const) {
      assert.deepEqual(await check({ pages: 2, draw: mark(1, x, y) }), outside([2]), `${x}, ${y}`);
    }
    for (const [x, y] of [
      [60, 36],
      [60, 80],
      [20, 50],
      [122, 50],
    ] as const) {
      assert.deepEqual(await check({ pages: 2, draw: mark(0, x, y) }), outside([1]), `${x}, ${y}`);
      assert.equal((await check({ pages: 2, draw: mark(1, x, y) })).status, 'passed');
    }
    assert.equal((await check({ draw: mark(0, 14.6, 150) })).status, 'passed', 'a millimetre is forgiven');
  });

  it("fail for the printer's mark on a later page", async () => {
    const draw = (pages: readonly PDFPage[]) =>
      pages[1]?.drawText('NOTIFY', { x: points(7), y: points(291), size: 6, color: rgb(1, 1, 1) });
    assert.deepEqual(await check({ pages: 2, draw }), {
      status: 'failed',
      message: 'notify-tag-found-in-content',
      invalidPages: [2],
      pages: 2,
    });
  });

  for (const [address, message, internationalLetters] of [
    [[], 'address-is-empty', false],
    [['A', 'SW1A 1AA'], 'not-enough-address-lines', false],
    [['A', '---', 'SW1A 1AA'], 'invalid-address-line-1-or-2', false],
    [['A', 'B', 'BFPO 57', 'France'], 'has-country-for-bfpo-address', true],
    [['A', 'B', 'C'], 'not-a-real-uk-postcode', false],
    [['A', 'B', 'C'], 'not-a-real-uk-postcode-or-country', true],
    [['A', 'B', 'France'], 'cant-send-international-letters', false],
    [['A', '(B)', 'SW1A 1AA'], 'invalid-char-in-address', false],
    [['A', 'NFA', 'SW1A 1AA'], 'no-fixed-abode-address', false],
  ] as const) {
    it(`fail as ${message} for ${JSON.stringify(address)}`, async () => {
      const found = await check({ address }, internationalLetters);
      assert.partialDeepStrictEqual(found, { status: 'failed', message, invalidPages: [1] });
    });
  }

  it('are made ready for the printer: address written anew, mark added', async () => {
    const address = ['A Person', '1 High  Street,', 'sw1a1aa'];
    await using workshop = createLetterWorkshop();
    const sanitised = await workshop.sanitise(await precompiled({ address, pages: 2 }), {
      internationalLetters: false,
    });
    assert.ok(sanitised.status === 'passed');
    assert.deepEqual(sanitised.address.normalisedLines, ADDRESS);
    assert.equal((await textOf(sanitised.pdf, 0, TAG_AREA)).trim(), 'NOTIFY');
    assert.match(await textOf(sanitised.pdf, 0, ADDRESS_WINDOW), /SW1A 1AA/);
    // Helvetica was only named in it.
    assert.deepEqual(sanitised.fontsNotEmbedded, []);
    const reader = await loadPdfReader();
    using opened = reader.open(sanitised.pdf);
    assert.deepEqual(opened?.fontsNotEmbedded(1), []);
    const again = await checkPrecompiled(sanitised.pdf, { internationalLetters: false });
    assert.ok(again.status === 'passed' || again.message !== 'content-outside-printable-area');
  });

  it('have nothing left of the address that was in their window', async () => {
    const address = ['A Person', '1 High  Street,', 'sw1a1aa'];
    const pdf = await precompiled({
      address,
      draw: ([page]) => {
        if (page) place(page, 'Beside the window', 130, 50);
        page?.drawRectangle({ x: 100, y: 100, width: 200, height: 50 });
      },
    });
    assert.match(await textOf(pdf, 0, ADDRESS_WINDOW), /sw1a1aa/);
    const sanitised = await rewritePrecompiled(pdf, { internationalLetters: false });
    assert.ok(sanitised.status === 'passed');
    const written = await textOf(sanitised.pdf, 0, ADDRESS_WINDOW);
    assert.equal(written.trim().replace(/\s+/g, ' '), ADDRESS.join(' '));
    const whole = await textOf(sanitised.pdf, 0, { left: 0, top: 0, right: 210, bottom: 297 });
    assert.ok(
      !whole.includes('sw1a1aa') &&
        whole.includes('Beside the window') &&
        whole.includes('The text of the letter'),
    );
  });

  it('can be looked at page by page', async () => {
    const pdf = await precompiled({ pages: 2 });
    const png = await renderPageImage(pdf, 2, { width: 300 });
    assert.equal(png?.subarray(1, 4).toString('latin1'), 'PNG');
    assert.deepEqual([png?.readUInt32BE(16), png?.readUInt32BE(20)], [300, 424]);
    assert.equal(await renderPageImage(pdf, 3), undefined);
    assert.equal(await renderPageImage(Buffer.from('no'), 1), undefined);
  });

  it('never make the check fail, however they are damaged', async () => {
    const whole = Buffer.from(await precompiled({ pages: 2 }));
    for (let round = 0; round < 60; round += 1) {
      const damaged = Buffer.from(whole);
      for (let change = 0; change <= round % 7; change += 1) {
        damaged[(round * 7919 + change * 104_729) % damaged.length] = (round * 31 + change) % 256;
      }
      const { status } = await rewritePrecompiled(damaged, { internationalLetters: true });
      assert.ok(status === 'passed' || status === 'failed');
    }
  });
});
