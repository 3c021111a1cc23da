import type { FastifyInstance } from 'fastify';
import type { FoundPage, PageTools } from '#platform/console';
import { HttpError } from '#platform/http';
import { isJsonObject, parseJson } from '../change-events/lossless-json.ts';
import { readNhsEntity } from '../change-events/nhs-entity.ts';
import { compareService } from '../comparison/compare-service.ts';
import type { DirectoryContext } from '../context.ts';
import type { DosService } from '../dos/dos-service.ts';
import { readServices } from '../dos/service-queries.ts';
import { londonDate } from '../opening-times/times.ts';
import { MOST_SERVICES, type StoredRecord, searchServices, selectStoredRecords } from './console-queries.ts';
import { readHistoryEntries } from './history-entries.ts';
import { sideBySide } from './side-by-side.ts';

const listView = new URL('./services.njk', import.meta.url);
const serviceView = new URL('./service.njk', import.meta.url);
const RECORDS = 20;
const HISTORY_ENTRIES = 20;
const MOST_FOUND = 5;

/** Each service as NHS.uk has it beside what the directory has, with its history and stored events. */
export function registerServicePages(app: FastifyInstance, page: PageTools, ctx: DirectoryContext): void {
  app.get('/services', async (request, reply) => {
    const text = page.readQuery(request).text('id');
    const services =
      text === '' || text.includes('\u0000') ? [] : await searchServices(ctx.dos.reader.kysely, text);
    const [only, ...others] = services;
    if (only && others.length === 0) return page.redirect(reply, `/pages/directory/services/${only.id}`);
    return page.render(reply, listView, { title: 'Services', text, services, most: MOST_SERVICES });
  });

  app.get<{ Params: { id: string } }>('/services/:id', async (request, reply) => {
    const id = /^\d{1,9}$/.test(request.params.id) ? Number(request.params.id) : 0;
    const service = (await readServices(ctx.dos.reader.kysely, [id])).get(id);
    if (!service) throw new HttpError(404, 'not_found', `The directory has no service ${request.params.id}`);
    const odsCode = service.odsCode === null ? null : [...service.odsCode].slice(0, 5).join('');
    const records = odsCode === null ? [] : await selectStoredRecords(ctx.db.kysely, odsCode, RECORDS);
    return page.render(reply, serviceView, {
      title: `${service.name} – Services`,
      service,
      odsCode,
      records: records.map((record) => ({
        sequenceNumber: record.sequenceNumber,
        receivedAt: new Date(Number(record.firstReceivedMs)),
      })),
      ...(await compareWithNewest(ctx, service, records[0])),
      history: readHistoryEntries(service.history, HISTORY_ENTRIES),
    });
  });
}

/** Services of an ODS code, service id or uid, for the search of the register. */
export async function findServicePages(ctx: DirectoryContext, text: string): Promise<FoundPage[]> {
  if (!/^[A-Za-z0-9]{4,12}$/.test(text)) return [];
  const services = await searchServices(ctx.dos.reader.kysely, text);
  return services.slice(0, MOST_FOUND).map(({ id, name, odsCode }) => ({
    href: `/pages/directory/services/${id}`,
    text: odsCode === null ? name : `${name} (${odsCode})`,
    kind: 'service of the directory',
  }));
}

async function compareWithNewest(
  ctx: DirectoryContext,
  service: DosService,
  newest: StoredRecord | undefined,
) {
  const record = newest ? parseJson(newest.event) : undefined;
  if (!isJsonObject(record)) return {};
  const entity = readNhsEntity(record);
  const comparison = compareService(service, entity, {
    today: londonDate(ctx.clock.now()),
    ...(await ctx.dosFacts.lookUp([entity.normalPostcode])),
  });
  const rows = sideBySide(service, entity, comparison);
  return {
    rows,
    differences: rows.filter(({ differs }) => differs).length,
    findings: comparison.reports.map(({ key, message }) => ({ key, message })),
    isHidden: entity.status === 'HIDDEN' || entity.status === 'CLOSED',
  };
}
