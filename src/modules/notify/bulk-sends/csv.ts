// The dialect of recipient files: internals section 6.2. Commas, double quotes, doubled quotes inside them, line breaks
// within quotes; spaces after a comma and around a cell do not count.
import { trimAscii, trimmedVisible, withoutInvisible } from '../recipients/invisible-characters.ts';

/** The records of a text, cell by cell as they stand there; takes time in proportion to its length. */
export function* csvRecords(text: string, separator = ','): Generator<string[]> {
  let record: string[] = [];
  let place = 0;
  while (place <= text.length) {
    while (text[place] === ' ') place += 1;
    let cell = '';
    if (text[place] === '"') {
      place += 1;
      for (;;) {
        const quote = text.indexOf('"', place);
        if (quote === -1) {
          cell += text.slice(place);
          place = text.length;
          break;
        }
        cell += text.slice(place, quote);
        place = quote + 1;
        if (text[place] !== '"') break;
        cell += '"';
        place += 1;
      }
    }
    const end = endOfCell(text, place, separator);
    cell += text.slice(place, end);
    record.push(cell);
    place = end;
    if (text[place] === separator) {
      place += 1;
      continue;
    }
    if (record.length > 1 || record[0] !== '' || place < text.length) yield record;
    if (place >= text.length) return;
    record = [];
    place += text[place] === '\r' && text[place + 1] === '\n' ? 2 : 1;
    if (place >= text.length) return;
  }
}

function endOfCell(text: string, from: number, separator: string): number {
  let place = from;
  for (; place < text.length; place += 1) {
    const character = text[place];
    if (character === separator || character === '\n' || character === '\r') return place;
  }
  return place;
}

/** One line; cells are quoted where they must be. */
export function csvLine(cells: readonly string[]): string {
  return `${cells.map(csvCell).join(',')}\r\n`;
}

/**
 * One line of a file that people open in a spreadsheet: what it would take for a formula has an apostrophe before it.
 * Numbers with a sign, such as those of phones, are no formulas.
 */
export function exportLine(cells: readonly string[]): string {
  return csvLine(cells.map((cell) => (isFormula(cell) ? `'${cell}` : cell)));
}

function isFormula(cell: string): boolean {
  return /^[=@\t\r]/.test(cell) || (/^[+-]/.test(cell) && !/^[+-][\d ().-]*$/.test(cell));
}

function csvCell(cell: string): string {
  return /[",\r\n]|^\s|\s$/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell;
}

/** A whole file without the white space, invisible characters and commas around it. */
export function trimFile(text: string): string {
  let end = text.length;
  while (end > 0 && (text[end - 1] === ',' || isInvisible(text.charAt(end - 1)))) end -= 1;
  let start = 0;
  while (start < end && isInvisible(text.charAt(start))) start += 1;
  return text.slice(start, end);
}

function isInvisible(character: string): boolean {
  return trimAscii(withoutInvisible(character)) === '';
}

/** A cell as it counts: null when nothing stands in it. */
export function cellValue(cell: string | undefined): string | null {
  const value = cell === undefined ? '' : trimmedVisible(cell);
  return value === '' ? null : value;
}
