import { hkdfSync } from 'node:crypto';
import type { FastifyPluginAsync } from 'fastify';
import type { NotifyContext } from '../context.ts';
import { documentRoutes } from '../documents/document-routes.ts';

/** Pages and JSON interface of files sent by email: public section 6.8.5. */
export function documentPages(ctx: NotifyContext): FastifyPluginAsync {
  return documentRoutes({
    store: ctx.documents,
    clock: ctx.clock,
    findService: async (id) => {
      const service = await ctx.services.get(id);
      return service && { name: service.name, contactLink: service.contactLink };
    },
    accessSecret: Buffer.from(hkdfSync('sha256', ctx.keys.encryption, '', 'document access', 32)),
    uploadToken: ctx.config.documentUploadToken,
    log: ctx.log,
  });
}
