import { randomUUID } from 'node:crypto';
import type { Handle } from '#platform/db';
import type { NotifyContext } from '../context.ts';
import type { ServiceRecord } from '../service-settings/service-record-queries.ts';
import type { NotificationType } from '../services/service.ts';
import { compileLetter, findQrCodeProblem } from '../templates/letter.ts';
import { compileSms, renderSms, SMS_MAX_CHARACTERS } from '../templates/sms.ts';
import { findFolder } from './folder-queries.ts';
import {
  type EditableTemplate,
  findEditable,
  hasLetterContact,
  redactTemplate,
  saveVersion,
} from './template-edit-queries.ts';

/** Why a template was not saved; `message` as internals section 3.4.6 says it. */
export class TemplateRefusal extends Error {
  readonly status: number;
  readonly answer: string | Record<string, string[]>;

  constructor(status: number, answer: string | Record<string, string[]>) {
    super(typeof answer === 'string' ? answer : Object.values(answer).flat().join('; '));
    this.name = 'TemplateRefusal';
    this.status = status;
    this.answer = answer;
  }
}

/** Who edits; the address stands in the public API. */
export interface Editor {
  id: string;
  email_address: string;
}

export interface NewTemplate {
  /** Made up here without one. */
  id?: string;
  type: NotificationType;
  name: string;
  content: string;
  subject: string | null;
  postage: string | null;
  folderId: string | null;
  hasUnsubscribeLink: boolean;
  letterContactId: string | null;
  /** Welsh texts of a letter that is in both languages. */
  welsh?: WelshText | null;
}

export interface WelshText {
  subject: string;
  content: string;
}

export interface TemplateChanges {
  name?: string;
  content?: string;
  subject?: string | null;
  postage?: string | null;
  archived?: boolean;
  folderId?: string | null;
  hasUnsubscribeLink?: boolean;
  letterContactId?: string | null;
  /** Null for a letter that is in English alone. */
  welsh?: WelshText | null;
  letterAttachmentId?: string | null;
}

const CHANNEL_WORDS: Record<NotificationType, string> = {
  email: 'email',
  sms: 'text message',
  letter: 'letter',
};

/** The first version of a template; checks in the order of internals section 3.4.6. */
export async function createTemplate(
  ctx: NotifyContext,
  service: ServiceRecord,
  template: NewTemplate,
  editor: Editor,
): Promise<EditableTemplate> {
  const id = template.id ?? randomUUID();
  const now = ctx.clock.now();
  await ctx.db.kysely.transaction().execute(async (trx) => {
    if (template.folderId !== null && !(await findFolder(trx, service.id, template.folderId))) {
      throw new TemplateRefusal(400, 'parent_folder_id not found');
    }
    checkChannel(service, template.type, 'Creating');
    const version = {
      id,
      service_id: service.id,
      version: 1,
      template_type: template.type,
      name: template.name,
      content: template.content,
      subject: template.type === 'sms' ? null : template.subject,
      postage: template.type === 'letter' ? (template.postage ?? 'second') : null,
      archived: false,
      hidden: false,
      has_unsubscribe_link: template.type === 'email' && template.hasUnsubscribeLink,
      letter_contact_id: template.letterContactId,
      created_by: editor.email_address,
      created_by_id: editor.id,
      created_at: now,
      updated_at: null,
      folder_id: template.folderId,
      ...languageColumns(template.type, template.welsh ?? null),
      letter_attachment_id: null,
    };
    checkContent(version);
    await checkLetterContact(trx, service.id, version.letter_contact_id);
    if (!(await saveVersion(trx, version))) {
      throw new TemplateRefusal(409, 'A template with this id exists already');
    }
  });
  ctx.templates.clear();
  return read(ctx, service.id, id);
}

/** The next version; one that would be the same is not made. Undefined when the service has no such template. */
export async function changeTemplate(
  ctx: NotifyContext,
  service: ServiceRecord,
  id: string,
  changes: TemplateChanges,
  editor: Editor | undefined,
): Promise<EditableTemplate | undefined> {
  const now = ctx.clock.now();
  const isThere = await ctx.db.kysely.transaction().execute(async (trx) => {
    const stored = await findEditable(trx, service.id, id, true);
    if (!stored) return false;
    checkChannel(service, stored.template_type, 'Updating');
    if (changes.letterAttachmentId && stored.letter_attachment_id !== null) {
      throw new TemplateRefusal(400, 'template-already-has-attachment');
    }
    const next = { ...stored, ...columnsOf(changes, stored) };
    if (next.template_type !== 'sms' && !next.subject?.trim()) {
      throw new TemplateRefusal(400, { subject: ['Invalid template subject'] });
    }
    checkContent(next);
    if (next.letter_contact_id !== stored.letter_contact_id) {
      await checkLetterContact(trx, service.id, next.letter_contact_id);
    }
    if (isSame(stored, next)) return true;
    const {
      created_by_name: _name,
      redact_personalisation: _redacted,
      letter_attachment: _attachment,
      email_files: _files,
      ...version
    } = next;
    await saveVersion(trx, {
      ...version,
      version: stored.version + 1,
      created_by: editor?.email_address ?? stored.created_by,
      created_by_id: editor?.id ?? stored.created_by_id,
      updated_at: now,
    });
    return true;
  });
  ctx.templates.clear();
  return isThere ? read(ctx, service.id, id) : undefined;
}

