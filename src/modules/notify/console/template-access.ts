import type { FastifyRequest } from 'fastify';
import type { Actor } from '#platform/auth';
import { HttpError } from '#platform/http';
import type { NotifyContext } from '../context.ts';
import type { ServiceRecord } from '../service-settings/service-record-queries.ts';
import { type EditableTemplate, findEditable } from '../template-editing/template-edit-queries.ts';
import { audit, idIn, servicePath } from './access.ts';

/** The template of a page; 404 where the service has none with that id. */
export async function templateIn(
  ctx: NotifyContext,
  request: FastifyRequest,
  service: ServiceRecord,
): Promise<EditableTemplate> {
  const template = await findEditable(ctx.db.kysely, service.id, idIn(request, 'templateId'));
  if (!template) throw new HttpError(404, 'not_found', 'The service has no template with this id');
  return template;
}

export function templatePath(service: { id: string }, template: { id: string }, rest = ''): string {
  return servicePath(service, `/templates/${template.id}${rest}`);
}

/** What was done to a template, for the audit log. */
export async function auditTemplate(
  ctx: NotifyContext,
  actor: Actor,
  template: { id: string },
  what: string,
): Promise<void> {
  await audit(ctx, actor, { action: `notify_template.${what}`, target: `notify_template:${template.id}` });
}
