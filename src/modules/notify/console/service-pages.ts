import type { FastifyInstance, FastifyReply } from 'fastify';
import type { FieldError, FormFields, PageTools } from '#platform/console';
import { londonDay } from '../calendar/london.ts';
import type { NotifyContext } from '../context.ts';
import { readStatistics } from '../message-log/statistics.ts';
import { listServiceRecords, type ServiceRecord } from '../service-settings/service-record-queries.ts';
import {
  archiveService,
  changeService,
  createService,
  DuplicateServiceName,
} from '../service-settings/services.ts';
import { emailSenderLocalPart } from '../templates/email-sender.ts';
import { audit, PATH, serviceIn, servicePath, userOfActor } from './access.ts';

const views = {
  services: new URL('./services.njk', import.meta.url),
  service: new URL('./service.njk', import.meta.url),
  settings: new URL('./service-settings.njk', import.meta.url),
};
const WEEK = 7;
const TRIAL_LIMIT = 50;
const LIVE_LIMITS = { email: 250_000, sms: 250_000, letter: 20_000, internationalSms: 100 };
const MOST_A_DAY = 999_999_999;

/** All services, a new one, and what one is and may do. */
export function registerServicePages(app: FastifyInstance, page: PageTools, ctx: NotifyContext): void {
  const list = async (reply: FastifyReply, form?: FormFields, errors: FieldError[] = []) => {
    const text = form?.text('text') ?? '';
    const all = await listServiceRecords(ctx.db.kysely, { onlyActive: false, userId: undefined });
    const services = all
      .filter(({ name }) => name.toLowerCase().includes(text.toLowerCase()))
      .sort((a, b) => Number(b.active) - Number(a.active) || a.name.localeCompare(b.name, 'en-GB'));
    const data = { title: 'Services', services, text, form: form?.values ?? {} };
    return errors.length > 0
      ? page.renderInvalid(reply, views.services, data, errors)
      : page.render(reply, views.services, data);
  };
  app.get('/services', async (request, reply) => list(reply, page.readQuery(request)));

  app.post('/services', { preHandler: page.requireRole('operator') }, async (request, reply) => {
    const form = page.readForm(request);
    const name = form.text('name');
    const problem = nameProblem(name);
    if (problem !== undefined) return list(reply, form, [{ field: 'name', message: problem }]);
    const actor = page.actor(request);
    try {
      const id = await createService(ctx, {
        name,
        creator: await userOfActor(ctx, actor),
        isRestricted: true,
        isActive: true,
        organisationType: null,
        limits: {
          email: TRIAL_LIMIT,
          sms: TRIAL_LIMIT,
          letter: TRIAL_LIMIT,
          internationalSms: LIVE_LIMITS.internationalSms,
        },
      });
      await audit(ctx, actor, { action: 'notify_service.created', target: `notify_service:${id}` });
      return page.redirect(reply, servicePath({ id }), 'The service is there, in trial mode');
    } catch (error) {
      if (!(error instanceof DuplicateServiceName)) throw error;
      return list(reply, form, [{ field: 'name', message: 'Another service has this name' }]);
    }
  });

  app.get('/services/:serviceId', async (request, reply) => {
    const service = await serviceIn(ctx, request);
    return page.render(reply, views.service, {
      title: service.name,
      service,
      today: londonDay(ctx.clock.now()),
      statistics: await readStatistics(ctx, service.id, WEEK),
      limits: limitsOf(service),
    });
  });

  const settings = (
    reply: FastifyReply,
    service: ServiceRecord,
    form?: FormFields,
    errors: FieldError[] = [],
  ) => {
    const values = form?.values ?? {
      name: service.name,
      custom_email_sender_name: service.custom_email_sender_name ?? '',
      contact_link: service.contact_link ?? '',
      email_message_limit: String(service.email_message_limit),
      sms_message_limit: String(service.sms_message_limit),
      letter_message_limit: String(service.letter_message_limit),
    };
    const permissions = form ? form.list('permissions') : service.permissions;
    const data = { title: `Settings – ${service.name}`, service, form: values, permissions };
    return errors.length > 0
      ? page.renderInvalid(reply, views.settings, data, errors)
      : page.render(reply, views.settings, data);
  };
  app.get('/services/:serviceId/settings', async (request, reply) =>
    settings(reply, await serviceIn(ctx, request)),
  );

  app.post(
    '/services/:serviceId/settings',
    { preHandler: page.requireRole('operator') },
    async (request, reply) => {
      const service = await serviceIn(ctx, request);
      const form = page.readForm(request);
      const read = readSettings(form);
      if (read.errors.length > 0) return settings(reply, service, form, read.errors);
      try {
        await changeService(ctx, service.id, read.changes, request.id);
      } catch (error) {
        if (!(error instanceof DuplicateServiceName)) throw error;
        return settings(reply, service, form, [{ field: 'name', message: 'Another service has this name' }]);
      }
      const target = `notify_service:${service.id}`;
      await audit(ctx, page.actor(request), {
        action: 'notify_service.changed',
        target,
        details: { fields: Object.keys(read.changes) },
      });
      return page.redirect(reply, servicePath(service), 'The settings are saved');
    },
  );

  app.post(
    '/services/:serviceId/mode',
    { preHandler: page.requireRole('operator') },
    async (request, reply) => {
      const service = await serviceIn(ctx, request);
      const isLive = page.readForm(request).text('mode') === 'live';
      const limits = isLive
        ? {
            email_message_limit: LIVE_LIMITS.email,
            sms_message_limit: LIVE_LIMITS.sms,
            letter_message_limit: LIVE_LIMITS.letter,
            go_live_at: ctx.clock.now(),
          }
        : {
            email_message_limit: TRIAL_LIMIT,
            sms_message_limit: TRIAL_LIMIT,
            letter_message_limit: TRIAL_LIMIT,
            go_live_at: null,
          };
      await changeService(ctx, service.id, { restricted: !isLive, ...limits }, request.id);
      const action = isLive ? 'notify_service.made_live' : 'notify_service.put_on_trial';
      await audit(ctx, page.actor(request), { action, target: `notify_service:${service.id}` });
      return page.redirect(
        reply,
        servicePath(service),
        isLive ? 'The service is live' : 'The service is in trial mode',
      );
    },
  );

  app.post(
    '/services/:serviceId/archive',
    { preHandler: page.requireRole('admin') },
    async (request, reply) => {
      const service = await serviceIn(ctx, request);
      await archiveService(ctx, service.id);
      const target = `notify_service:${service.id}`;
      await audit(ctx, page.actor(request), { action: 'notify_service.archived', target });
      return page.redirect(reply, `${PATH}/services`, 'The service is archived');
    },
  );
}

