export interface FileType {
  readonly extension: string;
  readonly mimeType: string;
  readonly label: string;
}

/**
 * Files that may be sent by email. Where an extension stands twice the last row gives its type and the first its label.
 * Facts of `notifications_utils/file_types.py` of alphagov/notifications-utils 127.0.0.
 */
export const FILE_TYPES: readonly FileType[] = [
  { extension: 'pdf', mimeType: 'application/pdf', label: 'PDF' },
  { extension: 'csv', mimeType: 'text/csv', label: 'CSV file' },
  { extension: 'txt', mimeType: 'text/plain', label: 'text file' },
  { extension: 'json', mimeType: 'application/json', label: 'JSON file' },
  { extension: 'doc', mimeType: 'application/msword', label: 'Microsoft Word document' },
  {
    extension: 'docx',
    mimeType: 'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
    label: 'Microsoft Word document',
  },
  {
    extension: 'xlsx',
    mimeType: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
    label: 'Microsoft Excel spreadsheet',
  },
  { extension: 'odt', mimeType: 'application/vnd.oasis.opendocument.text', label: 'text file' },
  { extension: 'rtf', mimeType: 'text/rtf', label: 'text file' },
  { extension: 'rtf', mimeType: 'application/rtf', label: 'RTF file' },
  { extension: 'jpg', mimeType: 'image/jpeg', label: 'JPEG file' },
  { extension: 'jpeg', mimeType: 'image/jpeg', label: 'JPEG file' },
  { extension: 'png', mimeType: 'image/png', label: 'PNG file' },
];

/** Browsers would show these as pages of ours; they are always saved. */
export const SAVED_EXTENSIONS: readonly string[] = ['csv', 'rtf', 'txt'];