/** Values are shown as hidden from now on, for good. */
export async function hidePersonalisation(ctx: NotifyContext, serviceId: string, id: string): Promise<void> {
  await redactTemplate(ctx.db.kysely, serviceId, id);
  ctx.templates.clear();
}

async function read(ctx: NotifyContext, serviceId: string, id: string): Promise<EditableTemplate> {
  const template = await findEditable(ctx.db.kysely, serviceId, id);
  if (!template) throw new Error('A template was saved and is gone');
  return template;
}

function columnsOf(changes: TemplateChanges, stored: EditableTemplate): Partial<EditableTemplate> {
  const columns: Partial<EditableTemplate> = {};
  if (changes.name !== undefined) columns.name = changes.name;
  if (changes.content !== undefined) columns.content = changes.content;
  if (changes.subject !== undefined && stored.template_type !== 'sms') columns.subject = changes.subject;
  if (changes.postage !== undefined && stored.template_type === 'letter') columns.postage = changes.postage;
  if (changes.hasUnsubscribeLink !== undefined && stored.template_type === 'email') {
    columns.has_unsubscribe_link = changes.hasUnsubscribeLink;
  }
  if (changes.letterContactId !== undefined) columns.letter_contact_id = changes.letterContactId;
  if (changes.welsh !== undefined) {
    Object.assign(columns, languageColumns(stored.template_type, changes.welsh));
  }
  if (changes.letterAttachmentId !== undefined) columns.letter_attachment_id = changes.letterAttachmentId;
  if (changes.folderId !== undefined) columns.folder_id = changes.folderId;
  if (changes.archived !== undefined) columns.archived = changes.archived;
  if (changes.archived) columns.folder_id = null;
  return columns;
}

function languageColumns(type: NotificationType, welsh: WelshText | null) {
  return {
    letter_languages: type === 'letter' ? (welsh === null ? 'english' : 'welsh_then_english') : null,
    letter_welsh_subject: type === 'letter' ? (welsh?.subject ?? null) : null,
    letter_welsh_content: type === 'letter' ? (welsh?.content ?? null) : null,
  };
}

function isSame(stored: EditableTemplate, next: EditableTemplate): boolean {
  const names = Object.keys(stored) as (keyof EditableTemplate)[];
  return names.every((name) => stored[name] === next[name]);
}

function checkChannel(service: ServiceRecord, type: NotificationType, doing: 'Creating' | 'Updating'): void {
  if (service.permissions.includes(type)) return;
  throw new TemplateRefusal(403, {
    template_type: [`${doing} ${CHANNEL_WORDS[type]} templates is not allowed`],
  });
}

/** What can be said of content without values: a text that is too long as it stands, a QR code that holds too much. */
function checkContent(template: {
  template_type: NotificationType;
  content: string;
  subject: string | null;
  letter_welsh_subject: string | null;
  letter_welsh_content: string | null;
}): void {
  if (template.template_type === 'sms') {
    const { characters } = renderSms(compileSms(template), {});
    if (characters <= SMS_MAX_CHARACTERS) return;
    throw new TemplateRefusal(400, {
      content: [`Content has a character count greater than the limit of ${SMS_MAX_CHARACTERS}`],
    });
  }
  if (template.template_type !== 'letter') return;
  const letter = compileLetter({
    subject: template.subject ?? '',
    content: template.content,
    contactBlock: null,
    welshSubject: template.letter_welsh_subject,
    welshContent: template.letter_welsh_content,
  });
  if (findQrCodeProblem(letter, {})) throw new TemplateRefusal(400, { content: ['qr-code-too-long'] });
}

async function checkLetterContact(handle: Handle, serviceId: string, id: string | null): Promise<void> {
  if (id === null || (await hasLetterContact(handle, serviceId, id))) return;
  throw new TemplateRefusal(
    400,
    `letter_contact_id ${id} does not exist in database for service id ${serviceId}`,
  );
}
