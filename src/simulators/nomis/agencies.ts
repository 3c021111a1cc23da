import { hash } from '../hmpps/random.ts';
import { PRISONS } from './prisons-data.ts';
import { createRecordSet, placeOfIndex, type RecordSet } from './record-set.ts';

/** A prison, a court or a police station. */
export interface NomisAgency {
  readonly agencyId: string;
  readonly description: string;
}

const KINDS = [
  { ending: '', type: 'INST', noun: 'Prison' },
  { ending: 'CT', type: 'CRT', noun: 'Magistrates Court' },
  { ending: 'PS', type: 'POLSTN', noun: 'Police Station' },
] as const;
const PER_PRISON = [KINDS.length];

/** Each prison with a court and a police station; the numbers by which controls change them count from 1. */
export function createAgencies(): RecordSet<NomisAgency> {
  return createRecordSet<NomisAgency>({
    perParent: PER_PRISON,
    parents: PRISONS.length,
    idOf: ({ index }) => index + 1,
    placeOf: (id) => placeOfIndex(PER_PRISON, id - 1),
    parentOf: () => undefined,
    make: ({ parent, nth, index }) => agencyOf(PRISONS[parent] ?? 'WLI', KINDS[nth] ?? KINDS[0], index),
  });
}

export function allAgencies(agencies: RecordSet<NomisAgency>): NomisAgency[] {
  return agencies.ids(0, agencies.count).flatMap((id) => agencies.get(id) ?? []);
}

function agencyOf(prison: string, kind: (typeof KINDS)[number], index: number): NomisAgency {
  const chance = hash(61, index);
  const agency = {
    agencyId: `${prison}${kind.ending}`,
    description: `${prison} ${kind.noun}`,
    type: { code: kind.type, description: kind.noun },
    active: chance % 9 !== 0,
    updateAllowed: true,
    localAuthorities: [],
    addresses: [
      {
        id: 60_001 + index,
        premise: String(1 + (chance % 200)),
        street: 'Station Road',
        postcode: 'ZZ1 1ZZ',
        city: { code: '1', description: 'Exampleton' },
        phoneNumbers: [],
        validatedPAF: false,
        noFixedAddress: false,
        primaryAddress: true,
        mailAddress: false,
      },
    ],
    phones: [{ id: 70_001 + index, type: { code: 'BUS', description: 'Business' }, number: '01632 960001' }],
    emailAddresses: [],
  };
  return agency;
}
