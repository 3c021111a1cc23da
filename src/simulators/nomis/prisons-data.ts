/** Prisons of the simulated NOMIS, with the rooms where visits take place: made up, in the manner of NOMIS. */
export const PRISONS = ['BLI', 'BXI', 'HEI', 'LEI', 'MDI', 'PVI', 'WLI', 'WWI'] as const;

/** Ends of room descriptions; a description begins with the prison, such as `WLI-VISITS-HALL`. */
export const VISIT_ROOMS = ['VISITS-HALL', 'VISITS-ANNEX', 'VISITS-CLOSED', 'VISITS-SOC_VIS'] as const;

export const FIRST_NAMES = [
  'ADA',
  'BEN',
  'CARA',
  'DEV',
  'ELIN',
  'FAY',
  'GUS',
  'HANA',
  'IVO',
  'JUNE',
  'KIT',
  'LENA',
  'MO',
  'NIA',
  'OWEN',
  'PIA',
] as const;

export const LAST_NAMES = [
  'ABBOT',
  'BYRNE',
  'CARTER',
  'DOYLE',
  'EMERY',
  'FIELD',
  'GRANT',
  'HOLT',
  'INGRAM',
  'JARVIS',
  'KEANE',
  'LOWE',
  'MARSH',
  'NASH',
  'OAKES',
  'PRICE',
] as const;
