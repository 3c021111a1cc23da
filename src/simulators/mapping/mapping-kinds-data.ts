/** One kind of mapping: the names of its members and where it is found. */
export interface MappingKind {
  readonly path: string;
  /** The members that make the NOMIS key, in the order of the path. */
  readonly nomis: readonly string[];
  readonly dps: string;
  readonly byNomis: string;
  readonly byDps: string;
  readonly types: readonly string[];
  /** Which key is looked at first for a duplicate. */
  readonly first: 'nomis' | 'dps';
  /** Several records of NOMIS may share one of the new service. */
  readonly sharesDps?: boolean;
  /** How the 409 message prints it, and calls it. */
  readonly printedAs: string;
  readonly noun: string;
  readonly nomisMissing: (key: readonly string[]) => string;
  readonly dpsMissing: (id: string) => string;
}

const NEWER_TYPES = ['MIGRATED', 'NOMIS_CREATED', 'DPS_CREATED'];

export const MAPPING_KINDS: readonly MappingKind[] = [
  {
    path: '/mapping/visits',
    nomis: ['nomisId'],
    dps: 'vsipId',
    byNomis: '/mapping/visits/nomisId/{nomisId}',
    byDps: '/mapping/visits/vsipId/{vsipId}',
    types: ['MIGRATED', 'ONLINE'],
    first: 'nomis',
    printedAs: 'VisitMappingDto',
    noun: 'Visit',
    nomisMissing: ([id]) => `NOMIS visit id=${id}`,
    dpsMissing: (id) => `VSIP visit id=${id}`,
  },
  {
    path: '/mapping/sentencing/adjustments',
    nomis: ['nomisAdjustmentCategory', 'nomisAdjustmentId'],
    dps: 'adjustmentId',
    byNomis:
      '/mapping/sentencing/adjustments/nomis-adjustment-category/{nomisAdjustmentCategory}/nomis-adjustment-id/{nomisAdjustmentId}',
    byDps: '/mapping/sentencing/adjustments/adjustment-id/{adjustmentId}',
    types: ['MIGRATED', 'NOMIS_CREATED', 'SENTENCING_CREATED'],
    first: 'dps',
    printedAs: 'SentencingAdjustmentMappingDto',
    noun: 'Sentence adjustment',
    nomisMissing: ([category, id]) => `Sentencing adjustment NOMIS id=${id} category=${category}`,
    dpsMissing: (id) => `Sentencing adjustment id=${id}`,
  },
  {
    path: '/mapping/locations',
    nomis: ['nomisLocationId'],
    dps: 'dpsLocationId',
    byNomis: '/mapping/locations/nomis/{nomisLocationId}',
    byDps: '/mapping/locations/dps/{dpsLocationId}',
    types: ['MIGRATED', 'NOMIS_CREATED', 'LOCATION_CREATED'],
    first: 'dps',
    printedAs: 'LocationMappingDto',
    noun: 'Location',
    nomisMissing: ([id]) => `Location with Nomis id=${id}`,
    dpsMissing: (id) => `Location with DPS id=${id}`,
  },
  {
    path: '/mapping/alerts',
    nomis: ['nomisBookingId', 'nomisAlertSequence'],
    dps: 'dpsAlertId',
    byNomis: '/mapping/alerts/nomis-booking-id/{nomisBookingId}/nomis-alert-sequence/{nomisAlertSequence}',
    byDps: '/mapping/alerts/dps-alert-id/{dpsAlertId}',
    types: NEWER_TYPES,
    first: 'dps',
    printedAs: 'AlertMappingDto',
    noun: 'Alert',
    nomisMissing: ([booking, sequence]) => `bookingId=${booking}, alertSequence=${sequence}`,
    dpsMissing: (id) => `dpsAlertId=${id}`,
  },
  {
    path: '/mapping/casenotes',
    nomis: ['nomisCaseNoteId'],
    dps: 'dpsCaseNoteId',
    byNomis: '/mapping/casenotes/nomis-casenote-id/{nomisCaseNoteId}',
    byDps: '/mapping/casenotes/dps-casenote-id/{dpsCaseNoteId}',
    types: NEWER_TYPES,
    first: 'nomis',
    sharesDps: true,
    printedAs: 'CaseNoteMappingDto',
    noun: 'Casenote',
    nomisMissing: ([id]) => `caseNoteId=${id}`,
    dpsMissing: (id) => `dpsCaseNoteId=${id}`,
  },
  {
    path: '/mapping/visit-balance',
    nomis: ['nomisVisitBalanceId'],
    dps: 'dpsId',
    byNomis: '/mapping/visit-balance/nomis-id/{nomisVisitBalanceId}',
    byDps: '/mapping/visit-balance/dps-id/{dpsId}',
    types: NEWER_TYPES,
    first: 'nomis',
    printedAs: 'VisitBalanceMappingDto',
    noun: 'Visit balance',
    nomisMissing: ([id]) => `nomisVisitBalanceId=${id}`,
    dpsMissing: (id) => `dpsId=${id}`,
  },
  {
    path: '/mapping/visit-balance-adjustment',
    nomis: ['nomisVisitBalanceAdjustmentId'],
    dps: 'dpsId',
    byNomis: '/mapping/visit-balance-adjustment/nomis-id/{nomisVisitBalanceAdjustmentId}',
    byDps: '/mapping/visit-balance-adjustment/dps-id/{dpsId}',
    types: NEWER_TYPES,
    first: 'nomis',
    sharesDps: true,
    printedAs: 'VisitBalanceAdjustmentMappingDto',
    noun: 'Visit balance adjustment',
    nomisMissing: ([id]) => `nomisVisitBalanceAdjustmentId=${id}`,
    dpsMissing: (id) => `dpsId=${id}`,
  },
  {
    path: '/mapping/staff',
    nomis: ['nomisId'],
    dps: 'dpsId',
    byNomis: '/mapping/staff/nomis-id/{nomisId}',
    byDps: '/mapping/staff/dps-id/{dpsId}',
    types: NEWER_TYPES,
    first: 'nomis',
    printedAs: 'StaffMappingDto',
    noun: 'Staff',
    nomisMissing: ([id]) => `nomisId=${id}`,
    dpsMissing: (id) => `dpsId=${id}`,
  },
  {
    path: '/mapping/prisoner-balance',
    nomis: ['nomisRootOffenderId'],
    dps: 'dpsId',
    byNomis: '/mapping/prisoner-balance/nomis-id/{nomisRootOffenderId}',
    byDps: '/mapping/prisoner-balance/dps-id/{dpsId}',
    types: NEWER_TYPES,
    first: 'nomis',
    printedAs: 'PrisonerBalanceMappingDto',
    noun: 'Prisoner balance',
    nomisMissing: ([id]) => `nomisRootOffenderId=${id}`,
    dpsMissing: (id) => `dpsId=${id}`,
  },
  {
    path: '/mapping/transactions',
    nomis: ['nomisTransactionId'],
    dps: 'dpsTransactionId',
    byNomis: '/mapping/transactions/nomis-transaction-id/{nomisTransactionId}',
    byDps: '/mapping/transactions/dps-transaction-id/{dpsTransactionId}',
    types: NEWER_TYPES,
    first: 'nomis',
    printedAs: 'TransactionMappingDto',
    noun: 'Transaction',
    nomisMissing: ([id]) => `nomisTransactionId=${id}`,
    dpsMissing: (id) => `dpsTransactionId=${id}`,
  },
];
