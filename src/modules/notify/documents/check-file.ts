import {
  detectType,
  extensionOf,
  extensionOfType,
  typeOfExtension,
  unsupportedTypeMessage,
} from './file-types.ts';
import type { VirusScanner } from './virus-scanner.ts';

export const MAX_FILE_BYTES = 2 * 1024 * 1024 + 1024;
const MAX_FILENAME = 100;

export interface CheckedFile {
  readonly bytes: Buffer;
  readonly mimeType: string;
  readonly extension: string;
}

export interface FileProblem {
  readonly message: string;
  /** Of the document service's own JSON interface; the Notify API answers 400 for each. */
  readonly status: 400 | 413;
}

/**
 * The checks of public API 6.8.3 in their order. Rejects only when a scanner is set and cannot be asked, which is a
 * fault of ours and not of the file.
 */
export async function checkFile(
  file: { base64: string; filename: string | undefined; isCsv: boolean },
  scanner: VirusScanner | undefined,
): Promise<CheckedFile | { problem: FileProblem }> {
  const bytes = decodeBase64(file.base64);
  if (bytes === undefined) return refuse('Document is not base64 encoded');
  const named = file.filename === undefined ? undefined : extensionOf(file.filename);
  if (file.filename !== undefined && [...file.filename].length > MAX_FILENAME) {
    return refuse(`\`filename\` cannot be longer than ${MAX_FILENAME} characters`);
  }
  if (named !== undefined && typeOfExtension(named) === undefined) {
    return refuse(unsupportedTypeMessage(`.${named}`));
  }
  if (bytes.length > MAX_FILE_BYTES) return refuse('Uploaded file exceeds file size limit', 413);
  if (bytes.length === 0) return refuse('Document must not be empty');
  if (scanner && (await scanner.scan(bytes)) === 'infected')
    return refuse('File did not pass the virus scan');
  return checkType(bytes, named, file.isCsv);
}

function checkType(
  bytes: Buffer,
  named: string | undefined,
  isCsv: boolean,
): CheckedFile | { problem: FileProblem } {
  const detected = detectType(bytes);
  const fromName = named === undefined ? undefined : typeOfExtension(named);
  if (fromName !== detected && extensionOfType(detected) === undefined) {
    return refuse(unsupportedTypeMessage(detected));
  }
  const unnamed = detected === 'text/plain' && isCsv ? 'text/csv' : detected;
  const mimeType = fromName ?? unnamed;
  return { bytes, mimeType, extension: named ?? extensionOfType(mimeType) ?? 'bin' };
}

function refuse(message: string, status: FileProblem['status'] = 400): { problem: FileProblem } {
  return { problem: { message, status } };
}

/** Characters outside the alphabet are passed over and only wrong padding fails, as the original reads base64. */
function decodeBase64(text: string): Buffer | undefined {
  const kept = /^[A-Za-z0-9+/=]*$/.test(text) ? text : text.replace(/[^A-Za-z0-9+/=]/g, '');
  const padding = kept.length - kept.replace(/=/g, '').length;
  const rest = (kept.length - padding) % 4;
  if (rest === 1 || (rest > 1 && padding < 4 - rest)) return undefined;
  return Buffer.from(kept.replace(/=/g, ''), 'base64');
}
