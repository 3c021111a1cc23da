import { BulkSendRefusal } from './bulk-sends.ts';
import { cellValue, csvLine, csvRecords, trimFile } from './csv.ts';
import { MOST_ROWS } from './recipient-file.ts';
import { spreadsheetRows } from './spreadsheets.ts';
import { ZipError } from './zip.ts';

export interface ConvertedFile {
  /** UTF-8, comma separated, header first. */
  csv: string;
  rowCount: number;
  columns: string[];
}

const MOST_BYTES = 50 * 1024 * 1024;

/** What people upload, as CSV: csv, tsv, xlsx, xlsm and ods. Refuses what cannot be read or sent. */
export function convertFile(fileName: string, content: Uint8Array): ConvertedFile {
  if (content.length > MOST_BYTES)
    throw new BulkSendRefusal('file-too-large', 'The file must be smaller than 50 MB');
  const bytes = Buffer.from(content.buffer, content.byteOffset, content.byteLength);
  const records =
    bytes.subarray(0, 2).toString('latin1') === 'PK' ? fromSpreadsheet(bytes) : fromText(fileName, bytes);
  const [header, ...rows] = records;
  if (!header || rows.length === 0)
    throw new BulkSendRefusal('no-rows', 'The file has no rows of recipients');
  if (rows.length > MOST_ROWS) {
    throw new BulkSendRefusal(
      'too-many-rows',
      `The file has ${rows.length.toLocaleString('en-GB')} rows; ${MOST_ROWS.toLocaleString('en-GB')} can be sent at once`,
    );
  }
  const columns = header.map((cell) => cellValue(cell) ?? '').filter((name) => name !== '');
  return { csv: records.map(csvLine).join(''), rowCount: rows.length, columns };
}

function fromSpreadsheet(bytes: Buffer): string[][] {
  try {
    return [...spreadsheetRows(bytes)];
  } catch (error) {
    if (!(error instanceof ZipError)) throw error;
    throw unreadable();
  }
}

function fromText(fileName: string, bytes: Buffer): string[][] {
  const text = trimFile(decode(bytes));
  if (text.includes('\u0000')) throw unreadable();
  return [...csvRecords(text, separatorOf(fileName, text))];
}

/** A file of tabs says so by its name, or by a header with tabs and without commas. */
function separatorOf(fileName: string, text: string): string {
  const header = text.slice(0, text.search(/[\r\n]|$/));
  if (/\.tsv$/i.test(fileName)) return '\t';
  if (header.includes(',')) return ',';
  if (header.includes('\t')) return '\t';
  return header.includes(';') ? ';' : ',';
}

function decode(bytes: Buffer): string {
  const mark = bytes.subarray(0, 2).toString('hex');
  if (mark === 'fffe') return new TextDecoder('utf-16le').decode(bytes);
  if (mark === 'feff') return new TextDecoder('utf-16be').decode(bytes);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    // Spreadsheet programs on Windows still write files in its old character set.
    if (error instanceof TypeError) return new TextDecoder('windows-1252').decode(bytes);
    throw error;
  }
}

function unreadable(): BulkSendRefusal {
  return new BulkSendRefusal(
    'unreadable-file',
    'The file cannot be read: save it as CSV or Excel and try again',
  );
}
