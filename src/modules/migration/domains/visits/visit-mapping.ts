import { integers, mappingOf } from '../../engine/declare.ts';

/** `/mapping/visits`: spec section 3.6.1. */
export const visitMapping = mappingOf('Visit', {
  path: '/mapping/visits',
  firstCheck: 'nomis',
  mappingTypes: ['MIGRATED', 'ONLINE'],
  nomisFields: integers('nomisId'),
  dpsField: 'vsipId',
  maxDpsKey: 40,
  nomisPath: '/mapping/visits/nomisId/{nomisId}',
  dpsPath: '/mapping/visits/vsipId/{vsipId}',
  notFound: { nomis: (key) => `NOMIS visit id=${key}`, dps: (key) => `VSIP visit id=${key}` },
  createdEvent: {
    name: 'visit-created',
    properties: (row) => ({
      nomisVisitId: row.nomisKey,
      vsipVisitId: row.dpsKey,
      batchId: row.label ?? '',
    }),
  },
  formerPath: '/mapping',
  roles: ['ROLE_NOMIS_VISITS', 'ROLE_ADMIN_NOMIS'],
});
