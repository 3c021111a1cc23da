import { pythonText } from '../templates/personalisation.ts';

/** A file as a client sends it inside personalisation (public API 6.8.2). */
export interface SentFile {
  readonly base64: string;
  readonly filename: string | undefined;
  readonly isCsv: boolean;
  /** Whether the recipient must give the address the email went to. On unless it was switched off. */
  readonly confirmsEmail: boolean;
  readonly retentionWeeks: number;
}

export const DEFAULT_RETENTION_WEEKS = 26;
export const MAX_RETENTION_WEEKS = 78;

const KEYS = ['file', 'is_csv', 'confirm_email_before_download', 'retention_period', 'filename'];

/** Whether a personalisation value is a file to be sent. */
export function isFileObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && Object.hasOwn(value, 'file');
}

/** Everything wrong with a file object, as messages of `ValidationError`, in the order of public API 6.8.2. */
export function findFileProblems(
  value: Readonly<Record<string, unknown>>,
  show: (value: unknown) => string = showValue,
): string[] {
  const {
    file,
    is_csv: isCsv,
    confirm_email_before_download: confirm,
    retention_period: retention,
    filename,
  } = value;
  const unknown = Object.keys(value)
    .filter((key) => !KEYS.includes(key))
    .sort();
  const hasFilename = Object.hasOwn(value, 'filename');
  return [
    unknown.length > 0 &&
      `Additional properties are not allowed (${unknown.join(', ')} ${unknown.length === 1 ? 'was' : 'were'} unexpected)`,
    typeof file !== 'string' && `file ${show(file)} is not of type string`,
    !isBooleanOrNothing(isCsv) &&
      `is_csv Unsupported value for is_csv: ${show(isCsv)}. Use a boolean true or false value.`,
    !isBooleanOrNothing(confirm) &&
      `confirm_email_before_download Unsupported value for confirm_email_before_download: ${show(confirm)}. Use a boolean true or false value.`,
    readWeeks(retention) === undefined &&
      `retention_period Unsupported value for retention_period: ${show(retention)}. Supported periods are from 1 to 78 weeks.`,
    !(
      filename === undefined ||
      filename === null ||
      (typeof filename === 'string' && filename.includes('.'))
    ) && 'filename `filename` must end with a file extension. For example, filename.csv',
    hasFilename && Object.hasOwn(value, 'is_csv') && 'Do not set a value for `is_csv` if `filename` is set.',
  ].filter((problem) => typeof problem === 'string');
}

/** The file of an object in which `findFileProblems` found nothing. */
export function readFileObject(value: Readonly<Record<string, unknown>>): SentFile {
  return {
    base64: String(value.file),
    filename: typeof value.filename === 'string' ? value.filename : undefined,
    isCsv: value.is_csv === true,
    confirmsEmail: value.confirm_email_before_download !== false,
    retentionWeeks: readWeeks(value.retention_period) ?? DEFAULT_RETENTION_WEEKS,
  };
}

/** Weeks in a text such as `4 weeks`; the default when there is none; undefined when it is not usable. */
export function readWeeks(value: unknown): number | undefined {
  if (value === undefined || value === null) return DEFAULT_RETENTION_WEEKS;
  if (typeof value !== 'string') return undefined;
  const digits = /^(\d{1,4}) weeks?$/.exec(value.trim().toLowerCase())?.[1];
  const weeks = digits === undefined ? 0 : Number(digits);
  return weeks >= 1 && weeks <= MAX_RETENTION_WEEKS ? weeks : undefined;
}

function isBooleanOrNothing(value: unknown): boolean {
  return value === undefined || value === null || typeof value === 'boolean';
}

/** The contract's messages are without any single quote. */
function showValue(value: unknown): string {
  return pythonText(value).replaceAll("'", '');
}

/** What stands in for the link where the recipient is simulated and nothing is kept (public API 6.8.4). */
export function simulatedDocumentUrl(baseUrl: string, serviceId: string): string {
  return `${baseUrl}/services/${serviceId}/documents/test-document`;
}
