import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify';
import { sqlState } from '#platform/db';
import type { NotifyContext } from '../context.ts';
import { AuthError, NotifyError, ValidationError } from '../errors.ts';
import { answerJson } from '../routes/answers.ts';
import { answerError } from '../routes/error-answers.ts';
import { authenticateClient } from './admin-auth.ts';
import { billingRoutes } from './billing-routes.ts';
import { brandingPoolRoutes } from './branding-pool-routes.ts';
import { callbackRoutes } from './callback-routes.ts';
import { complaintRoutes } from './complaint-routes.ts';
import { emailBrandingRoutes } from './email-branding-routes.ts';
import { eventRoutes } from './event-routes.ts';
import { folderRoutes } from './folder-routes.ts';
import { inboundNumberRoutes } from './inbound-number-routes.ts';
import { inboxRoutes } from './inbox-routes.ts';
import { inviteRoutes } from './invite-routes.ts';
import { jobRoutes } from './job-routes.ts';
import { joinRequestRoutes } from './join-request-routes.ts';
import { keyRoutes } from './key-routes.ts';
import { letterAttachmentRoutes } from './letter-attachment-routes.ts';
import { letterBrandingRoutes } from './letter-branding-routes.ts';
import { letterPreviewRoutes } from './letter-preview-routes.ts';
import { memberRoutes } from './member-routes.ts';
import { messageRoutes } from './message-routes.ts';
import { monthlyRoutes } from './monthly-routes.ts';
import { organisationRoutes } from './organisation-routes.ts';
import { organisationServiceRoutes } from './organisation-service-routes.ts';
import { platformAdminRoutes } from './platform-admin-routes.ts';
import { platformComplaintRoutes } from './platform-complaint-routes.ts';
import { platformReportRoutes } from './platform-report-routes.ts';
import { providerRoutes } from './provider-routes.ts';
import { rateRoutes } from './rate-routes.ts';
import { reportRoutes } from './report-routes.ts';
import { senderRoutes } from './sender-routes.ts';
import { serviceRoutes } from './service-routes.ts';
import { signInRoutes } from './sign-in-routes.ts';
import { templateFileRoutes } from './template-file-routes.ts';
import { templateRoutes } from './template-routes.ts';
import { testingRoutes } from './testing-routes.ts';
import { uploadedLetterRoutes } from './uploaded-letter-routes.ts';
import { userRoutes } from './user-routes.ts';
import { webauthnRoutes } from './webauthn-routes.ts';

/** Paths of the internal API that clients write with a slash at their end (internals section 3.1). */
export const SLASHED_PATHS: readonly string[] = [
  '/letter-rates/',
  '/sms-rate/',
  '/email-branding/get-name-for-alt-text/',
  '/letter-branding/get-unique-name/',
];

const FOREIGN_KEY_VIOLATION = '23503';

const ROUTES = [
  userRoutes,
  signInRoutes,
  webauthnRoutes,
  organisationRoutes,
  organisationServiceRoutes,
  brandingPoolRoutes,
  emailBrandingRoutes,
  letterBrandingRoutes,
  serviceRoutes,
  memberRoutes,
  keyRoutes,
  senderRoutes,
  templateRoutes,
  templateFileRoutes,
  letterAttachmentRoutes,
  letterPreviewRoutes,
  folderRoutes,
  messageRoutes,
  monthlyRoutes,
  jobRoutes,
  uploadedLetterRoutes,
  callbackRoutes,
  inboxRoutes,
  inboundNumberRoutes,
  rateRoutes,
  providerRoutes,
  inviteRoutes,
  joinRequestRoutes,
  billingRoutes,
  complaintRoutes,
  platformAdminRoutes,
  platformComplaintRoutes,
  platformReportRoutes,
  reportRoutes,
  eventRoutes,
];

/** What the admin website calls: internals section 3.2. It is trusted whole; who may do what, it decides itself. */
export function internalApi(ctx: NotifyContext): FastifyPluginAsync {
  return async (app) => {
    app.addHook('onRoute', (route) => {
      route.schema = { tags: ['internal'], ...route.schema };
    });
    app.setErrorHandler(answerInternalError(ctx, app.prefix));
    await app.register(testingRoutes(ctx));
    await app.register(async (admin) => {
      admin.addHook('onRequest', authenticateClient(ctx, 'notify-admin'));
      for (const routes of ROUTES) await admin.register(routes(ctx));
    });
  };
}

/** The older shape for refusals that the public API shares; faults of a schema keep theirs (internals section 3.1). */
function answerInternalError(ctx: NotifyContext, prefix: string) {
  const answerOther = answerError(ctx.log, prefix);
  return (error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply => {
    if (error instanceof AuthError) {
      return answerJson(reply, error.status, { result: 'error', message: { token: [error.message] } });
    }
    if (error instanceof NotifyError && !(error instanceof ValidationError)) {
      return answerJson(reply, error.status, { result: 'error', message: error.message });
    }
    // A body names somebody or something that is not there, and nothing was changed.
    if (sqlState(error) === FOREIGN_KEY_VIOLATION) {
      return answerJson(reply, 404, { result: 'error', message: 'No result found' });
    }
    return answerOther(error, request, reply);
  };
}
