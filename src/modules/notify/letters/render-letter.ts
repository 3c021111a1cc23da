import { cmyk, PDFDocument, type PDFPage } from '@cantoo/pdf-lib';
import { encode as encodeQrCode } from 'uqr';
import { withTypography } from '../templates/typography.ts';
import { type LetterPart, letterParts, plainRun, type Run } from './letter-content.ts';
import { embedLetterFonts } from './letter-fonts.ts';
import { drawLetterLogo, type LetterLogo, readLetterLogo } from './letter-logo.ts';
import {
  ADDRESS_WINDOW,
  type Area,
  CONTACT_BLOCK,
  FIRST_PAGE_BODY,
  FOOTER_BASELINE_MM,
  LOGO,
  MAX_PAGES,
  OTHER_PAGE_BODY,
  PAGE_HEIGHT_MM,
  PAGE_WIDTH_MM,
  points,
  sheetsOf,
  TAG_TEXT,
} from './letter-page.ts';
import { type LetterFonts, wrapRuns } from './text-layout.ts';

export interface LetterToRender {
  /** As printed through the window, at most seven lines. */
  readonly addressLines: readonly string[];
  /** The sender's own address and contacts, line by line. */
  readonly contactBlock: string;
  readonly date: Date;
  readonly english: LetterText;
  /** Printed first where there is one. */
  readonly welsh?: LetterText | undefined;
  /** PNG or SVG of the sender's brand. */
  readonly logo?: Uint8Array | undefined;
  /** A PDF printed after the letter. */
  readonly attachment?: Uint8Array | undefined;
}

export interface LetterText {
  readonly subject: string;
  /** Markdown with its placeholders filled. */
  readonly body: string;
}

export interface RenderedLetter {
  readonly pdf: Uint8Array;
  readonly pages: number;
  readonly sheets: number;
  /** More pages than a letter may have; it must not be printed (public API 6.6.4). */
  readonly isTooLong: boolean;
}

const BODY = { size: 11, leading: 15.5, paragraphGap: 8 };
const HEADING = { size: 12.5, leading: 16, before: 6, after: 6 };
const SUBJECT = { size: 15, leading: 19, after: 10 };
const SMALL = { size: 8, leading: 10.4 };
const ITEM_INDENT = 20;
const QR_SIZE = points(35);
const BLACK = cmyk(0, 0, 0, 1);
const WHITE = cmyk(0, 0, 0, 0);
/** Far beyond what is printed; a text of page breaks must not fill the memory. */
const MOST_PAGES = 60;

const WELSH_MONTHS =
  'Ionawr Chwefror Mawrth Ebrill Mai Mehefin Gorffennaf Awst Medi Hydref Tachwedd Rhagfyr'.split(' ');

type Language = 'english' | 'welsh';

/**
 * The print file of a templated letter (public API 6.6.4): A4, black as CMYK, fonts embedded, with the printer's mark on
 * the first page. Rejects only for a logo or attachment that cannot be read.
 */
export async function renderLetter(letter: LetterToRender): Promise<RenderedLetter> {
  const document = await PDFDocument.create();
  document.setCreationDate(letter.date);
  document.setModificationDate(letter.date);
  document.setProducer('Signalbox');
  const fonts = await embedLetterFonts(document);
  const logo = letter.logo === undefined ? undefined : await readLetterLogo(document, letter.logo);
  const setter = new Typesetter(document, fonts);
  const texts: [Language, LetterText][] = [];
  if (letter.welsh) texts.push(['welsh', letter.welsh]);
  texts.push(['english', letter.english]);
  for (const [index, [language, text]] of texts.entries()) {
    setter.startText(language);
    if (index === 0) setter.drawFirstPage(letter, language, logo);
    setter.drawSubject(text.subject);
    for (const part of letterParts(text.body)) setter.drawPart(part);
  }
  setter.drawFooters();
  if (letter.attachment) await appendPages(document, letter.attachment);
  const pages = document.getPageCount();
  // Page objects outside of object streams: simple printers' tools find them.
  const pdf = await document.save({ useObjectStreams: false });
  return { pdf, pages, sheets: sheetsOf(pages), isTooLong: pages > MAX_PAGES };
}

