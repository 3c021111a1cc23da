// Files as the admin website changes them: what emails link to already is part of a template's version, so a change of it
// is one of the template (internals section 3.4.7).
import type { Handle } from '#platform/db';
import type { NotifyContext } from '../context.ts';
import { readBlob } from '../letter-production/letter-files.ts';
import { findEditable, saveVersion } from '../template-editing/template-edit-queries.ts';
import { emailFileKey, readWebsiteBytes } from '../website-files/website-buckets.ts';
import { findTemplateFile, type TemplateFileRow, writeTemplateFile } from './template-file-queries.ts';
import { templateFileKey } from './template-files.ts';

export interface FilePlace {
  serviceId: string;
  templateId: string;
  id: string;
}

export interface FileChange {
  link_text?: string | null;
  retention_period?: number;
  validate_users_email?: boolean;
  pending?: boolean;
  archived?: { byId: string | null };
}

/** Why a file cannot be part of its template. */
export class FileRefusal extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'FileRefusal';
  }
}

/** Copies the bytes that the website keeps to where emails are made; false when there are none anywhere. */
export async function fetchTemplateFile(ctx: NotifyContext, serviceId: string, id: string): Promise<boolean> {
  const key = templateFileKey(serviceId, id);
  const content = await readWebsiteBytes(ctx.websiteBuckets.templateEmailFiles, emailFileKey(serviceId, id));
  if (!content) return (await readBlob(ctx.blobs, key)) !== undefined;
  await ctx.blobs.put(key, ctx.secrets.sealBytes(content), { contentType: 'application/octet-stream' });
  return true;
}

/**
 * Changes a file, makes it part of its template, or archives it; undefined when there is no such file. Refuses to make a
 * file live whose bytes nobody has: every email would fail.
 */
export async function changeLiveFile(
  ctx: NotifyContext,
  place: FilePlace,
  change: FileChange,
): Promise<TemplateFileRow | undefined> {
  if (change.pending === false && !(await fetchTemplateFile(ctx, place.serviceId, place.id))) {
    throw new FileRefusal('The file is not in the store');
  }
  const changed = await ctx.db.kysely.transaction().execute((trx) => changeOne(ctx, trx, place, change));
  ctx.templateFiles.clear();
  ctx.templates.clear();
  return changed;
}

/** Files go with the version of the template that does without them. */
export async function archiveFilesOf(
  ctx: NotifyContext,
  template: { id: string; service_id: string },
  ids: readonly string[],
  archivedById: string | null,
): Promise<void> {
  const { id: templateId, service_id: serviceId } = template;
  for (const id of ids) {
    await changeLiveFile(ctx, { serviceId, templateId, id }, { archived: { byId: archivedById } });
  }
}

async function changeOne(
  ctx: NotifyContext,
  trx: Handle,
  { serviceId, templateId, id }: FilePlace,
  { archived, ...change }: FileChange,
): Promise<TemplateFileRow | undefined> {
  // The template first, as every editor locks it.
  const template = await findEditable(trx, serviceId, templateId, true);
  const file = template && (await findTemplateFile(trx, templateId, id));
  if (!template || !file || file.archived_at !== null) return file;
  const now = ctx.clock.now();
  // What no version has yet comes and goes without one.
  const version = file.pending || template.archived ? template.version : template.version + 1;
  if (version > template.version) await saveVersion(trx, { ...template, version, updated_at: now });
  const next = {
    ...file,
    ...change,
    ...(archived ? { archived_at: now, archived_by_id: archived.byId } : {}),
    // Once it is live it stays so.
    pending: file.pending && change.pending !== false,
    template_version: version,
    version: file.version + 1,
    updated_at: now,
  };
  await writeTemplateFile(trx, next);
  return next;
}
