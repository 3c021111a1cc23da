import type { NotificationType } from '../services/service.ts';
import type { TemplateRow } from '../services/template-queries.ts';
import type { FileProblem, RowError, UploadCheck } from './bulk-sends.ts';
import { missingRecipientColumns, openRecipientFile, repeatedRecipientColumns } from './recipient-file.ts';
import { createRowChecker, type SendingRules } from './row-check.ts';

/** All that a check looks at; plain data that can go to a thread. */
export interface FileToCheck {
  csv: string;
  template: TemplateRow;
  rules: SendingRules;
  /** The template's own files. */
  fileNames?: readonly string[];
  /** What may still be sent today. */
  remainingToday: number;
}

const MOST_ERRORS = 100;
const PREVIEW_ROWS = 10;
const CHANNEL_WORDS: Readonly<Record<NotificationType, string>> = {
  sms: 'text messages',
  email: 'emails',
  letter: 'letters',
};

/** Every row of a file against a template: internals section 6.2. Takes time in proportion to the file. */
export function checkFile({
  csv,
  template,
  rules,
  remainingToday,
  fileNames = [],
}: FileToCheck): UploadCheck {
  const type = template.template_type;
  const file = openRecipientFile(csv, type);
  const checker = createRowChecker({ template, rules, file, fileNames });
  const problems = findSendingProblems(template, rules);
  const columns = file.columns.map(({ name }) => name);
  const missing = missingRecipientColumns(file.columns, type);
  if (missing.length > 0) problems.push(columnProblem('missing-recipient-column', missing));
  const repeated = repeatedRecipientColumns(file.columns, type);
  if (repeated.length > 0) problems.push(columnProblem('duplicate-recipient-column', repeated));
  const known = new Set(file.columns.map(({ comparable }) => comparable));
  const lacking = [...checker.placeholders].filter((name) => !known.has(name));
  if (lacking.length > 0) problems.push(columnProblem('missing-columns', lacking));

  const result: UploadCheck = {
    isValid: false,
    rowCount: 0,
    columns,
    problems,
    rowsWithErrors: 0,
    errors: [],
    preview: [],
    chargeableFragments: 0,
    internationalRows: 0,
  };
  if (missing.length === 0) checkRows(result, file, checker);
  if (result.rowCount === 0 && missing.length === 0) {
    problems.push({ code: 'no-rows', message: 'The file has no rows of recipients' });
  }
  if (result.rowCount > remainingToday) {
    problems.push({
      code: 'over-daily-limit',
      message: `You can only send ${remainingToday} more ${CHANNEL_WORDS[type]} today; the file has ${result.rowCount} rows`,
    });
  }
  result.isValid = problems.length === 0 && result.rowsWithErrors === 0;
  return result;
}

function checkRows(
  result: UploadCheck,
  file: ReturnType<typeof openRecipientFile>,
  checker: ReturnType<typeof createRowChecker>,
): void {
  for (const row of file.rows()) {
    const checked = checker.check(row);
    result.rowCount += 1;
    if (checked.error) addError(result, checked.error);
    const isInternational = checked.number?.countsAsInternational ?? checked.address?.international ?? false;
    if (isInternational) result.internationalRows += 1;
    result.chargeableFragments += checked.fragments * (checked.number?.rateMultiplier ?? 1);
    if (result.preview.length < PREVIEW_ROWS) {
      const { recipient, personalisation } = checked;
      result.preview.push({ row: row.row, recipient: recipient ?? '', personalisation });
    }
  }
}

function addError(result: UploadCheck, error: RowError): void {
  result.rowsWithErrors += 1;
  if (result.errors.length < MOST_ERRORS) result.errors.push(error);
}

function findSendingProblems(template: TemplateRow, rules: SendingRules): FileProblem[] {
  const type = template.template_type;
  if (template.archived) return [{ code: 'template-not-sendable', message: 'Template has been deleted' }];
  if (!rules.permissions.includes(type)) {
    return [{ code: 'no-permission', message: `Service is not allowed to send ${CHANNEL_WORDS[type]}` }];
  }
  if (type === 'letter' && rules.isRestricted) {
    return [{ code: 'trial-mode-letters', message: 'Cannot send letters when service is in trial mode' }];
  }
  return [];
}

function columnProblem(code: FileProblem['code'], columns: string[]): FileProblem {
  const list = columns.join(', ');
  const messages: Partial<Record<FileProblem['code'], string>> = {
    'missing-recipient-column': `The file needs a column for the recipient: ${list}`,
    'duplicate-recipient-column': `The file has more than one column of the same name: ${list}`,
    'missing-columns': `The file has no column for these parts of the template: ${list}`,
  };
  return { code, message: messages[code] ?? list, columns };
}