/** `5 March 2031`, or with the Welsh name of the month. */
export function letterDate(date: Date, language: Language): string {
  if (language === 'english') {
    return new Intl.DateTimeFormat('en-GB', { dateStyle: 'long', timeZone: 'Europe/London' }).format(date);
  }
  const numbers = new Intl.DateTimeFormat('sv-SE', { dateStyle: 'short', timeZone: 'Europe/London' }).format(
    date,
  );
  const [year = '', month = '', day = ''] = numbers.split('-');
  return `${Number(day)} ${WELSH_MONTHS[Number(month) - 1]} ${year}`;
}

async function appendPages(document: PDFDocument, attachment: Uint8Array): Promise<void> {
  const source = await PDFDocument.load(attachment);
  for (const page of await document.copyPages(source, source.getPageIndices())) document.addPage(page);
}

/** Puts text onto pages from top to bottom and starts new ones. Lengths are points, places from the top left. */
class Typesetter {
  readonly #document: PDFDocument;
  readonly #fonts: LetterFonts;
  readonly #pages: { page: PDFPage; language: Language }[] = [];
  #language: Language = 'english';
  #area: Area = OTHER_PAGE_BODY;
  #y = 0;

  constructor(document: PDFDocument, fonts: LetterFonts) {
    this.#document = document;
    this.#fonts = fonts;
  }

  startText(language: Language): void {
    this.#language = language;
    this.#newPage(this.#pages.length === 0 ? FIRST_PAGE_BODY : OTHER_PAGE_BODY);
  }

  drawFirstPage(letter: LetterToRender, language: Language, logo: LetterLogo | undefined): void {
    this.#drawText(TAG_TEXT, { x: points(7), y: points(6), size: 6, color: WHITE });
    if (logo) this.#drawLogo(logo);
    this.#drawBlock(letter.addressLines.slice(0, 7), ADDRESS_WINDOW);
    this.#drawBlock(letter.contactBlock.split(/\r\n?|\n/), CONTACT_BLOCK);
    this.#drawLine(plainRun(letterDate(letter.date, language)), BODY, 0);
    this.#y += BODY.paragraphGap;
  }

  drawSubject(subject: string): void {
    this.#drawLine(plainRun(withTypography(subject).trim(), true), SUBJECT, 0);
    this.#y += SUBJECT.after;
  }

  drawPart(part: LetterPart): void {
    switch (part.kind) {
      case 'page-break':
        this.#newPage(OTHER_PAGE_BODY);
        break;
      case 'heading':
        this.#y += HEADING.before;
        for (const line of part.lines) this.#drawLine(line.map(bold), HEADING, 0);
        this.#y += HEADING.after;
        break;
      case 'paragraph':
        for (const line of part.lines) this.#drawLine(line, BODY, 0);
        this.#y += BODY.paragraphGap;
        break;
      case 'item':
        this.#drawItem(part);
        break;
      default:
        this.#drawQrCode(part.data);
    }
  }

  drawFooters(): void {
    const total = this.#pages.length;
    for (const [index, { page, language }] of this.#pages.entries()) {
      const [word, of] = language === 'welsh' ? ['Tudalen', 'o'] : ['Page', 'of'];
      const text = `${word} ${index + 1} ${of} ${total}`;
      const width = this.#fonts.regular.widthOfTextAtSize(text, SMALL.size);
      const x = points(OTHER_PAGE_BODY.right) - width;
      this.#drawText(text, { x, y: points(FOOTER_BASELINE_MM), size: SMALL.size, page });
    }
  }

  #newPage(area: Area): void {
    this.#area = area;
    this.#y = points(area.top);
    if (this.#pages.length >= MOST_PAGES) return;
    const page = this.#document.addPage([points(PAGE_WIDTH_MM), points(PAGE_HEIGHT_MM)]);
    this.#pages.push({ page, language: this.#language });
  }

