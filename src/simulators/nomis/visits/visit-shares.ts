/** How much of all visits is of a kind, each from 0 to 1; what no share takes is an ordinary visit of the past. */
export interface VisitShares {
  /** Official visits, `OFFI`; the others are social ones, `SCON`. */
  readonly official: number;
  /** Between tomorrow and five months from now, where the scheduler has sessions. */
  readonly future: number;
  /** Between seven months and a year ahead: too far for the scheduler. */
  readonly farFuture: number;
  /** More than a year ahead, as typing errors are. */
  readonly erroneousFuture: number;
  /** Without a location, whatever the date. */
  readonly missingRoom: number;
  readonly noLeadVisitor: number;
  /** With an outcome that no table knows. */
  readonly unknownCode: number;
}

/** Everything that the default holds can be moved; the awkward kinds are asked for. */
export const DEFAULT_SHARES: VisitShares = {
  official: 0,
  future: 0,
  farFuture: 0,
  erroneousFuture: 0,
  missingRoom: 0.02,
  noLeadVisitor: 0.05,
  unknownCode: 0,
};

/** The shares with those of a request body put in, or what is wrong with it. */
export function changedShares(
  shares: VisitShares,
  body: Readonly<Record<string, unknown>>,
): { shares: VisitShares } | { problem: string } {
  const changed: Record<string, number> = { ...shares };
  for (const [name, value] of Object.entries(body)) {
    if (!Object.hasOwn(DEFAULT_SHARES, name)) {
      return { problem: `There is no share ${name}; there are ${Object.keys(DEFAULT_SHARES).join(', ')}.` };
    }
    if (typeof value !== 'number' || !(value >= 0 && value <= 1))
      return { problem: `${name} must be from 0 to 1` };
    changed[name] = value;
  }
  const future = (changed.future ?? 0) + (changed.farFuture ?? 0) + (changed.erroneousFuture ?? 0);
  if (future > 1) return { problem: 'The shares of visits in the future must not be more than 1 together.' };
  // Every name was checked, and none is taken away.
  return { shares: changed as unknown as VisitShares };
}
