import { FILE_TYPES, SAVED_EXTENSIONS } from './file-types-data.ts';

const typeByExtension = new Map(FILE_TYPES.map((type) => [type.extension, type.mimeType]));
const extensionByType = new Map(FILE_TYPES.toReversed().map((type) => [type.mimeType, type.extension]));
const labels = new Map(FILE_TYPES.toReversed().map((type) => [type.extension, type.label]));
const SUPPORTED = [...typeByExtension.keys()]
  .sort()
  .map((extension) => `'.${extension}'`)
  .join(', ');

/** The part after the last dot in lower case; empty when there is none. */
export function extensionOf(filename: string): string {
  const dot = filename.lastIndexOf('.');
  return dot === -1 ? '' : filename.slice(dot + 1).toLowerCase();
}

export function typeOfExtension(extension: string): string | undefined {
  return typeByExtension.get(extension);
}

export function extensionOfType(mimeType: string): string | undefined {
  return extensionByType.get(mimeType);
}

/** What to call a file before people, such as `PDF`. */
export function labelOfExtension(extension: string): string {
  return labels.get(extension) ?? 'file';
}

export function isAlwaysSaved(extension: string): boolean {
  return SAVED_EXTENSIONS.includes(extension);
}

/** The message for a type that may not be sent: an extension with its dot, or a MIME type (public API 6.8.3). */
export function unsupportedTypeMessage(type: string): string {
  return `Unsupported file type '${type}'. Supported types are: ${SUPPORTED}`;
}

/** The MIME type that the bytes themselves show. */
export function detectType(bytes: Buffer): string {
  for (const [mimeType, matches] of SIGNATURES) if (matches(bytes)) return mimeType;
  return isText(bytes) ? detectText(bytes) : 'application/octet-stream';
}

const startsWith =
  (...start: number[]) =>
  (bytes: Buffer) =>
    start.every((byte, index) => bytes[index] === byte);
const contains = (text: string) => (bytes: Buffer) =>
  startsWith(0x50, 0x4b, 3, 4)(bytes) && bytes.includes(text, 0, 'latin1');

const SIGNATURES: readonly (readonly [mimeType: string, matches: (bytes: Buffer) => boolean])[] = [
  ['application/pdf', (bytes) => bytes.subarray(0, 1024).includes('%PDF-')],
  ['image/png', startsWith(0x89, 0x50, 0x4e, 0x47)],
  ['image/jpeg', startsWith(0xff, 0xd8, 0xff)],
  ['image/gif', (bytes) => bytes.subarray(0, 4).toString('latin1') === 'GIF8'],
  ['text/rtf', (bytes) => bytes.subarray(0, 5).toString('latin1') === '{\\rtf'],
  ['application/msword', startsWith(0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1)],
  [
    'application/vnd.oasis.opendocument.text',
    (bytes) => bytes.subarray(30, 80).includes('mimetypeapplication/vnd.oasis.opendocument.text'),
  ],
  ['application/vnd.openxmlformats-officedocument.wordprocessingml.document', contains('word/')],
  ['application/vnd.openxmlformats-officedocument.spreadsheetml.sheet', contains('xl/')],
  ['application/zip', startsWith(0x50, 0x4b, 3, 4)],
  ['application/x-dosexec', startsWith(0x4d, 0x5a, 0x90)],
  ['application/x-executable', startsWith(0x7f, 0x45, 0x4c, 0x46)],
];

function isText(bytes: Buffer): boolean {
  return !bytes.subarray(0, 65_536).some((byte) => byte < 32 && ![7, 8, 9, 10, 12, 13, 27].includes(byte));
}

function detectText(bytes: Buffer): string {
  const start = bytes.subarray(0, 1024).toString('utf8').trimStart();
  if (/^<(?:!doctype html|html|head|body|script)/i.test(start)) return 'text/html';
  if (start.startsWith('<?xml')) return 'text/xml';
  return /^[[{]/.test(start) && isJson(bytes) ? 'application/json' : 'text/plain';
}

function isJson(bytes: Buffer): boolean {
  try {
    JSON.parse(bytes.toString('utf8'));
    return true;
  } catch {
    return false;
  }
}
