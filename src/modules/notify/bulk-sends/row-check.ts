// What one row would become, judged as the send itself judges it. Pure, so that 100,000 rows can be checked in a thread.
import { comparableRecipient } from '../recipients/allowed-recipients.ts';
import { EMAIL_ADDRESS_MESSAGE, normaliseEmailAddress } from '../recipients/email-address.ts';
import {
  checkPhoneNumber,
  consolePhoneMessage,
  isPhoneProblem,
  type PhoneNumber,
} from '../recipients/phone-number.ts';
import { findAddressProblem, type PostalAddress, readPostalAddress } from '../recipients/postal-address.ts';
import type { NotificationType } from '../services/service.ts';
import type { TemplateRow } from '../services/template-queries.ts';
import { Template } from '../services/templates.ts';
import { emailSizeMessage, isEmptyBody, renderEmailForApi } from '../templates/email.ts';
import { findQrCodeProblem, renderLetterForApi } from '../templates/letter.ts';
import { comparableName } from '../templates/personalisation.ts';
import { renderSms, smsLengthMessage } from '../templates/sms.ts';
import type { RowError } from './bulk-sends.ts';
import { createNumberReader } from './file-numbers.ts';
import {
  type FileColumn,
  personalisationReader,
  type RecipientFile,
  type RecipientRow,
  recipientOf,
} from './recipient-file.ts';

/** What of a service decides about its rows; plain data. */
export interface SendingRules {
  isRestricted: boolean;
  permissions: readonly string[];
  /** In comparable form; who a service in trial mode may send to. */
  allowedRecipients: readonly string[];
}

export interface CheckedRow {
  row: number;
  recipient: string | null;
  reference: string | null;
  personalisation: Record<string, unknown>;
  /** Set where the row may be sent. */
  number?: PhoneNumber;
  emailAddress?: string;
  address?: PostalAddress;
  fragments: number;
  error: RowError | undefined;
}

export interface RowChecker {
  placeholders: ReadonlySet<string>;
  check(row: RecipientRow): CheckedRow;
}

const NOT_ALLOWED =
  'You can only send to members of your team and your guest list while your service is in trial mode';

/** Judges the rows of one file for one template version; no row's verdict depends on another row. */
export function createRowChecker(options: {
  template: TemplateRow;
  rules: SendingRules;
  file: RecipientFile;
  /** Names of the template's own files, which no column has to fill. */
  fileNames?: readonly string[];
  /** Rows that were found valid before are not rendered again. */
  skipsContent?: boolean;
}): RowChecker {
  const { rules, file } = options;
  const template = new Template(options.template);
  const type = options.template.template_type;
  const placeholders = placeholdersToFill(template, options.fileNames ?? []);
  const names = new Map(file.columns.map((column) => [column.comparable, column.name]));
  const column = recipientColumn(file.columns, type);
  const personalisationOf = personalisationReader(file, type, placeholders);
  const permissions = new Set(rules.permissions);
  const recipientRules: RecipientRules = {
    type,
    permissions,
    allowed: rules.isRestricted ? new Set(rules.allowedRecipients) : undefined,
    readNumber: createNumberReader({
      international: permissions.has('international_sms'),
      landline: permissions.has('sms_to_uk_landlines'),
    }),
  };

  const check = (row: RecipientRow): CheckedRow => {
    const cells: RowError['cells'] = [];
    const recipient = recipientOf(row.values, type);
    const checked: CheckedRow = {
      row: row.row,
      recipient,
      reference: referenceOf(row),
      personalisation: personalisationOf(row),
      fragments: 0,
      error: undefined,
    };
    const problem = recipient === null ? 'Missing' : findRecipientProblem(checked, recipient, recipientRules);
    if (problem !== undefined) cells.push({ column, value: recipient ?? '', message: problem });
    for (const comparable of placeholders) {
      const value = row.values.get(comparable);
      if (value === null && !isRecipientOf(type, comparable)) {
        cells.push({ column: names.get(comparable) ?? comparable, value: '', message: 'Missing' });
      }
    }
    const message = cells.length > 0 || options.skipsContent ? null : findContentProblem(template, checked);
    if (cells.length > 0 || message !== null) checked.error = { row: row.row, message, cells };
    return checked;
  };
  return { placeholders, check };
}