function limitsOf(service: ServiceRecord) {
  return [
    { text: 'Emails', limit: service.email_message_limit },
    { text: 'Text messages', limit: service.sms_message_limit },
    { text: 'Letters', limit: service.letter_message_limit },
  ];
}

function nameProblem(name: string): string | undefined {
  if (name === '') return 'Enter a name';
  if (name.length > 143) return 'The name must be 143 characters or fewer';
  return emailSenderLocalPart(name).length < 2
    ? 'The name must have at least 2 letters or digits'
    : undefined;
}

function readSettings(form: FormFields): { changes: Partial<ServiceRecord>; errors: FieldError[] } {
  const errors: FieldError[] = [];
  const problem = nameProblem(form.text('name'));
  if (problem !== undefined) errors.push({ field: 'name', message: problem });
  const limit = (field: string): number => {
    const text = form.text(field);
    const number = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
    if (!(number <= MOST_A_DAY)) errors.push({ field, message: 'Enter a whole number of messages' });
    return number;
  };
  const link = form.text('contact_link');
  const changes = {
    name: form.text('name'),
    custom_email_sender_name: form.text('custom_email_sender_name') || null,
    contact_link: link || null,
    permissions: form.list('permissions'),
    email_message_limit: limit('email_message_limit'),
    sms_message_limit: limit('sms_message_limit'),
    letter_message_limit: limit('letter_message_limit'),
  };
  return { changes, errors };
}
