// Files that an email template links to: public section 6.8.6, internals sections 3.4.7 and 6.11.5.
import { randomUUID } from 'node:crypto';
import type { TaskRun } from '#platform/jobs';
import type { NotifyContext } from '../context.ts';
import { BadRequestError } from '../errors.ts';
import { readBlob } from '../letter-production/letter-files.ts';
import type { Service } from '../services/service.ts';
import { comparableName } from '../templates/personalisation.ts';
import {
  findArchivedFiles,
  findForgottenFiles,
  listFilesOfVersion,
  listTemplateFiles,
  type TemplateFileRow,
  writeTemplateFile,
} from './template-file-queries.ts';

const DAY_MS = 86_400_000;
const KEPT_DAYS = 14;
const LOOK_BACK_DAYS = 3;
const PAGE = 250;
const FIRST_ID = '00000000-0000-0000-0000-000000000000';

export function templateFileKey(serviceId: string, id: string): string {
  return `notify/template-email-files/${serviceId}/${id}`;
}

export interface NewTemplateFile {
  id?: string;
  serviceId: string;
  templateId: string;
  templateVersion: number;
  filename: string;
  linkText: string | null;
  /** 1 to 78 weeks. */
  retentionWeeks: number;
  confirmsEmail: boolean;
  createdById: string | null;
  /** Absent when whoever asks has put it into the store already. */
  content?: Uint8Array;
}

/**
 * Adds a file that is not part of its template yet. Throws a 400 for a template that is none of emails, and for a name
 * that the template has already.
 */
export async function addTemplateFile(ctx: NotifyContext, file: NewTemplateFile): Promise<TemplateFileRow> {
  const template = await ctx.templates.latest(file.serviceId, file.templateId);
  if (template?.row.template_type !== 'email') {
    throw new BadRequestError('Cannot add an email file to a non-email template');
  }
  const id = file.id ?? randomUUID();
  if (file.content !== undefined) {
    const type = { contentType: 'application/octet-stream' };
    await ctx.blobs.put(templateFileKey(file.serviceId, id), ctx.secrets.sealBytes(file.content), type);
  }
  return ctx.db.kysely.transaction().execute(async (trx) => {
    const known = await listTemplateFiles(trx, file.templateId, { pending: true });
    if (known.some((one) => comparableName(one.filename) === comparableName(file.filename))) {
      throw new BadRequestError(
        `File named ${file.filename} already exists for template id ${file.templateId}`,
      );
    }
    const row: TemplateFileRow = {
      id,
      template_id: file.templateId,
      template_version: file.templateVersion,
      filename: file.filename,
      link_text: file.linkText,
      retention_period: file.retentionWeeks,
      validate_users_email: file.confirmsEmail,
      pending: true,
      archived_at: null,
      archived_by_id: null,
      created_by_id: file.createdById,
      version: 1,
      created_at: ctx.clock.now(),
      updated_at: null,
    };
    await writeTemplateFile(trx, row);
    return row;
  });
}

/** The files that messages of a version link to; kept for half a minute. */
export function filesOfVersion(
  ctx: Pick<NotifyContext, 'templateFiles'>,
  template: { id: string; version: number },
): Promise<TemplateFileRow[]> {
  return ctx.templateFiles.get(`${template.id} ${template.version}`);
}

/** What `filesOfVersion` reads. */
export function readFilesOf(db: NotifyContext['db'], key: string): Promise<TemplateFileRow[]> {
  const [id = '', version = ''] = key.split(' ');
  return listFilesOfVersion(db.kysely, id, Number(version));
}

/** Personalisation in which every file has a value, so that none counts as missing before its link is made. */
export function withFileNames(
  personalisation: Record<string, unknown>,
  files: readonly TemplateFileRow[],
): Record<string, unknown> {
  if (files.length === 0) return personalisation;
  return { ...personalisation, ...Object.fromEntries(files.map(({ filename }) => [filename, filename])) };
}

/** Keeps a copy of every file for one recipient and puts its link into the personalisation. */
export async function attachTemplateFiles(
  ctx: NotifyContext,
  service: Pick<Service, 'id'>,
  files: readonly TemplateFileRow[],
  email: { personalisation: Record<string, unknown>; recipient: string },
): Promise<Record<string, unknown>> {
  const links: Record<string, string> = {};
  for (const file of files) {
    const sealed = await readBlob(ctx.blobs, templateFileKey(service.id, file.id));
    if (!sealed) throw new Error(`File ${file.id} of template ${file.template_id} is not in the store`);
    const sent = {
      base64: ctx.secrets.openBytes(sealed).toString('base64'),
      filename: file.filename,
      isCsv: false,
      confirmsEmail: file.validate_users_email,
      retentionWeeks: file.retention_period,
    };
    const stored = await ctx.documents.store(sent, { serviceId: service.id, recipient: email.recipient });
    if ('problem' in stored) throw new BadRequestError(stored.problem.message);
    links[file.filename] = file.link_text ? `[${file.link_text}](${stored.url})` : stored.url;
  }
  return { ...email.personalisation, ...links };
}

/** Nightly: what was not made part of a template within a day is archived. */
export async function archivePendingFiles(ctx: NotifyContext): Promise<void> {
  const now = ctx.clock.now();
  await ctx.db.kysely.transaction().execute(async (trx) => {
    for (const file of await findForgottenFiles(trx, new Date(now.getTime() - DAY_MS))) {
      await writeTemplateFile(trx, { ...file, archived_at: now, version: file.version + 1, updated_at: now });
    }
  });
}

/** Nightly: files archived two weeks ago leave the store; the three days before are looked through once more. */
export async function removeArchivedFiles(ctx: NotifyContext, run: Pick<TaskRun, 'signal'>): Promise<void> {
  const now = ctx.clock.now().getTime();
  const to = new Date(now - KEPT_DAYS * DAY_MS);
  const from = new Date(to.getTime() - LOOK_BACK_DAYS * DAY_MS);
  for (let afterId = FIRST_ID; !run.signal.aborted; ) {
    const files = await findArchivedFiles(ctx.db.kysely, { from, to, afterId, limit: PAGE });
    for (const { id, service_id: serviceId } of files) await ctx.blobs.delete(templateFileKey(serviceId, id));
    const last = files.at(-1);
    if (!last || files.length < PAGE) return;
    afterId = last.id;
  }
}
