/** A system that domains read or write: where it is, who we are to it, what stands in for it. */
export interface UpstreamEntry {
  /** In messages and metrics. */
  readonly title: string;
  /** Environment: `API_BASE_URL_VISITS`. */
  readonly url: string;
  /** Environment: client id and secret of its registration. */
  readonly client: readonly [id: string, secret: string];
  readonly simulator: string;
  /** Its component in health. */
  readonly healthKey: string;
  /** Seconds for one request; those of a target without it. */
  readonly timeoutSeconds?: number;
}

/** Names of the original, spec sections 3.8 and 7.3. A domain with another source or target adds its line. */
export const UPSTREAMS = {
  nomis: {
    title: 'nomis-api',
    url: 'API_BASE_URL_NOMIS',
    client: ['NOMIS_PRISONER_API_CLIENT_ID', 'NOMIS_PRISONER_API_SECRET'],
    simulator: 'nomis',
    healthKey: 'nomisApiHealth',
    timeoutSeconds: 60,
  },
  visits: target('visits', 'VISITS', 'vsip', 'visitsApi'),
  sentencing: target('sentencing', 'SENTENCING', 'adjustments', 'sentencingApi'),
  alerts: target('alerts', 'ALERTS', 'alerts', 'alertsApi'),
  caseNotes: target('casenotes', 'CASENOTES', 'casenotes', 'caseNotesApi'),
  locations: target('locations', 'LOCATIONS', 'locations', 'locationsApi'),
  visitBalance: target('visit-balance', 'VISIT_BALANCE', 'visit-balance', 'visitBalanceApi'),
  staff: target('staff', 'STAFF', 'staff', 'staffApi'),
  agency: target('agency', 'AGENCY', 'agency', 'agencyApi'),
  finance: target('finance', 'FINANCE', 'finance', 'financeApi'),
} satisfies Record<string, UpstreamEntry>;

/** Asked instead of our own tables where its address is set. */
export const MAPPING: UpstreamEntry = {
  title: 'nomis-mapping-api',
  url: 'API_BASE_URL_MAPPING',
  client: ['NOMIS_MAPPING_API_CLIENT_ID', 'NOMIS_MAPPING_API_SECRET'],
  simulator: 'mapping',
  healthKey: 'nomisMappingApi',
  timeoutSeconds: 10,
};

export type UpstreamName = keyof typeof UPSTREAMS;

// `Object.keys` forgets which keys a constant has.
export const UPSTREAM_NAMES = Object.keys(UPSTREAMS) as UpstreamName[];

function target(name: string, word: string, simulator: string, healthKey: string): UpstreamEntry {
  return {
    title: `${name}-api`,
    url: `API_BASE_URL_${word}`,
    client: [`${word}_CLIENT_ID`, `${word}_CLIENT_SECRET`],
    simulator,
    healthKey,
  };
}
