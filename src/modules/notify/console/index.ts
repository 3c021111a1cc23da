import { roleAllows } from '#platform/auth';
import { acceptUploads, type ConsoleSection } from '#platform/console';
import type { NotifyContext } from '../context.ts';
import { PATH } from './access.ts';
import { registerBulkPages } from './bulk-pages.ts';
import { registerCallbackPages } from './callback-pages.ts';
import { findNotifyPages } from './find-pages.ts';
import { registerInboxPage } from './inbox-page.ts';
import { registerKeyPages } from './key-pages.ts';
import { registerMessagePages } from './message-pages.ts';
import { registerProviderPages } from './provider-pages.ts';
import { forMembersWith, registerStanding } from './rights.ts';
import { registerSendPages } from './send-pages.ts';
import { registerServicePages } from './service-pages.ts';
import { registerTeamPages } from './team-pages.ts';
import { registerTemplateEditor } from './template-editor.ts';
import { registerTemplateFilePages } from './template-file-pages.ts';
import { registerTemplatePages } from './template-pages.ts';
import { registerUsagePage } from './usage-page.ts';

/** Pages for those who run services: internals section 8.4 and what the original's admin website shows. */
export function notifyConsole(ctx: NotifyContext): ConsoleSection {
  return {
    name: 'notify',
    title: 'Notify',
    links: [
      { href: `${PATH}/services`, text: 'Services' },
      { href: `${PATH}/providers`, text: 'Providers' },
    ],
    find: (text, role) => findNotifyPages(ctx, text, roleAllows(role, 'operator')),
    register: async (app, page) => {
      acceptUploads(app);
      registerStanding(app, page, ctx);
      // What a service is and may do is for operators to say; the rest for its members, too.
      registerServicePages(app, page, ctx);
      registerTeamPages(app, forMembersWith(page, 'manage_service'), ctx);
      registerTemplatePages(app, forMembersWith(page, 'manage_templates'), ctx);
      registerTemplateEditor(app, forMembersWith(page, 'manage_templates'), ctx);
      registerTemplateFilePages(app, forMembersWith(page, 'manage_templates'), ctx);
      registerKeyPages(app, forMembersWith(page, 'manage_api_keys'), ctx);
      registerSendPages(app, forMembersWith(page, 'send_messages'), ctx);
      registerBulkPages(app, forMembersWith(page, 'send_messages'), ctx);
      registerMessagePages(app, forMembersWith(page, 'view_activity'), ctx);
      registerInboxPage(app, forMembersWith(page, 'view_activity'), ctx);
      registerCallbackPages(app, forMembersWith(page, 'manage_api_keys'), ctx);
      registerUsagePage(app, page, ctx);
      registerProviderPages(app, page, ctx);
    },
  };
}
