import type { NotificationType } from '../services/service.ts';

/**
 * What pages, the internal API and commands do with bulk sends: one file of recipients for one version of a template
 * (internals sections 3.4.8, 6.2 and 6.3). Everything takes and returns plain data and throws `BulkSendRefusal` for what
 * people can mend.
 */
export interface BulkSends {
  /**
   * Converts a file to CSV and stores it; it stays for a day unless a bulk send or contact list is made of it. Refuses what
   * cannot be read, what has no rows and what has more than 100,000.
   */
  upload(file: NewUpload): Promise<Upload>;
  findUpload(serviceId: string, id: string): Promise<Upload | undefined>;
  /** The stored CSV, as it was converted; undefined once it is gone. */
  readUpload(serviceId: string, id: string): Promise<Buffer | undefined>;
  /** Checks every row against the template, as it would be sent now, and remembers whether it may be sent. */
  check(choice: UploadChoice): Promise<UploadCheck>;
  /**
   * Makes a bulk send of an upload, under the upload's own id: a second call finds the first. Pins the template's newest
   * version. Starts at once, or at `scheduledFor`, at most seven days ahead. Refuses an upload that was not found valid.
   */
  create(request: NewBulkSend): Promise<BulkSend>;
  find(serviceId: string, id: string): Promise<BulkSend | undefined>;
  /** Those that started last come first; 50 to a page. */
  list(filter: BulkSendFilter): Promise<BulkSendPage>;
  /** How many wait for their time, and when the first is due. */
  scheduled(serviceId: string): Promise<{ count: number; soonest: Date | null }>;
  /** Only what is still `scheduled` can be cancelled; undefined otherwise. */
  cancel(serviceId: string, id: string): Promise<BulkSend | undefined>;
  /** Cancels all letters of a bulk send before they are printed; returns how many. */
  cancelLetters(serviceId: string, id: string): Promise<number>;
  /**
   * A new bulk send of the rows whose message failed, in their order, with the template's newest version. Refused while
   * messages of the first may still change, when nothing failed, and once the file is past retention.
   */
  resendFailed(request: ResendRequest): Promise<BulkSend>;
  /** How many rows have become messages so far. */
  countRows(serviceId: string, id: string): Promise<number>;
  /** A CSV report of all rows with what became of them, in pieces of a few thousand lines; header first. */
  report(serviceId: string, id: string): AsyncIterable<string>;

  saveContactList(list: NewContactList): Promise<ContactList>;
  findContactList(serviceId: string, id: string): Promise<ContactList | undefined>;
  listContactLists(serviceId: string): Promise<ContactList[]>;
  /** Copies a contact list to an upload, which is then checked and sent like any other. */
  useContactList(serviceId: string, id: string): Promise<Upload>;
  /** Returns whether there was one. */
  deleteContactList(serviceId: string, id: string): Promise<boolean>;
}

/** csv, tsv, xlsx, xlsm or ods; the name's ending and the first bytes say which. */
export interface NewUpload {
  serviceId: string;
  fileName: string;
  content: Uint8Array;
  /** A UUID for an upload whose id was chosen outside; a fresh one without. */
  id?: string;
}

export interface Upload {
  id: string;
  serviceId: string;
  fileName: string;
  /** Rows after the header. */
  rowCount: number;
  /** As in the header, empty ones left out. */
  columns: string[];
  createdAt: Date;
  /** What the last check was about, and whether it found that the file may be sent. */
  checked: { templateId: string; senderId: string | null; isValid: boolean } | null;
}

export interface UploadChoice {
  serviceId: string;
  uploadId: string;
  templateId: string;
  /** A reply-to address or text message sender of the service; the default one without. */
  senderId?: string;
}

export const FILE_PROBLEMS = [
  'missing-recipient-column',
  'duplicate-recipient-column',
  'missing-columns',
  'no-rows',
  'over-daily-limit',
  'trial-mode-letters',
  'no-permission',
  'template-not-sendable',
] as const;

/** Wrong with the file as a whole, or with sending it at all. */
export interface FileProblem {
  code: (typeof FILE_PROBLEMS)[number];
  message: string;
  /** Names of columns it is about. */
  columns?: string[];
}