  #drawLine(runs: readonly Run[], style: { size: number; leading: number }, indent: number): void {
    const left = points(this.#area.left) + indent;
    const width = points(this.#area.right) - left;
    for (const line of wrapRuns(runs, { fonts: this.#fonts, size: style.size, width })) {
      if (this.#y + style.leading > points(this.#area.bottom)) this.#newPage(OTHER_PAGE_BODY);
      this.#y += style.leading;
      for (const { text, font, x } of line) {
        this.#drawText(text, { x: left + x, y: this.#y, size: style.size, font });
      }
    }
  }

  #drawItem(part: Extract<LetterPart, { kind: 'item' }>): void {
    const indent = ITEM_INDENT * Math.min(part.depth + 1, 6);
    if (this.#y + BODY.leading > points(this.#area.bottom)) this.#newPage(OTHER_PAGE_BODY);
    const markerX = points(this.#area.left) + indent - ITEM_INDENT + 6;
    this.#drawText(part.marker, { x: markerX, y: this.#y + BODY.leading, size: BODY.size });
    for (const line of part.lines) this.#drawLine(line, BODY, indent);
    this.#y += BODY.paragraphGap / 2;
  }

  #drawQrCode(data: string): void {
    const { data: rows, size } = encodeQrCode(data, { ecc: 'M', border: 0 });
    if (this.#y + QR_SIZE > points(this.#area.bottom)) this.#newPage(OTHER_PAGE_BODY);
    const module = QR_SIZE / size;
    const top = points(PAGE_HEIGHT_MM) - this.#y - BODY.paragraphGap;
    for (const [row, modules] of rows.entries()) {
      for (const { start, length } of darkStretches(modules)) {
        this.#page.drawRectangle({
          x: points(this.#area.left) + start * module,
          y: top - (row + 1) * module,
          // A hair more than a module: readers must not see the seams that rounding leaves.
          width: length * module + 0.02,
          height: module + 0.02,
          color: BLACK,
        });
      }
    }
    this.#y += QR_SIZE + 2 * BODY.paragraphGap;
  }

  #drawLogo(logo: LetterLogo): void {
    const height = points(LOGO.bottom - LOGO.top);
    const scale = Math.min(height / logo.height, points(LOGO.right - LOGO.left) / logo.width);
    const size = { width: logo.width * scale, height: logo.height * scale };
    const top = points(PAGE_HEIGHT_MM - LOGO.top);
    drawLetterLogo(this.#page, logo, { x: points(LOGO.right) - size.width, top, ...size });
  }

  /** Small lines from the top of an area; what does not fit is left out. */
  #drawBlock(lines: readonly string[], area: Area): void {
    let y = points(area.top) + SMALL.leading * 0.8;
    const width = points(area.right - area.left);
    for (const text of lines) {
      for (const line of wrapRuns(plainRun(text), { fonts: this.#fonts, size: SMALL.size, width })) {
        if (y > points(area.bottom)) return;
        for (const run of line) {
          this.#drawText(run.text, { x: points(area.left) + run.x, y, size: SMALL.size, font: run.font });
        }
        y += SMALL.leading;
      }
    }
  }

  #drawText(
    text: string,
    place: {
      x: number;
      y: number;
      size: number;
      font?: LetterFonts['regular'];
      page?: PDFPage;
      color?: typeof BLACK;
    },
  ): void {
    const { x, y, size, font = this.#fonts.regular, page = this.#page, color = BLACK } = place;
    page.drawText(text, { x, y: points(PAGE_HEIGHT_MM) - y, size, font, color });
  }

  get #page(): PDFPage {
    const last = this.#pages.at(-1);
    if (last === undefined) throw new Error('startText makes the first page before anything is drawn');
    return last.page;
  }
}

function bold(run: Run): Run {
  return { text: run.text, isBold: true };
}

function* darkStretches(modules: readonly boolean[]): Generator<{ start: number; length: number }> {
  let start = -1;
  for (let column = 0; column <= modules.length; column += 1) {
    if (modules[column]) {
      if (start === -1) start = column;
    } else if (start !== -1) {
      yield { start, length: column - start };
      start = -1;
    }
  }
}
