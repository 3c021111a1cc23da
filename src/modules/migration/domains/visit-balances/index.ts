// Visit balances: appendix A. A run sets the balance of each prisoner; afterwards every change of it follows.
import { Type } from 'typebox';
import type { CallContext, Domain } from '../../engine/domain.ts';
import type { Upstream } from '../../upstreams/index.ts';
import { bulkTelemetry } from '../bulk-telemetry.ts';
import { readIdsFrom } from '../source-pages.ts';

interface NomisVisitBalance {
  prisonNumber: string;
  remainingVisitOrders: number;
  remainingPrivilegedVisitOrders: number;
  lastIEPAllocationDate?: string;
}

interface Balance {
  prisonerId: string;
  voBalance: number;
  pvoBalance: number;
  lastVoAllocationDate?: string | undefined;
}

const idsOf = (key: string, targetId: string) => ({ nomisVisitBalanceId: key, dpsId: targetId });

export const visitBalances: Domain<NomisVisitBalance> = {
  type: 'VISIT_BALANCE',
  name: 'visit_balance',
  title: 'Visit balances',
  telemetryName: 'visitbalance',
  source: 'nomis',
  target: 'visitBalance',
  mapping: {
    path: '/mapping/visit-balance',
    firstCheck: 'nomis',
    mappingTypes: ['MIGRATED', 'NOMIS_CREATED', 'DPS_CREATED'],
    nomisFields: [{ name: 'nomisVisitBalanceId', kind: 'integer' }],
    dpsField: 'dpsId',
    nomisPath: '/mapping/visit-balance/nomis-id/{nomisVisitBalanceId}',
    dpsPath: '/mapping/visit-balance/dps-id/{dpsId}',
    dtoName: 'VisitBalanceMappingDto',
    noun: 'Visit balance',
    notFound: { nomis: (key) => `nomisVisitBalanceId=${key}`, dps: (key) => `dpsId=${key}` },
    pageShape: 'A',
  },
  read: (nomis, key, call) =>
    nomis.read<NomisVisitBalance>({
      path: `/visit-balances/${key}`,
      template: '/visit-balances/{visitBalanceId}',
      ...call,
    }),
  transform: toBalance,
  create: async (target, body, { correlationId }) => {
    await setBalance(target, body as Balance, { correlationId });
    return { status: 'accepted', targetId: (body as Balance).prisonerId };
  },
  update: (target, _id, body, call) => setBalance(target, body as Balance, call),
  // The target sets the balance to what it is told, however often.
  honoursIdempotencyKey: true,
  compare: {
    ofSource: (balance) => ({
      voBalance: balance.remainingVisitOrders,
      pvoBalance: balance.remainingPrivilegedVisitOrders,
    }),
    ofTarget: ({ voBalance, pvoBalance }: Balance) => ({ voBalance, pvoBalance }),
    readTarget: (target, prisonerId, call) =>
      target.read<Balance>({
        path: `/visits/allocation/prisoner/${encodeURIComponent(prisonerId)}/balance`,
        template: '/visits/allocation/prisoner/{prisonerId}/balance',
        ...call,
      }),
  },
  bulk: {
    queueId: 'migrationvisitbalance',
    queueName: 'migration_visit_balance_queue',
    dlqName: 'migration_visit_balance_dlq',
    startPath: '/migrate/visit-balance',
    roles: ['ROLE_MIGRATE_VISIT_BALANCE'],
    filter: Type.Object({ prisonId: Type.Optional(Type.Union([Type.String(), Type.Null()])) }),
    readFilter: ({ prisonId }) => (prisonId ? { prisonId } : {}),
    paging: 'by-page-number',
    pageSize: 1_000,
    readIds: readIdsFrom<{ visitBalanceId: number }>(
      '/visit-balances/ids',
      ({ visitBalanceId }) => String(visitBalanceId),
      ({ prisonId }) => ({ prisonId: prisonId as string | undefined }),
    ),
    entityBody: (key) => ({ visitBalanceId: Number(key) }),
    telemetry: bulkTelemetry('visit-balance', idsOf, ({ prisonNumber }) => ({ offenderNo: prisonNumber })),
  },
  repairs: [
    {
      method: 'POST',
      path: '/prisoners/:prisonNumber/visit-balance/repair',
      summary: "Set a prisoner's balance to what NOMIS says",
      roles: ['ROLE_MIGRATE_VISIT_BALANCE'],
      run: async ({ prisonNumber = '' }, tools) => {
        const balance = await tools.source.read<NomisVisitBalance>({
          path: `/prisoners/${encodeURIComponent(prisonNumber)}/visit-balance/details`,
          template: '/prisoners/{prisonNumber}/visit-balance/details',
          ...tools.call,
        });
        if (!balance) throw new Error('NOMIS has no visit balance for the prisoner');
        await setBalance(tools.target, toBalance(balance), tools.call);
        tools.emit('visitbalance-synchronisation-repaired', { offenderNo: prisonNumber });
      },
    },
  ],
};

function toBalance(balance: NomisVisitBalance): Balance {
  return {
    prisonerId: balance.prisonNumber,
    voBalance: balance.remainingVisitOrders,
    pvoBalance: balance.remainingPrivilegedVisitOrders,
    lastVoAllocationDate: balance.lastIEPAllocationDate,
  };
}

async function setBalance(target: Upstream, body: Balance, call: CallContext): Promise<void> {
  const path = '/visits/allocation/prisoner/migrate';
  await target.request({ method: 'POST', path, template: path, body, ...call });
}
