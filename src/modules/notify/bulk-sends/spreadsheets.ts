// The first sheet of a workbook as rows of text. Only what cells hold is read; formulas give their last result.
import { openZip, ZipError } from './zip.ts';

type Zip = ReturnType<typeof openZip>;

/** Further columns are none that people send. */
const MOST_COLUMNS = 1_000;
const DAY_MS = 86_400_000;
/** Day 0 of spreadsheets, which take 1900 for a leap year. */
const EPOCH_1900 = Date.UTC(1899, 11, 30);
const EPOCH_1904 = Date.UTC(1904, 0, 1);
/** Formats of dates that every workbook has, by number. */
const DATE_FORMATS = new Set([14, 15, 16, 17, 22, 27, 28, 29, 30, 31, 36, 50, 57]);
const TIME_FORMATS = new Set([18, 19, 20, 21, 45, 46, 47]);

/** Rows of an Excel or OpenDocument spreadsheet, empty ones left out; throws ZipError for any other file. */
export function* spreadsheetRows(bytes: Buffer): Generator<string[]> {
  const zip = openZip(bytes);
  if (zip.names.includes('xl/workbook.xml')) yield* excelRows(zip);
  else if (zip.names.includes('content.xml')) yield* openDocumentRows(zip);
  else throw new ZipError('The archive is no spreadsheet');
}

function* excelRows(zip: Zip): Generator<string[]> {
  const workbook = textOf(zip, 'xl/workbook.xml');
  const sheet = textOf(zip, firstSheet(zip, workbook));
  const shared = [
    ...textOf(zip, 'xl/sharedStrings.xml').matchAll(/<si\b[^>]*?(?:\/>|>([\s\S]*?)<\/si>)/g),
  ].map(([, inner = '']) => textRuns(inner));
  const styles = dateStyles(textOf(zip, 'xl/styles.xml'));
  const epoch = /<workbookPr\b[^>]*\bdate1904="(?:1|true)"/.test(workbook) ? EPOCH_1904 : EPOCH_1900;
  for (const [, rowXml = ''] of sheet.matchAll(/<row\b[^>]*?(?:\/>|>([\s\S]*?)<\/row>)/g)) {
    const row: string[] = [];
    let column = 0;
    for (const [, attributes = '', inner = ''] of rowXml.matchAll(/<c\b([^>]*?)(?:\/>|>([\s\S]*?)<\/c>)/g)) {
      column = columnOf(attribute(attributes, 'r')) ?? column;
      if (column < MOST_COLUMNS) {
        while (row.length < column) row.push('');
        row[column] = cellText(attributes, inner, { shared, styles, epoch });
      }
      column += 1;
    }
    if (row.some((cell) => cell !== '')) yield row;
  }
}

function firstSheet(zip: Zip, workbook: string): string {
  const id = /<sheet\b[^>]*?\br:id="([^"]+)"/.exec(workbook)?.[1];
  const relations = textOf(zip, 'xl/_rels/workbook.xml.rels');
  for (const [relation] of relations.matchAll(/<Relationship\b[^>]*>/g)) {
    if (attribute(relation, 'Id') !== id) continue;
    const target = attribute(relation, 'Target') ?? '';
    return target.startsWith('/') ? target.slice(1) : `xl/${target}`;
  }
  return 'xl/worksheets/sheet1.xml';
}

function cellText(
  attributes: string,
  inner: string,
  book: { shared: readonly string[]; styles: ReadonlyMap<number, 'date' | 'time'>; epoch: number },
): string {
  const type = attribute(attributes, 't') ?? 'n';
  if (type === 'inlineStr') return textRuns(inner);
  const value = unescapeXml(/<v\b[^>]*>([\s\S]*?)<\/v>/.exec(inner)?.[1] ?? '');
  if (type === 's') return book.shared[Number(value)] ?? '';
  if (type === 'b') return value === '1' ? 'TRUE' : 'FALSE';
  if (type !== 'n') return type === 'e' ? '' : value;
  const style = book.styles.get(Number(attribute(attributes, 's') ?? -1));
  const number = Number(value);
  if (value === '' || Number.isNaN(number)) return value;
  return style === undefined ? plainNumber(number) : dateText(number, style, book.epoch);
}

/** Without an exponent: phone numbers are long. */
function plainNumber(number: number): string {
  if (Number.isInteger(number) && Math.abs(number) < 1e21) return BigInt(number).toString();
  return String(Number(number.toPrecision(15)));
}

function dateText(days: number, style: 'date' | 'time', epoch: number): string {
  const time = new Date(epoch + Math.round(days * DAY_MS));
  if (Number.isNaN(time.getTime())) return String(days);
  const text = time.toISOString();
  if (style === 'time') return text.slice(11, 19);
  return days % 1 === 0 ? text.slice(0, 10) : `${text.slice(0, 10)} ${text.slice(11, 19)}`;
}

