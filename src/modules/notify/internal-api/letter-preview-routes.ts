import type { FastifyPluginAsync } from 'fastify';
import type { NotifyContext } from '../context.ts';
import { renderTemplatedLetter } from '../letter-production/create-letter-pdf.ts';
import { readLetterPdf } from '../letter-production/letter-files.ts';
import { findLetter, type LetterRow } from '../letter-production/letter-queries.ts';
import { readQuery } from '../requests/query.ts';
import { answerJson } from '../routes/answers.ts';
import { keyOf } from '../services/templates.ts';
import { noResult, refusal } from './fields.ts';
import { idOf, queryText } from './requests.ts';

/** Letters as they are printed: internals section 3.4.6. */
export function letterPreviewRoutes(ctx: NotifyContext): FastifyPluginAsync {
  return async (app) => {
    app.get(
      '/service/:serviceId/template/preview/:id/:type',
      { schema: { summary: 'A letter as PDF or as picture' } },
      async (request, reply) => {
        const { type } = request.params as { type: string };
        if (type !== 'pdf' && type !== 'png') {
          throw refusal(400, { content: ['file_type must be pdf or png'] });
        }
        const serviceId = idOf(request, 'serviceId');
        const letter = await findLetter(ctx.db.kysely, idOf(request, 'id'));
        if (!letter || letter.service_id !== serviceId) throw noResult();
        const pdf = await pdfOf(ctx, letter);
        if (!pdf) throw noResult();
        const metadata = await metadataOf(ctx, letter, pdf);
        const page = pageOf(queryText(readQuery(request.url), 'page'));
        const content = type === 'pdf' ? pdf : await ctx.letters.image(pdf, page);
        if (!content) throw noResult();
        return answerJson(reply, 200, { content: Buffer.from(content).toString('base64'), metadata });
      },
    );
  };
}

/** The file that is printed; of a letter from a template that has none yet, what it will be. */
async function pdfOf(ctx: NotifyContext, letter: LetterRow): Promise<Uint8Array | undefined> {
  const stored = await readLetterPdf(ctx, letter);
  if (stored) return stored;
  const template = (await ctx.templates.versionsOf([letter])).get(keyOf(letter));
  if (!template || template.isPrecompiled) return undefined;
  return (await renderTemplatedLetter(ctx, letter)).pdf;
}

/** What was wrong with a letter that was not accepted, found once more in the file that is kept of it. */
async function metadataOf(ctx: NotifyContext, letter: LetterRow, pdf: Uint8Array) {
  if (letter.notification_status !== 'validation-failed') return {};
  const service = await ctx.services.get(letter.service_id);
  const internationalLetters = service?.permissions.has('international_letters') ?? false;
  const check = await ctx.letters.check(pdf, { internationalLetters });
  if (check.status === 'passed') return { page_count: String(check.pages) };
  return {
    message: check.message,
    ...(check.invalidPages ? { invalid_pages: JSON.stringify(check.invalidPages) } : {}),
    ...(check.pages === undefined ? {} : { page_count: String(check.pages) }),
  };
}

function pageOf(text: string | undefined): number {
  if (text === undefined) return 1;
  if (!/^[1-9]\d{0,3}$/.test(text)) throw refusal(400, { page: ['Not a positive integer'] });
  return Number(text);
}
