import type { NotifyContext } from '../context.ts';
import { NOTIFY_USER_ID } from '../notifications/notification.ts';
import { findServiceRecord } from '../service-settings/service-record-queries.ts';
import {
  changeTemplate,
  createTemplate,
  type Editor,
  TemplateRefusal,
} from '../template-editing/edit-template.ts';
import { type EditableTemplate, listEditable } from '../template-editing/template-edit-queries.ts';
import { findUser, findUserByEmail } from '../users/user-queries.ts';
import { EnvironmentRefusal, type StoredText, type TemplateEnvironment } from './environment.ts';

/** The service in the database of this installation; `editor` is the address of whoever the versions are by. */
export async function openThisEnvironment(
  ctx: NotifyContext,
  options: { serviceId: string; editor: string | undefined },
): Promise<TemplateEnvironment> {
  const { kysely } = ctx.db;
  const service = await findServiceRecord(kysely, options.serviceId);
  if (!service) throw new EnvironmentRefusal(`There is no service ${options.serviceId}`);
  const editor: Editor | undefined =
    options.editor === undefined
      ? await findUser(kysely, NOTIFY_USER_ID)
      : await findUserByEmail(kysely, options.editor);
  if (!editor) throw new EnvironmentRefusal(`Nobody has the address ${options.editor}`);
  return {
    name: `service ${service.name}`,
    list: async () => (await listEditable(kysely, service.id)).map(toText),
    create: async (template) => {
      const made = await refusing(() =>
        createTemplate(
          ctx,
          service,
          {
            type: template.type,
            name: template.name,
            content: template.content,
            subject: template.subject ?? null,
            postage: template.postage ?? null,
            folderId: null,
            hasUnsubscribeLink: template.unsubscribe_link ?? false,
            letterContactId: null,
          },
          editor,
        ),
      );
      return made.id;
    },
    update: async (id, template) => {
      const changes = {
        name: template.name,
        content: template.content,
        ...(template.type === 'sms' ? {} : { subject: template.subject ?? null }),
        ...(template.type === 'letter' ? { postage: template.postage ?? 'second' } : {}),
        ...(template.type === 'email' ? { hasUnsubscribeLink: template.unsubscribe_link ?? false } : {}),
      };
      const changed = await refusing(() => changeTemplate(ctx, service, id, changes, editor));
      if (!changed) throw new EnvironmentRefusal(`The template ${id} is no longer there`);
    },
  };
}

function toText(template: EditableTemplate): StoredText {
  const { template_type: type, postage } = template;
  const isPrinted = postage === 'first' || postage === 'second' || postage === 'economy';
  return {
    id: template.id,
    type,
    name: template.name,
    ...(type === 'sms' ? {} : { subject: template.subject ?? '' }),
    ...(type === 'letter' && isPrinted ? { postage } : {}),
    ...(template.has_unsubscribe_link ? { unsubscribe_link: true } : {}),
    content: template.content,
    version: template.version,
  };
}

async function refusing<T>(run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    if (!(error instanceof TemplateRefusal)) throw error;
    throw new EnvironmentRefusal(error.message);
  }
}