/** Which cell styles show dates, by their place in the workbook's list. */
function dateStyles(styles: string): Map<number, 'date' | 'time'> {
  const custom = new Map<number, 'date' | 'time'>();
  for (const [format] of styles.matchAll(/<numFmt\b[^>]*>/g)) {
    const code = (attribute(format, 'formatCode') ?? '').replace(/"[^"]*"|\[[^\]]*\]|\\./g, '');
    if (/[dy]/i.test(code)) custom.set(Number(attribute(format, 'numFmtId')), 'date');
    else if (/[hs]/i.test(code)) custom.set(Number(attribute(format, 'numFmtId')), 'time');
  }
  const list = /<cellXfs\b[^>]*>([\s\S]*?)<\/cellXfs>/.exec(styles)?.[1] ?? '';
  const found = new Map<number, 'date' | 'time'>();
  for (const [place, [xf]] of [...list.matchAll(/<xf\b[^>]*>/g)].entries()) {
    const id = Number(attribute(xf, 'numFmtId'));
    const kind =
      custom.get(id) ?? (DATE_FORMATS.has(id) ? 'date' : TIME_FORMATS.has(id) ? 'time' : undefined);
    if (kind !== undefined) found.set(place, kind);
  }
  return found;
}

function* openDocumentRows(zip: Zip): Generator<string[]> {
  const content = textOf(zip, 'content.xml');
  const table = /<table:table\b[^>]*>([\s\S]*?)<\/table:table>/.exec(content)?.[1] ?? '';
  for (const [, rowXml = ''] of table.matchAll(
    /<table:table-row\b[^>]*?(?:\/>|>([\s\S]*?)<\/table:table-row>)/g,
  )) {
    const row: string[] = [];
    const cells = rowXml.matchAll(
      /<table:(?:covered-)?table-cell\b([^>]*?)(?:\/>|>([\s\S]*?)<\/table:(?:covered-)?table-cell>)/g,
    );
    for (const [, attributes = '', inner = ''] of cells) {
      const text = openDocumentText(attributes, inner);
      const times = Number(attribute(attributes, 'table:number-columns-repeated') ?? 1);
      for (let time = 0; time < times && row.length < MOST_COLUMNS; time += 1) row.push(text);
    }
    while (row.at(-1) === '') row.pop();
    if (row.length > 0) yield row;
  }
}

function openDocumentText(attributes: string, inner: string): string {
  const date = attribute(attributes, 'office:date-value');
  if (date !== undefined) return date.replace('T', ' ');
  const paragraphs = [...inner.matchAll(/<text:p\b[^>]*?(?:\/>|>([\s\S]*?)<\/text:p>)/g)];
  const shown = paragraphs.map(([, text = '']) => unescapeXml(text.replace(/<[^>]*>/g, ''))).join('\n');
  const value = attribute(attributes, 'office:value');
  // What is shown of a number may be rounded or have separators.
  const type = attribute(attributes, 'office:value-type');
  return type === 'float' && value !== undefined && value !== '' ? plainNumber(Number(value)) : shown;
}

/** The text of rich or plain content, without phonetic hints. */
function textRuns(xml: string): string {
  const runs = xml.replace(/<rPh\b[\s\S]*?<\/rPh>/g, '').matchAll(/<t\b[^>]*?(?:\/>|>([\s\S]*?)<\/t>)/g);
  return [...runs].map(([, text = '']) => unescapeXml(text)).join('');
}

/** Letters of a reference such as `AB12`, as a number from 0. */
function columnOf(reference: string | undefined): number | undefined {
  const letters = /^[A-Z]+/.exec(reference ?? '')?.[0];
  if (letters === undefined || letters.length > 3) return undefined;
  return [...letters].reduce((sum, letter) => sum * 26 + letter.charCodeAt(0) - 64, 0) - 1;
}

function attribute(xml: string, name: string): string | undefined {
  const found = new RegExp(`(?:^|\\s)${name}="([^"]*)"`).exec(xml)?.[1];
  return found === undefined ? undefined : unescapeXml(found);
}

const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

function unescapeXml(text: string): string {
  if (!text.includes('&')) return text;
  return text.replace(/&(?:#(\d+)|#x([0-9a-fA-F]+)|(\w+));/g, (whole, decimal, hexadecimal, name) => {
    if (name !== undefined) return ENTITIES[name] ?? whole;
    const code = Number.parseInt(decimal ?? hexadecimal, decimal === undefined ? 16 : 10);
    return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : '';
  });
}

function textOf(zip: Zip, name: string): string {
  return zip.read(name)?.toString('utf8') ?? '';
}
