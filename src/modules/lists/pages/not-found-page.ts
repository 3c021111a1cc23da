import type { FastifyReply } from 'fastify';
import { html } from './html.ts';
import { type PageFrame, sendPage } from './layout.ts';

export function notFoundPage(frame: PageFrame, reply: FastifyReply): Promise<FastifyReply> {
  const { words } = frame.speech;
  return sendPage(
    frame,
    reply,
    {
      title: words.notFoundTitle,
      isPrivate: true,
      main: html`<div class="narrow"><h1>${words.notFoundTitle}</h1><p>${words.notFoundText}</p>
<p><a class="button" href="${frame.base}/" data-cy="home">${words.home}</a>
<a class="button quiet" href="${frame.base}/contact" data-cy="contact">${words.contactUs}</a></p></div>`,
    },
    404,
  );
}
