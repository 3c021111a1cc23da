// Agency registers: appendix A. An agency has the same id on both sides, so there are no mappings: every run and every
// event sends it as it is now.
import { readOne, setAt } from '../../engine/calls.ts';
import { isFromNewServicesOrUnsigned, textIn } from '../../engine/message-values.ts';
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
  ...setAt(
    ({ agencyId, agency }: AgencyToSend, isBulk) => ({
      method: 'POST',
      template: isBulk ? '/legacy/migrate/agency/id/{agencyId}' : '/legacy/sync/agency/id/{agencyId}',
      key: agencyId,
      body: agency,
    }),
    ({ agencyId }) => agencyId,
  ),
  tells: {
    noun: 'agencyregisters',
    ids: ['agencyId'],
    facts: (agency) => ({ agencyType: agency?.type.code }),
  },
  events: {
    AGENCY_REGISTERS_UPDATED: {
      keyOf: (message) => textIn(message, 'agencyLocationId'),
      isEcho: isFromNewServicesOrUnsigned,
      action: 'upsert',
    },
  },
});
