import { randomUUID } from 'node:crypto';
import { addDays, londonDay, londonMidnight } from '../calendar/london.ts';
import type { NotifyContext } from '../context.ts';
import { readCounts } from '../limits/limit-queries.ts';
import { dayOf } from '../limits/request-limits.ts';
import { normaliseIfPhoneNumber } from '../recipients/phone-number.ts';
import { chooseSender, type NotificationType, type Service } from '../services/service.ts';
import type { Template } from '../services/templates.ts';
import { filesOfVersion } from '../template-files/template-files.ts';
import { contactListKey, putCsv, readCsv, uploadKey } from './bulk-files.ts';
import {
  type BulkSendRow,
  cancelScheduled,
  countBulkRows,
  countByStatus,
  countScheduled,
  findBulkSend,
  insertBulkSend,
  listBulkSends,
} from './bulk-send-queries.ts';
import {
  type BulkSend,
  BulkSendRefusal,
  type BulkSends,
  type ContactList,
  type NewBulkSend,
  type Upload,
  type UploadChoice,
} from './bulk-sends.ts';
import { cancelBulkLetters } from './cancel-letters.ts';
import { convertFile } from './convert-file.ts';
import { reportBulkSend } from './report.ts';
import { resendFailed } from './resend-failed.ts';
import { columnsLacking } from './row-check.ts';
import { rulesOf } from './sending-rules.ts';
import { queueProcessing } from './sweeps.ts';
import {
  archiveContactList,
  type ContactListRow,
  findUploadRow,
  insertContactList,
  insertUpload,
  listContactListRows,
  noteCheck,
  type UploadRow,
} from './upload-queries.ts';

const PAGE_SIZE = 50;
const FURTHEST_DAYS = 7;
const DAY_MS = 86_400_000;

