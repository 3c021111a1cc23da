import type { NotificationType } from '../services/service.ts';
import { comparableName } from '../templates/personalisation.ts';
import { cellValue, csvRecords, trimFile } from './csv.ts';

/** More rows cannot be sent at once. */
export const MOST_ROWS = 100_000;

const ADDRESS_LINES = [1, 2, 3, 4, 5, 6, 7].map((line) => `addressline${line}`);
const RECIPIENT_COLUMNS: Readonly<Record<NotificationType, readonly string[]>> = {
  sms: ['phonenumber'],
  email: ['emailaddress'],
  letter: [...ADDRESS_LINES, 'postcode'],
};
/** As people are told to name them. */
export const RECIPIENT_COLUMN_NAMES = { sms: 'phone number', email: 'email address' } as const;

export interface FileColumn {
  name: string;
  comparable: string;
  place: number;
}

export interface RecipientRow {
  /** 0-based, after the header. */
  row: number;
  /** By comparable name: a text, null for an empty cell, and a list where several columns have the name. */
  values: ReadonlyMap<string, string | null | (string | null)[]>;
}

/** A file of recipients: its columns, and its rows as they are read. */
export interface RecipientFile {
  columns: readonly FileColumn[];
  rows(): Generator<RecipientRow>;
}

/** Reads a file for one channel, whose recipient columns hold one value each, however often they stand there. */
export function openRecipientFile(text: string, type: NotificationType): RecipientFile {
  const trimmed = trimFile(text);
  const [header = []] = csvRecords(trimmed);
  const columns = withoutEmptyRepeats(
    header
      .map((cell, place) => ({ name: cellValue(cell) ?? '', place }))
      .filter(({ name }) => name !== '')
      .map((column) => ({ ...column, comparable: comparableName(column.name) })),
    trimmed,
  );
  const recipientColumns = new Set(RECIPIENT_COLUMNS[type]);
  return {
    columns,
    *rows() {
      let row = -1;
      for (const record of csvRecords(trimmed)) {
        if (row >= 0) yield { row, values: valuesOf(record, columns, recipientColumns) };
        row += 1;
      }
    },
  };
}

/** Columns right of the last cell that holds anything count only where no column before them has their name. */
function withoutEmptyRepeats(columns: FileColumn[], text: string): FileColumn[] {
  if (new Set(columns.map(({ comparable }) => comparable)).size === columns.length) return columns;
  let width = 0;
  let isHeader = true;
  for (const record of csvRecords(text)) {
    if (!isHeader) {
      for (let place = record.length - 1; place >= width; place -= 1) {
        if (cellValue(record[place]) !== null) width = place + 1;
      }
    }
    isHeader = false;
  }
  const seen = new Set<string>();
  return columns.filter(({ comparable, place }) => {
    const isNew = !seen.has(comparable);
    seen.add(comparable);
    return isNew || place < width;
  });
}

function valuesOf(
  record: readonly string[],
  columns: readonly FileColumn[],
  recipientColumns: ReadonlySet<string>,
): RecipientRow['values'] {
  const values = new Map<string, string | null | (string | null)[]>();
  for (const { comparable, place } of columns) {
    const value = cellValue(record[place]);
    const known = values.get(comparable);
    if (known === undefined || recipientColumns.has(comparable)) values.set(comparable, value);
    else if (Array.isArray(known)) known.push(value);
    else values.set(comparable, [known, value]);
  }
  return values;
}

/** The recipient of a row as it is written there; letters: the lines of the address. Null when nothing is. */
export function recipientOf(values: RecipientRow['values'], type: NotificationType): string | null {
  if (type === 'letter') {
    const columns = values.has('addressline7') ? ADDRESS_LINES : [...ADDRESS_LINES.slice(0, 6), 'postcode'];
    const lines = columns.map((column) => textOf(values.get(column)));
    return lines.every((line) => line === '') ? null : lines.join('\n');
  }
  const recipient = textOf(values.get(RECIPIENT_COLUMNS[type][0] ?? ''));
  return recipient === '' ? null : recipient;
}

function textOf(value: string | null | (string | null)[] | undefined): string {
  return typeof value === 'string' ? value : '';
}

/** Names of the recipient's columns that a file lacks; letters need three lines of an address. */
export function missingRecipientColumns(columns: readonly FileColumn[], type: NotificationType): string[] {
  const found = columns.filter(({ comparable }) => RECIPIENT_COLUMNS[type].includes(comparable));
  if (type !== 'letter') return found.length > 0 ? [] : [RECIPIENT_COLUMN_NAMES[type]];
  const distinct = new Set(found.map(({ comparable }) => comparable));
  return distinct.size >= 3 ? [] : ['address line 1', 'address line 2', 'address line 3'];
}

/** Recipient columns that stand in a file more than once. */
export function repeatedRecipientColumns(columns: readonly FileColumn[], type: NotificationType): string[] {
  const names = new Map<string, string[]>();
  for (const { comparable, name } of columns) {
    if (!RECIPIENT_COLUMNS[type].includes(comparable)) continue;
    names.set(comparable, [...(names.get(comparable) ?? []), name]);
  }
  return [...names.values()].filter((list) => list.length > 1).map(([name = '']) => name);
}

/** Personalisation has the template's own placeholders and the recipient's columns, under the names of the file. */
export function personalisationReader(
  file: RecipientFile,
  type: NotificationType,
  placeholders: ReadonlySet<string>,
): (row: RecipientRow) => Record<string, unknown> {
  const wanted = new Set([...placeholders, ...RECIPIENT_COLUMNS[type]]);
  const columns = file.columns
    .filter(({ comparable }) => wanted.has(comparable))
    .map(({ comparable, name }) => ({
      comparable,
      name: type === 'letter' ? addressName(comparable, name) : name,
    }));
  return ({ values }) => {
    const personalisation: Record<string, unknown> = {};
    for (const { comparable, name } of columns) personalisation[name] = values.get(comparable);
    return personalisation;
  };
}

/** Address lines go by the names the API has for them. */
function addressName(comparable: string, name: string): string {
  const line = /^addressline(\d)$/.exec(comparable)?.[1];
  if (line !== undefined) return `address_line_${line}`;
  return comparable === 'postcode' ? 'postcode' : name;
}
