import type { FastifyError, FastifyInstance, FastifyReply } from 'fastify';
import { HttpError } from '#platform/http';
import type { PageTools } from './page-tools.ts';

const view = new URL('./error.njk', import.meta.url);

/** Plain pages for what goes wrong; a 500 says nothing of the inside. */
export function registerErrorPages(app: FastifyInstance, page: PageTools): void {
  app.setNotFoundHandler((_request, reply) => showNotFound(reply, page));

  app.setErrorHandler((error: FastifyError | HttpError, request, reply) => {
    const status = error instanceof HttpError ? error.status : (error.statusCode ?? 500);
    if (status === 404) return showNotFound(reply, page);
    if (status >= 500) {
      request.log.error({ err: error, correlationId: request.id }, 'console page failed');
      return page.render(reply.code(500), view, {
        title: 'Sorry, there is a problem',
        paragraphs: ['Try again in a moment. Nothing you had already submitted is lost.'],
        reference: request.id,
      });
    }
    if (error.code === 'form_expired') {
      return page.render(reply.code(403), view, {
        title: 'This form is no longer valid',
        paragraphs: ['You signed in or out since it was opened. Go back, reload the page and send it again.'],
      });
    }
    if (status === 403) {
      return page.render(reply.code(403), view, {
        title: 'You cannot do this',
        paragraphs: [`${error.message}.`, 'An admin can change your role on the Operators page.'],
      });
    }
    return page.render(reply.code(status), view, {
      title: 'The request cannot be used',
      paragraphs: [`${error.message.replace(/\.$/, '')}.`],
    });
  });
}

function showNotFound(reply: FastifyReply, page: PageTools): FastifyReply {
  return page.render(reply.code(404), view, {
    title: 'Page not found',
    paragraphs: [
      'If you typed the address, check it is correct. If you pasted it, check you copied all of it.',
      'Records are kept for a limited time: an old link may lead to one that has been removed.',
    ],
  });
}