/** Bulk sends as the rest of the module sees them. */
export function createBulkSends(ctx: NotifyContext): BulkSends {
  const { kysely } = ctx.db;
  const uploadOf = async (serviceId: string, id: string): Promise<UploadRow> => {
    const upload = await findUploadRow(kysely, serviceId, id);
    if (!upload) throw new BulkSendRefusal('upload-not-found', 'There is no such upload');
    return upload;
  };
  const store = async (upload: {
    serviceId: string;
    id: string;
    fileName: string;
    csv: string;
    rowCount: number;
    columns: string[];
  }) => {
    const { serviceId, id, fileName, csv, rowCount, columns } = upload;
    // The file before the row that promises it.
    await putCsv(ctx, uploadKey(serviceId, id), csv);
    const row = {
      id,
      service_id: serviceId,
      original_file_name: fileName.slice(0, 255),
      row_count: rowCount,
      columns,
      created_at: ctx.clock.now(),
    };
    if (!(await insertUpload(kysely, row))) {
      throw new BulkSendRefusal('upload-not-found', 'This id belongs to a file that was sent already');
    }
    return toUpload({ ...row, template_id: null, sender_id: null, is_valid: null });
  };

  return {
    upload: async ({ serviceId, fileName, content, id = randomUUID() }) => {
      if (await findBulkSend(kysely, serviceId, id)) {
        throw new BulkSendRefusal('upload-not-found', 'This id belongs to a file that was sent already');
      }
      return store({ serviceId, id, fileName, ...convertFile(fileName, content) });
    },
    findUpload: async (serviceId, id) => {
      const row = await findUploadRow(kysely, serviceId, id);
      return row && toUpload(row);
    },
    readUpload: async (serviceId, id) => {
      const csv = await readCsv(ctx, uploadKey(serviceId, id));
      return csv === undefined ? undefined : Buffer.from(csv);
    },
    check: async (choice) => {
      const upload = await uploadOf(choice.serviceId, choice.uploadId);
      const csv = await readCsv(ctx, uploadKey(choice.serviceId, choice.uploadId));
      if (csv === undefined) throw new BulkSendRefusal('file-gone', 'The file is not kept any more');
      const { service, template } = await partsOf(ctx, choice);
      senderTextOf(ctx, service, template.row.template_type, choice.senderId);
      const result = await ctx.checkWorkshop.check({
        csv,
        template: template.row,
        fileNames: (await filesOfVersion(ctx, template.row)).map(({ filename }) => filename),
        rules: rulesOf(service),
        remainingToday: await remainingToday(ctx, service, template.row.template_type),
      });
      await noteCheck(kysely, {
        id: upload.id,
        templateId: choice.templateId,
        senderId: choice.senderId ?? null,
        isValid: result.isValid,
      });
      return result;
    },
    create: async (request) => {
      const known = await findBulkSend(kysely, request.serviceId, request.uploadId);
      if (known) return toBulkSend(known, []);
      await createOne(ctx, request, await uploadOf(request.serviceId, request.uploadId));
      return toBulkSend(present(await findBulkSend(kysely, request.serviceId, request.uploadId)), []);
    },
    find: async (serviceId, id) => {
      const row = await findBulkSend(kysely, serviceId, id);
      return row && toBulkSend(row, await countByStatus(kysely, [id]));
    },
    list: async (filter) => {
      const since =
        filter.limitDays === undefined
          ? undefined
          : londonMidnight(addDays(londonDay(ctx.clock.now()), -filter.limitDays));
      const { rows, total } = await listBulkSends(kysely, { ...filter, since, pageSize: PAGE_SIZE });
      const counts = await countByStatus(
        kysely,
        rows.filter((row) => row.processing_started !== null).map((row) => row.id),
      );
      return { items: rows.map((row) => toBulkSend(row, counts)), pageSize: PAGE_SIZE, total };
    },
    scheduled: (serviceId) => countScheduled(kysely, serviceId),
    cancel: async (serviceId, id) => {
      const isCancelled = await cancelScheduled(kysely, { serviceId, id, now: ctx.clock.now() });
      return isCancelled ? toBulkSend(present(await findBulkSend(kysely, serviceId, id)), []) : undefined;
    },
    cancelLetters: (serviceId, id) => cancelBulkLetters(ctx, serviceId, id),
    resendFailed: async (request) => {
      const made = await resendFailed(ctx, request);
      return toBulkSend(made, await countByStatus(kysely, [made.id]));
    },
    countRows: async (serviceId, id) =>
      (await findBulkSend(kysely, serviceId, id)) ? countBulkRows(kysely, id) : 0,
    report: (serviceId, id) => reportBulkSend(ctx, serviceId, id),

    saveContactList: async (list) => {
      const upload = await uploadOf(list.serviceId, list.uploadId);
      const csv = await readCsv(ctx, uploadKey(list.serviceId, list.uploadId));
      if (csv === undefined) throw new BulkSendRefusal('file-gone', 'The file is not kept any more');
      await putCsv(ctx, contactListKey(list.serviceId, upload.id), csv);
      await insertContactList(kysely, {
        id: upload.id,
        service_id: list.serviceId,
        original_file_name: upload.original_file_name,
        template_type: list.templateType,
        row_count: upload.row_count,
        columns: upload.columns,
        created_by_id: list.createdById,
        now: ctx.clock.now(),
      });
      return present((await contactLists(ctx, list.serviceId, upload.id))[0]);
    },
    findContactList: async (serviceId, id) => (await contactLists(ctx, serviceId, id))[0],
    listContactLists: (serviceId) => contactLists(ctx, serviceId),
    useContactList: async (serviceId, id) => {
      const [list] = await listContactListRows(kysely, serviceId, { id, now: ctx.clock.now() });
      const csv = list && (await readCsv(ctx, contactListKey(serviceId, id)));
      if (!list || csv === undefined) throw new BulkSendRefusal('not-found', 'There is no such contact list');
      const { original_file_name: fileName, row_count: rowCount, columns } = list;
      return store({ serviceId, id: randomUUID(), fileName, csv, rowCount, columns });
    },
    deleteContactList: async (serviceId, id) => {
      const isDeleted = await archiveContactList(kysely, { serviceId, id, now: ctx.clock.now() });
      // Bulk sends of it have files of their own.
      if (isDeleted) await ctx.blobs.delete(contactListKey(serviceId, id));
      return isDeleted;
    },
  };
}

function present<T>(one: T | undefined): T {
  if (one === undefined) throw new Error('What was just written is gone');
  return one;
}

async function createOne(ctx: NotifyContext, request: NewBulkSend, upload: UploadRow): Promise<void> {
  const templateId = request.templateId ?? upload.template_id ?? undefined;
  const senderId = request.senderId ?? upload.sender_id ?? undefined;
  const isChecked = upload.is_valid === true && templateId === upload.template_id;
  if (templateId === undefined || !isChecked) {
    throw new BulkSendRefusal('not-valid', "File is not valid, can't create job");
  }
  const choice = { serviceId: request.serviceId, uploadId: upload.id, templateId };
  const { service, template } = await partsOf(ctx, choice);
  const type = template.row.template_type;
  if (!service.isActive) {
    throw new BulkSendRefusal('service-inactive', 'Create job is not allowed: service is inactive ');
  }
  if (type === 'letter' && service.isRestricted) {
    const message = 'Create letter job is not allowed for service in trial mode ';
    throw new BulkSendRefusal('trial-mode-letters', message);
  }
  if (template.row.archived) throw new BulkSendRefusal('template-deleted', 'Template has been deleted');
  const fileNames = (await filesOfVersion(ctx, template.row)).map(({ filename }) => filename);
  // The check was of the version of its time; a placeholder that was added since would be filled with nothing.
  if (columnsLacking(template.row, fileNames, upload.columns).length > 0) {
    throw new BulkSendRefusal('not-valid', "File is not valid, can't create job");
  }
  const now = ctx.clock.now();
  checkSchedule(request.scheduledFor, now);
  await ctx.db.kysely.transaction().execute(async (trx) => {
    const isNew = await insertBulkSend(trx, {
      id: upload.id,
      service_id: service.id,
      template_id: template.row.id,
      template_version: template.row.version,
      template_type: type,
      original_file_name: upload.original_file_name,
      notification_count: upload.row_count,
      sender_id: senderId ?? null,
      sender_text: senderTextOf(ctx, service, type, senderId),
      status: request.scheduledFor === undefined ? 'pending' : 'scheduled',
      scheduled_for: request.scheduledFor ?? null,
      contact_list_id: request.contactListId ?? null,
      resend_of_id: null,
      created_by_id: request.createdById,
      correlation_id: request.correlationId ?? null,
      created_at: now,
    });
    if (!isNew || request.scheduledFor !== undefined) return;
    const send = { id: upload.id, service_id: service.id, correlation_id: request.correlationId ?? null };
    await queueProcessing(ctx, trx, [send]);
  });
}

