import type { FastifyRequest } from 'fastify';

/** Programs that fetch a link to show a preview of it; they accept anything, so only their names tell. */
const PREVIEW =
  /facebookexternalhit|facebot|whatsapp|twitterbot|slackbot|telegrambot|linkedinbot|discordbot|pinterest|skypeuripreview|googlebot|bingbot|applebot|embedly|redditbot|mastodon|signal-desktop/i;

/** Whether a person's browser, or a link preview, asks: API clients never name text/html. */
export function wantsPage(request: FastifyRequest): boolean {
  if (request.method !== 'GET' && request.method !== 'HEAD' && request.method !== 'POST') return false;
  if (request.headers.authorization !== undefined) return false;
  const accept = request.headers.accept ?? '';
  return accept.includes('text/html') || PREVIEW.test(request.headers['user-agent'] ?? '');
}
