import { readUuid } from '../auth/uuid-text.ts';
import { ValidationError } from '../errors.ts';
import { cleanText } from '../requests/personalisation-values.ts';
import { anything, type Check, type ObjectSchema, oneOf, text, uuid, validate } from '../requests/schema.ts';
import type { NotificationType } from '../services/service.ts';
import type { NewTemplate, WelshText } from '../template-editing/edit-template.ts';
import type { Field } from './fields.ts';

const orNull =
  (check: Check): Check =>
  (value) =>
    value === null ? [] : check(value);
const boolean: Check = (value) => (typeof value === 'boolean' ? [] : ['is not of type boolean']);
const filled: Check = (value) => (value === '' ? ["'' should be non-empty"] : text(value));

const POSTAGES = ['first', 'second', 'economy'] as const;
const postage: Check = (value) =>
  POSTAGES.includes(value as (typeof POSTAGES)[number])
    ? []
    : ['invalid. It must be either first, second or economy.'];

const NEW_TEMPLATE: ObjectSchema = {
  properties: [
    ['name', filled],
    ['template_type', oneOf(['sms', 'email', 'letter'])],
    ['service', uuid],
    ['content', text],
    ['subject', orNull(text)],
    ['parent_folder_id', orNull(uuid)],
    ['postage', orNull(postage)],
    ['created_by', uuid],
    ['letter_languages', orNull(oneOf(['english', 'welsh_then_english']))],
    ['letter_welsh_subject', orNull(text)],
    ['letter_welsh_content', orNull(text)],
    ['has_unsubscribe_link', orNull(boolean)],
    ['process_type', anything],
  ],
  required: ['name', 'template_type', 'content', 'service', 'created_by'],
  allowsOthers: true,
};

/** The body that creates a template: internals section 3.4.6. */
export function checkNewTemplate(body: Record<string, unknown>): {
  template: NewTemplate;
  createdBy: string;
} {
  const checked = validate(NEW_TEMPLATE, body);
  const type = checked.template_type as NotificationType;
  if (type !== 'sms' && !Object.hasOwn(checked, 'subject')) {
    throw new ValidationError(['subject is a required property']);
  }
  if (type !== 'sms' && checked.subject === null) {
    throw new ValidationError(['subject None is not of type string']);
  }
  const welsh = readWelsh(checked) ?? null;
  return {
    template: {
      type,
      name: cleanText(String(checked.name)),
      content: cleanText(String(checked.content)),
      subject: typeof checked.subject === 'string' ? cleanText(checked.subject) : null,
      postage: typeof checked.postage === 'string' ? checked.postage : null,
      folderId: readUuid(checked.parent_folder_id) ?? null,
      hasUnsubscribeLink: checked.has_unsubscribe_link === true,
      letterContactId: null,
      welsh: type === 'letter' ? welsh : null,
    },
    createdBy: readUuid(checked.created_by) ?? '',
  };
}

/** The Welsh text of a letter: undefined where nothing is said about languages, null for English alone. */
export function readWelsh(body: Record<string, unknown>): WelshText | null | undefined {
  const { letter_languages: languages } = body;
  const [subject, content] = [body.letter_welsh_subject, body.letter_welsh_content];
  if (languages !== undefined && languages !== null) {
    const missing = ['letter_welsh_subject', 'letter_welsh_content'].filter(
      (name) => !Object.hasOwn(body, name),
    );
    if (missing.length > 0)
      throw new ValidationError(missing.map((name) => `${name} is a required property`));
  }
  const isBoth = typeof subject === 'string' && typeof content === 'string';
  const isNeither = (subject ?? null) === null && (content ?? null) === null;
  if (languages === 'english' && !isNeither) {
    throw new ValidationError(['letter_welsh_content must be null for letters in english']);
  }
  if ((languages === 'welsh_then_english' && !isBoth) || (!isBoth && !isNeither)) {
    throw new ValidationError(['letter_welsh_content is not of type string']);
  }
  if (isBoth) return { subject: cleanText(subject), content: cleanText(content) };
  return languages === undefined && subject === undefined ? undefined : null;
}

export const TEMPLATE_CHANGES = {
  name: { kind: 'text', check: (value: string) => (value.trim() ? undefined : 'Field may not be blank.') },
  content: { kind: 'text' },
  subject: { kind: 'text', nullable: true },
  postage: { kind: 'text', nullable: true, oneOf: POSTAGES },
  archived: { kind: 'boolean' },
  has_unsubscribe_link: { kind: 'boolean' },
  letter_languages: { kind: 'text', nullable: true, oneOf: ['english', 'welsh_then_english'] },
  letter_welsh_subject: { kind: 'text', nullable: true },
  letter_welsh_content: { kind: 'text', nullable: true },
  archive_email_file_ids: { kind: 'uuids' },
  reply_to: { kind: 'uuid', nullable: true },
  created_by: { kind: 'uuid', nullable: true },
} as const satisfies Record<string, Field>;