/** Names of placeholders that a file needs columns for, in comparable form; the template's own files need none. */
function placeholdersToFill(template: Template, fileNames: readonly string[]): Set<string> {
  const own = new Set(fileNames.map(comparableName));
  return new Set(
    template
      .placeholders()
      .map(comparableName)
      .filter((name) => !own.has(name)),
  );
}

/** What a file with these columns does not have for a template, which may have changed since the file was checked. */
export function columnsLacking(
  template: TemplateRow,
  fileNames: readonly string[],
  columns: readonly string[],
): string[] {
  const known = new Set(columns.map(comparableName));
  return [...placeholdersToFill(new Template(template), fileNames)].filter((name) => !known.has(name));
}

function isRecipientOf(type: NotificationType, comparable: string): boolean {
  return type === 'letter' && (comparable === 'postcode' || /^addressline\d$/.test(comparable));
}

/** Whether or not the template has a placeholder of that name. */
function referenceOf({ values }: RecipientRow): string | null {
  const reference = values.get('reference');
  return typeof reference === 'string' ? reference : null;
}

function recipientColumn(columns: readonly FileColumn[], type: NotificationType): string {
  const wanted = { sms: 'phonenumber', email: 'emailaddress', letter: 'addressline1' }[type];
  return columns.findLast(({ comparable }) => comparable === wanted)?.name ?? wanted;
}

interface RecipientRules {
  type: NotificationType;
  permissions: ReadonlySet<string>;
  /** Undefined where anybody may be sent to. */
  allowed: ReadonlySet<string> | undefined;
  readNumber: ReturnType<typeof createNumberReader>;
}

/** Why nothing may be sent there; sets what sending needs to know of the recipient otherwise. */
function findRecipientProblem(
  checked: CheckedRow,
  recipient: string,
  { type, permissions, allowed, readNumber }: RecipientRules,
): string | undefined {
  if (type === 'sms') {
    const number = readNumber(recipient);
    if (isPhoneProblem(number)) {
      // Jersey, Guernsey and the Isle of Man need no permission.
      const anywhere = checkPhoneNumber(recipient);
      const isForeign = !isPhoneProblem(anywhere) && anywhere.international;
      return isForeign ? 'Cannot send to international mobile numbers' : consolePhoneMessage(number.error);
    }
    checked.number = number;
  } else if (type === 'email') {
    const address = normaliseEmailAddress(recipient);
    if (address === undefined) return EMAIL_ADDRESS_MESSAGE;
    checked.emailAddress = address;
  } else {
    const address = readPostalAddress(recipient);
    const problem = findAddressProblem(address, {
      internationalLetters: permissions.has('international_letters'),
    });
    if (problem) return problem.message;
    checked.address = address;
    return undefined;
  }
  return allowed === undefined || allowed.has(comparableRecipient(recipient)) ? undefined : NOT_ALLOWED;
}

function findContentProblem(template: Template, checked: CheckedRow): string | null {
  const { personalisation } = checked;
  const type = template.row.template_type;
  if (type === 'sms') {
    const rendered = renderSms(template.sms(), personalisation);
    checked.fragments = rendered.fragments;
    if (rendered.characters === 0) return 'Your message is empty.';
    return smsLengthMessage(rendered.characters) ?? null;
  }
  if (type === 'email') {
    const compiled = template.email();
    const { body } = renderEmailForApi(compiled, personalisation);
    if (isEmptyBody(compiled.content, body)) return 'Your message is empty.';
    return emailSizeMessage(body) ?? null;
  }
  const compiled = template.letter();
  const qrCode = findQrCodeProblem(compiled, personalisation);
  if (qrCode) return qrCode.message;
  const { body } = renderLetterForApi(compiled, personalisation);
  return isEmptyBody(compiled.content, body) ? 'Your message is empty.' : null;
}
