import type { FastifyInstance } from 'fastify';
import type { PageTools } from '#platform/console';
import type { MigrationContext } from '../context.ts';
import type { Domain } from '../engine/domain.ts';
import { MigrationError } from '../errors.ts';
import {
  countDifferences,
  DIFFERENCE_KINDS,
  type DifferenceKind,
  selectDifferences,
} from '../reconcile/difference-queries.ts';
import { selectNewestReconciliation } from '../reconcile/reconciliation-queries.ts';
import { canReconcile, repairDifferences, startReconciliation } from '../reconcile/start-reconciliation.ts';
import { domainIn } from './domain-page.ts';
import { sum } from './overview.ts';

const view = new URL('./reconcile.njk', import.meta.url);
const fragment = new URL('./reconcile-state.njk', import.meta.url);
const KIND_TEXTS: Record<DifferenceKind, string> = {
  DIFFERENT: 'Differs',
  MISSING_AT_TARGET: 'Missing in the new service',
  MISSING_AT_SOURCE: 'Gone from NOMIS',
  NOT_MAPPED: 'Never moved',
};
const PAGE_SIZE = 50;

type Params = { Params: { type: string } };

/** The report of the newest reconciliation, its differences field by field, and their repair. */
export function registerReconcilePage(app: FastifyInstance, page: PageTools, ctx: MigrationContext): void {
  const operatorOnly = { preHandler: page.requireRole('operator') };

  app.get<Params>('/reconcile/:type', async (request, reply) => {
    const domain = domainIn(ctx, request.params.type);
    const query = page.readQuery(request);
    const kind = DIFFERENCE_KINDS.find((known) => known === query.text('kind'));
    const differences = await selectDifferences(ctx.db.kysely, domain.type, {
      ...(kind === undefined ? {} : { kind }),
      afterKey: query.text('after'),
      limit: PAGE_SIZE,
    });
    const base = `/pages/migration/reconcile/${domain.type}`;
    const link = (after: string) =>
      `${base}?${new URLSearchParams({ ...(kind ? { kind } : {}), ...(after ? { after } : {}) })}`;
    const last = differences.length === PAGE_SIZE ? differences.at(-1) : undefined;
    const counts = await countDifferences(ctx.db.kysely, domain.type);
    return page.render(reply, view, {
      title: `Reconcile ${domain.title.toLowerCase()}`,
      domain: { type: domain.type, title: domain.title, canCompare: canReconcile(domain) },
      ...(await stateOf(ctx, domain)),
      counts: Object.entries(counts).map(([name, count]) => ({
        // The table's check lets only these kinds in.
        text: KIND_TEXTS[name as DifferenceKind],
        count,
        href: `${base}?kind=${name}`,
      })),
      kind,
      kindTexts: KIND_TEXTS,
      differences,
      pages: {
        ...(last ? { next: link(last.nomisKey) } : {}),
        ...(query.text('after') === '' ? {} : { first: link('') }),
      },
    });
  });

  app.get<Params>('/reconcile/:type/state', async (request, reply) =>
    page.renderFragment(reply, fragment, await stateOf(ctx, domainIn(ctx, request.params.type))),
  );

  app.post<Params>('/reconcile/:type', operatorOnly, async (request, reply) => {
    const domain = domainIn(ctx, request.params.type);
    const mode = page.readForm(request).text('mode') === 'full' ? 'full' : 'hashes';
    const path = `/pages/migration/reconcile/${domain.type}`;
    try {
      await startReconciliation(ctx, domain, { mode, actor: page.actor(request) });
    } catch (error) {
      if (!(error instanceof MigrationError)) throw error;
      return page.redirect(reply, path, { kind: 'notice', text: error.message });
    }
    return page.redirect(reply, path, 'The reconciliation has started');
  });

  app.post<Params>('/reconcile/:type/repair', operatorOnly, async (request, reply) => {
    const domain = domainIn(ctx, request.params.type);
    const kind = DIFFERENCE_KINDS.find((known) => known === page.readForm(request).text('kind'));
    const queued = await repairDifferences(ctx, domain, {
      ...(kind === undefined ? {} : { kind }),
      actor: page.actor(request),
    });
    return page.redirect(
      reply,
      `/pages/migration/reconcile/${domain.type}`,
      `${queued.toLocaleString('en-GB')} repairs were queued; those that cannot be done will be among the failures`,
    );
  });
}

async function stateOf(ctx: MigrationContext, domain: Domain) {
  const { kysely } = ctx.db;
  return {
    newest: await selectNewestReconciliation(kysely, domain.type, false),
    rolling: await selectNewestReconciliation(kysely, domain.type, true),
    total: sum(await countDifferences(kysely, domain.type)),
  };
}