function checkSchedule(scheduledFor: Date | undefined, now: Date): void {
  if (scheduledFor === undefined) return;
  if (scheduledFor < now) throw new BulkSendRefusal('scheduled-in-past', 'Date cannot be in the past');
  if (scheduledFor.getTime() > now.getTime() + FURTHEST_DAYS * DAY_MS) {
    throw new BulkSendRefusal('scheduled-too-far', 'Date cannot be more than 7 days in the future');
  }
}

async function partsOf(
  ctx: NotifyContext,
  choice: UploadChoice,
): Promise<{ service: Service; template: Template }> {
  const service = await ctx.services.get(choice.serviceId);
  const template = service && (await ctx.templates.latest(choice.serviceId, choice.templateId));
  if (!service || !template || template.row.hidden) {
    throw new BulkSendRefusal('template-not-found', 'Template not found');
  }
  return { service, template };
}

/** What messages show as their sender; letters have that of their template. Throws for a sender of somebody else. */
export function senderTextOf(
  ctx: Pick<NotifyContext, 'config'>,
  service: Service,
  type: NotificationType,
  senderId: string | undefined,
): string | null {
  if (type === 'letter') return null;
  const sender = chooseSender(type === 'sms' ? service.smsSenders : service.emailReplyTos, senderId);
  if (sender === null) throw new BulkSendRefusal('sender-not-found', 'Sender not found');
  if (type === 'email') return sender?.text ?? null;
  return normaliseIfPhoneNumber(sender?.text ?? ctx.config.fromNumber);
}

async function remainingToday(ctx: NotifyContext, service: Service, type: NotificationType): Promise<number> {
  if (!ctx.config.isDailyLimited) return Number.MAX_SAFE_INTEGER;
  const counts = await readCounts(ctx.db.kysely, service.id, dayOf(ctx.clock.now()));
  return Math.max(service.limits[type] - (counts[type] ?? 0), 0);
}

async function contactLists(ctx: NotifyContext, serviceId: string, id?: string): Promise<ContactList[]> {
  const now = ctx.clock.now();
  const rows = await listContactListRows(ctx.db.kysely, serviceId, {
    now,
    ...(id === undefined ? {} : { id }),
  });
  return rows.map(toContactList);
}

function toContactList(row: ContactListRow): ContactList {
  return {
    id: row.id,
    serviceId: row.service_id,
    originalFileName: row.original_file_name,
    templateType: row.template_type,
    rowCount: row.row_count,
    createdAt: row.created_at,
    createdByName: row.created_by_name,
    hasJobs: row.has_jobs,
    recentJobCount: row.recent_job_count,
  };
}

function toUpload(row: UploadRow): Upload {
  return {
    id: row.id,
    serviceId: row.service_id,
    fileName: row.original_file_name,
    rowCount: row.row_count,
    columns: row.columns,
    createdAt: row.created_at,
    checked:
      row.template_id === null || row.is_valid === null
        ? null
        : { templateId: row.template_id, senderId: row.sender_id, isValid: row.is_valid },
  };
}

export function toBulkSend(
  row: BulkSendRow,
  counts: readonly { job_id: string; status: string; count: number }[],
): BulkSend {
  const { created_by_id: userId } = row;
  return {
    id: row.id,
    serviceId: row.service_id,
    serviceName: row.service_name,
    templateId: row.template_id,
    templateName: row.template_name,
    templateType: row.template_type,
    templateVersion: row.template_version,
    originalFileName: row.original_file_name,
    notificationCount: row.notification_count,
    status: row.status,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    scheduledFor: row.scheduled_for,
    processingStarted: row.processing_started,
    processingFinished: row.processing_finished,
    isArchived: row.archived,
    contactListId: row.contact_list_id,
    resendOfId: row.resend_of_id,
    createdBy: userId === null ? null : { id: userId, name: row.created_by_name ?? '' },
    statistics: counts.filter((one) => one.job_id === row.id).map(({ status, count }) => ({ status, count })),
  };
}
