import realOdsCodes from './ods-codes.json' with { type: 'json' };

export const REAL_ODS_CODE_COUNT = realOdsCodes.length;

/** The ODS code of pharmacy number `index`: the real codes first, then invented ones, so that any number works. */
export function odsCodeAt(index: number): string {
  const real = realOdsCodes[index];
  if (real !== undefined) return real;
  // No ODS code of a pharmacy starts with X.
  return `X${(index - REAL_ODS_CODE_COUNT).toString(36).toUpperCase().padStart(4, '0')}`;
}