export interface RowError {
  /** 0-based, after the header; the line of a spreadsheet is this plus 2. */
  row: number;
  /** About the whole message, such as its length; null when cells are at fault. */
  message: string | null;
  /** `value` as it stands in the file. */
  cells: { column: string; value: string; message: string }[];
}

export interface UploadCheck {
  isValid: boolean;
  rowCount: number;
  columns: string[];
  problems: FileProblem[];
  rowsWithErrors: number;
  /** The first 100 rows with errors. */
  errors: RowError[];
  /** The first ten rows, as the template gets them. */
  preview: { row: number; recipient: string; personalisation: Record<string, unknown> }[];
  /** Text message fragments, or 0: what the send would be billed for, foreign ones weighted. */
  chargeableFragments: number;
  internationalRows: number;
}

export interface NewBulkSend {
  serviceId: string;
  uploadId: string;
  /** Null for what nobody signed in for. */
  createdById: string | null;
  /** Those of the check when absent. */
  templateId?: string;
  senderId?: string;
  scheduledFor?: Date;
  contactListId?: string;
  correlationId?: string;
}

export const BULK_SEND_STATUSES = [
  'scheduled',
  'pending',
  'in progress',
  'finished',
  'finished all notifications created',
  'sending limits exceeded',
  'cancelled',
  'error',
] as const;
export type BulkSendStatus = (typeof BULK_SEND_STATUSES)[number];

export interface BulkSend {
  id: string;
  serviceId: string;
  serviceName: string;
  templateId: string;
  templateName: string;
  templateType: NotificationType;
  templateVersion: number;
  originalFileName: string;
  /** Rows of the file. */
  notificationCount: number;
  status: BulkSendStatus;
  createdAt: Date;
  updatedAt: Date | null;
  scheduledFor: Date | null;
  processingStarted: Date | null;
  processingFinished: Date | null;
  /** The file is past retention and gone. */
  isArchived: boolean;
  contactListId: string | null;
  /** The bulk send whose failed rows these are. */
  resendOfId: string | null;
  createdBy: { id: string; name: string } | null;
  /** Messages by status; empty before the start. */
  statistics: { status: string; count: number }[];
}

export interface BulkSendFilter {
  serviceId: string;
  page?: number;
  statuses?: BulkSendStatus[];
  /** Created in the last so many London days. */
  limitDays?: number;
  contactListId?: string;
}

export interface BulkSendPage {
  items: BulkSend[];
  pageSize: number;
  total: number;
}

export interface ResendRequest {
  serviceId: string;
  id: string;
  createdById: string | null;
  correlationId?: string;
}

export interface NewContactList {
  serviceId: string;
  /** An upload that was checked against nothing but its recipients; its file becomes the list's. */
  uploadId: string;
  templateType: 'email' | 'sms';
  createdById: string | null;
}

export interface ContactList {
  id: string;
  serviceId: string;
  originalFileName: string;
  templateType: 'email' | 'sms';
  rowCount: number;
  createdAt: Date;
  createdByName: string | null;
  hasJobs: boolean;
  /** Bulk sends made of it within the retention of its channel. */
  recentJobCount: number;
}

export const REFUSALS = {
  'unreadable-file': 400,
  'too-many-rows': 400,
  'file-too-large': 413,
  'no-rows': 400,
  'upload-not-found': 404,
  'template-not-found': 404,
  'template-deleted': 400,
  'sender-not-found': 400,
  'service-inactive': 403,
  'trial-mode-letters': 403,
  'not-valid': 400,
  'scheduled-in-past': 400,
  'scheduled-too-far': 400,
  'not-found': 404,
  'not-letters': 400,
  'still-processing': 400,
  'too-late': 400,
  'still-sending': 409,
  'nothing-failed': 400,
  'file-gone': 410,
} as const;
export type RefusalCode = keyof typeof REFUSALS;

/** What was asked cannot be done, and why, in words for people; `status` is what HTTP calls it. */
export class BulkSendRefusal extends Error {
  readonly code: RefusalCode;
  readonly status: number;

  constructor(code: RefusalCode, message: string) {
    super(message);
    this.name = 'BulkSendRefusal';
    this.code = code;
    this.status = REFUSALS[code];
  }
}
