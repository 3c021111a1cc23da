/** An organisation as the directory tells of it. */
export interface Organisation {
  code: string;
  name: string;
  status: 'Active' | 'Inactive';
}

/** Codes that stand in published examples and tests, with names of our own. */
const KNOWN: readonly Organisation[] = [
  { code: 'F5H1R', name: 'Example Software Supplier', status: 'Active' },
  { code: 'Y90001', name: 'Northern Triage Partnership', status: 'Active' },
  { code: 'AB123', name: 'Riverside Care Systems', status: 'Active' },
  { code: 'X26', name: 'National Platforms', status: 'Active' },
  { code: 'R0A', name: 'City University Hospitals Trust', status: 'Active' },
  { code: 'RX8', name: 'County Ambulance Service Trust', status: 'Active' },
  { code: 'D82007', name: 'High Street Surgery', status: 'Active' },
  { code: 'FA001', name: 'Corner Pharmacy', status: 'Active' },
  // The directory answers 200 for a closed one too.
  { code: 'RJ5', name: 'Former Acute Trust', status: 'Inactive' },
];

const BY_CODE = new Map(KNOWN.map((organisation) => [organisation.code, organisation]));

// The shapes that codes of practices, trusts, boards, pharmacies, suppliers and sites have.
const SHAPES = [
  /^[A-HJ-NPWY]\d{5}$/,
  /^[RTQX][A-Z0-9]\d$/,
  /^[RQ][A-Z0-9]{2}$/,
  /^R[A-Z0-9]{2}\d[A-Z0-9]$/,
  /^F[A-Z0-9]{2}\d{2}$/,
  /^8[A-Z0-9]{2}\d{2}$/,
  /^V\d{5}$/,
  /^YG[A-Z]\d{2}$/,
];

/** The organisation of a code: one that is listed, or one made up for a code that looks like a real one. */
export function findOrganisation(code: string): Organisation | undefined {
  const known = BY_CODE.get(code);
  if (known) return known;
  if (!SHAPES.some((shape) => shape.test(code))) return undefined;
  return { code, name: `Organisation ${code}`, status: 'Active' };
}

export function listKnown(): readonly Organisation[] {
  return KNOWN;
}
