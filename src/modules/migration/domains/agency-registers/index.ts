// Agency registers: appendix A. An agency has the same id on both sides, so there are no mappings: every run and every
// event sends it as it is now.
import { readOne, send } from '../../engine/calls.ts';
import { isAuditOfNewServices, textIn } from '../../engine/message-values.ts';
import { recordDomain } from '../../engine/record-domain.ts';
import { type AgencyToSend, type NomisAgency, toAgency } from './legacy-agency.ts';

export const agencyRegisters = recordDomain<NomisAgency>({
  type: 'AGENCY_REGISTERS',
  name: 'agency_registers',
  title: 'Agency registers',
  telemetryName: 'agencyregisters',
  target: 'agency',
  mapping: null,
  ids: { path: '/agency/ids/all', allIn: 'agencyIds', fields: ['agencyId'] },
  read: readOne('/agency/{agencyId}'),
  transform: toAgency,
  create: async (target, sent, call) => {
    const { agencyId, agency } = sent as AgencyToSend;
    const template = call.isBulk
      ? '/legacy/migrate/agency/id/{agencyId}'
      : '/legacy/sync/agency/id/{agencyId}';
    await send(target, { method: 'POST', template, key: agencyId, body: agency }, call);
    return { status: 'accepted', targetId: agencyId };
  },
  // The target sets the agency to what it is told, however often.
  honoursIdempotencyKey: true,
  tells: {
    noun: 'agencyregisters',
    ids: ['agencyId'],
    facts: (agency) => ({ agencyType: agency?.type.code }),
  },
  events: {
    AGENCY_REGISTERS_UPDATED: {
      keyOf: (message) => textIn(message, 'agencyLocationId'),
      isEcho: ({ auditModuleName }) => !auditModuleName || isAuditOfNewServices(auditModuleName),
      action: 'upsert',
    },
  },
});
