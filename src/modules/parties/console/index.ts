import type { FastifyInstance } from 'fastify';
import { type ConsoleSection, type FoundPage, type PageTools, pageLinks } from '#platform/console';
import { HttpError } from '#platform/http';
import { selectCallSummaries, selectCallsOf } from '../callers/caller-queries.ts';
import type { PartiesContext } from '../context.ts';
import { isStorable } from '../domain/text.ts';
import { type ChangeRow, selectChangesBy, selectHistory } from '../history/history-queries.ts';
import { selectActiveProducts, selectProduct, selectTeam, selectTeams } from './console-queries.ts';

const views = {
  teams: new URL('./teams.njk', import.meta.url),
  team: new URL('./team.njk', import.meta.url),
  product: new URL('./product.njk', import.meta.url),
  callers: new URL('./callers.njk', import.meta.url),
  caller: new URL('./caller.njk', import.meta.url),
};
const PAGE_SIZE = 50;
const HISTORY_SHOWN = 200;
const DAY_MS = 86_400_000;
const CALLS_SINCE_DAYS = 30;
const MOST_FOUND = 5;

/** Pages to browse teams and products, and to see who called with which key. */
export function partiesConsole(ctx: PartiesContext): ConsoleSection {
  return {
    name: 'parties',
    title: 'Parties',
    links: [
      { href: '/pages/parties/teams', text: 'Product teams' },
      { href: '/pages/parties/callers', text: 'Callers' },
    ],
    find: (text) => findTeamPages(ctx, text),
    register: async (app, page) => {
      registerTeams(app, page, ctx);
      registerTeam(app, page, ctx);
      registerProduct(app, page, ctx);
      registerCallers(app, page, ctx);
    },
  };
}

function registerTeams(app: FastifyInstance, page: PageTools, { db }: PartiesContext): void {
  app.get('/teams', async (request, reply) => {
    const query = page.readQuery(request);
    const [text, after] = [storable(query.text('text')), storable(query.text('after'))];
    const found = await selectTeams(db.kysely, { text, after, limit: PAGE_SIZE + 1 });
    const teams = found.slice(0, PAGE_SIZE);
    const next = found.length > PAGE_SIZE ? teams.at(-1)?.id : undefined;
    return page.render(reply, views.teams, {
      title: 'Product teams',
      query: query.values,
      teams,
      pages: pageLinks('/pages/parties/teams', query, next),
    });
  });
}

/** Teams that an id, an alias, a product's id or an ODS code belongs to, for the search of the register. */
async function findTeamPages({ db }: PartiesContext, text: string): Promise<FoundPage[]> {
  const [product, teams] = await Promise.all([
    selectProduct(db.kysely, storable(text)),
    selectTeams(db.kysely, { text: storable(text), after: '', limit: MOST_FOUND }),
  ]);
  return [
    ...(product ? [{ href: pathOf('products', product.id), text: product.name, kind: 'product' }] : []),
    ...teams.map(({ id, name }) => ({ href: pathOf('teams', id), text: name, kind: 'product team' })),
  ];
}

function registerTeam(app: FastifyInstance, page: PageTools, { db }: PartiesContext): void {
  app.get<{ Params: { id: string } }>('/teams/:id', async (request, reply) => {
    const id = storable(request.params.id);
    const team = await selectTeam(db.kysely, id);
    if (!team) throw new HttpError(404, 'not_found', 'There is no product team with this id');
    const query = page.readQuery(request);
    const after = storable(query.text('after'));
    const found = await selectActiveProducts(db.kysely, { teamId: id, after, limit: PAGE_SIZE + 1 });
    const products = found.slice(0, PAGE_SIZE);
    const next = found.length > PAGE_SIZE ? products.at(-1)?.id : undefined;
    const history = await selectHistory(
      db.kysely,
      { kind: 'product_team', given: id },
      { after: '0', limit: HISTORY_SHOWN },
    );
    return page.render(reply, views.team, {
      title: team.name,
      team,
      products,
      pages: pageLinks(`/pages/parties/teams/${id}`, query, next),
      history: history.map(describeChange),
    });
  });
}

function registerProduct(app: FastifyInstance, page: PageTools, { db }: PartiesContext): void {
  app.get<{ Params: { id: string } }>('/products/:id', async (request, reply) => {
    const id = storable(request.params.id);
    const product = await selectProduct(db.kysely, id);
    if (!product) throw new HttpError(404, 'not_found', 'There is no product with this id');
    const team = await selectTeam(db.kysely, product.cpm_product_team_id);
    const history = await selectHistory(
      db.kysely,
      { kind: 'product', given: id },
      { after: '0', limit: HISTORY_SHOWN },
    );
    return page.render(reply, views.product, {
      title: product.name,
      product,
      team,
      history: history.map(describeChange),
    });
  });
}

function registerCallers(app: FastifyInstance, page: PageTools, { db, clock }: PartiesContext): void {
  const since = () => new Date(clock.now().getTime() - CALLS_SINCE_DAYS * DAY_MS);
  app.get('/callers', async (_request, reply) =>
    page.render(reply, views.callers, {
      title: 'Callers',
      days: CALLS_SINCE_DAYS,
      callers: await selectCallSummaries(db.kysely, since()),
    }),
  );
  app.get<{ Params: { application: string } }>('/callers/:application', async (request, reply) => {
    const application = storable(request.params.application);
    const changes = await selectChangesBy(db.kysely, application, PAGE_SIZE);
    return page.render(reply, views.caller, {
      title: application,
      application,
      days: CALLS_SINCE_DAYS,
      calls: await selectCallsOf(db.kysely, application, since()),
      changesMade: changes.map(describeChange),
    });
  });
}

function pathOf(folder: 'products' | 'teams', id: string): string {
  return `/pages/parties/${folder}/${encodeURIComponent(id)}`;
}

const WORDS: Record<string, string> = {
  product_team_created_event: 'Team created',
  product_team_deleted_event: 'Team deleted',
  cpm_product_created_event: 'Product created',
  cpm_product_deleted_event: 'Product deleted',
};

function describeChange(change: ChangeRow) {
  const { aggregate_type: type, aggregate_id: id, name, application, correlation_id: correlationId } = change;
  const folder = type === 'product' ? 'products' : 'teams';
  return {
    what: WORDS[name] ?? name,
    id,
    path: pathOf(folder, id),
    at: change.occurred_at,
    application,
    correlationId,
  };
}

/** What cannot be stored cannot be found either. */
function storable(text: string): string {
  return isStorable(text) ? text : '\uFFFD';
}
