import type { FastifyInstance, FastifyReply } from 'fastify';
import type { FieldError, FormFields, PageTools } from '#platform/console';
import { readUuid } from '../auth/uuid-text.ts';
import type { NotifyContext } from '../context.ts';
import { NotifyError } from '../errors.ts';
import { sendOneOff } from '../one-offs/send-one-off.ts';
import type { ServiceRecord } from '../service-settings/service-record-queries.ts';
import type { Template } from '../services/templates.ts';
import { listEditable } from '../template-editing/template-edit-queries.ts';
import { filesOfVersion } from '../template-files/template-files.ts';
import { comparableName } from '../templates/personalisation.ts';
import { audit, serviceIn, servicePath, userOfActor } from './access.ts';
import { allowPreview, previewOf } from './template-preview.ts';

const view = new URL('./send.njk', import.meta.url);
const RECIPIENT_NAMES = ['phone number', 'email address'];
const ADDRESS_LINES = [1, 2, 3, 4, 5, 6, 7].map((line) => `address line ${line}`);

/** A message to one recipient: choose a template, fill its gaps, look at it, send it. */
export function registerSendPages(app: FastifyInstance, page: PageTools, ctx: NotifyContext): void {
  const show = async (
    reply: FastifyReply,
    service: ServiceRecord,
    form: FormFields,
    errors: FieldError[] = [],
  ) => {
    const templates = await listEditable(ctx.db.kysely, service.id);
    const chosen = templates.find(({ id }) => id === form.text('template'));
    const shown = await ctx.services.get(service.id);
    const template = chosen && (await ctx.templates.latest(service.id, chosen.id));
    const values = valuesOf(form);
    const data = {
      title: `Send a message – ${service.name}`,
      service,
      templates,
      template: chosen,
      gaps: template ? await gapsWithoutFiles(template) : [],
      senders: senders(chosen?.template_type, shown),
      form: form.values,
      preview:
        chosen && shown
          ? await previewOf(
              ctx,
              shown,
              {
                type: chosen.template_type,
                subject: chosen.subject,
                content: chosen.content,
                contactBlock: template?.row.letter_contact_block ?? null,
                letter_welsh_subject: chosen.letter_welsh_subject,
                letter_welsh_content: chosen.letter_welsh_content,
              },
              values,
            )
          : undefined,
    };
    allowPreview(reply);
    return errors.length > 0 ? page.renderInvalid(reply, view, data, errors) : page.render(reply, view, data);
  };
  const gapsWithoutFiles = async (template: Template) => {
    const files = (await filesOfVersion(ctx, template.row)).map(({ filename }) => comparableName(filename));
    const names = template.placeholders().filter((name) => !files.includes(comparableName(name)));
    return gapsOf(names, template.row.template_type);
  };
  /** Gaps of the text that were left empty; which lines an address needs is for the module to say. */
  const missingIn = async (service: ServiceRecord, form: FormFields): Promise<FieldError[]> => {
    const id = readUuid(form.text('template'));
    const template = id === undefined ? undefined : await ctx.templates.latest(service.id, id);
    const gaps = template ? await gapsWithoutFiles(template) : [];
    const missing = gaps.filter(
      ({ name, field }) => !ADDRESS_LINES.includes(name) && form.text(field) === '',
    );
    return missing.map(({ id: field, name }) => ({ field, message: `Enter the value of ‘${name}’` }));
  };
  app.get('/services/:serviceId/send', async (request, reply) =>
    show(reply, await serviceIn(ctx, request), page.readQuery(request)),
  );

  app.post(
    '/services/:serviceId/send',
    { preHandler: page.requireRole('operator') },
    async (request, reply) => {
      const service = await serviceIn(ctx, request);
      const form = page.readForm(request);
      if (form.text('do') === 'preview') return show(reply, service, form);
      const errors = await missingIn(service, form);
      if (errors.length > 0) return show(reply, service, form, errors);
      const actor = page.actor(request);
      try {
        const id = await sendOneOff(ctx, {
          serviceId: service.id,
          templateId: readUuid(form.text('template')) ?? '',
          to: form.text('to'),
          personalisation: valuesOf(form),
          senderId: readUuid(form.text('sender')),
          creator: await userOfActor(ctx, actor),
          needsMembership: false,
          correlationId: request.id,
        });
        await audit(ctx, actor, { action: 'notify_message.sent', target: `notify_message:${id}` });
        return page.redirect(reply, servicePath(service, `/messages/${id}`), 'The message is on its way');
      } catch (error) {
        if (!(error instanceof NotifyError)) throw error;
        return show(reply, service, form, [{ field: 'to', message: error.message }]);
      }
    },
  );
}

/** Gaps are fields named `value:` and the placeholder. */
function valuesOf(form: FormFields): Record<string, unknown> {
  const filled = Object.keys(form.values)
    .filter((name) => name.startsWith('value:') && form.text(name) !== '')
    .map((name) => [name.slice('value:'.length), form.text(name)]);
  return Object.fromEntries(filled);
}

/** What has to be filled in besides the recipient; letters need an address whatever their text says. */
function gapsOf(placeholders: readonly string[], type: string) {
  const known = [...RECIPIENT_NAMES, ...(type === 'letter' ? [...ADDRESS_LINES, 'postcode'] : [])];
  const isKnown = (name: string) => known.some((one) => comparableName(one) === comparableName(name));
  const names = [
    ...(type === 'letter' ? ADDRESS_LINES : []),
    ...placeholders.filter((name) => !isKnown(name)),
  ];
  return names.map((name, place) => ({ name, field: `value:${name}`, id: `gap-${place}` }));
}

function senders(
  type: string | undefined,
  service: { smsSenders: readonly unknown[]; emailReplyTos: readonly unknown[] } | undefined,
) {
  if (type === 'sms') return service?.smsSenders ?? [];
  return type === 'email' ? (service?.emailReplyTos ?? []) : [];
}
