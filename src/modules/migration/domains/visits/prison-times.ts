/** The times at which a prison holds its visits, whatever NOMIS says: spec section 6.1.2, the prison time rule. */
export interface PrisonTime {
  prisonId: string;
  /** A visit that starts before this gets the first pair, any other the second; all `HH:mm`. */
  boundary: string;
  before: { start: string; end: string };
  after: { start: string; end: string };
}

export const DEFAULT_PRISON_TIMES: readonly PrisonTime[] = [
  {
    prisonId: 'HEI',
    boundary: '12:00',
    before: { start: '09:00', end: '10:00' },
    after: { start: '13:45', end: '14:45' },
  },
];

/** Start and end that are sent; start keeps its date and end keeps its own. */
export function prisonTimesOf(
  times: readonly PrisonTime[],
  visit: { prisonId: string; startDateTime: string; endDateTime: string },
): { start: string; end: string } {
  const [start, end] = [visit.startDateTime.slice(0, 19), visit.endDateTime.slice(0, 19)];
  const rule = times.find((time) => time.prisonId === visit.prisonId);
  if (!rule) return { start, end };
  const slot = start.slice(11, 16) < rule.boundary ? rule.before : rule.after;
  return { start: `${start.slice(0, 10)}T${slot.start}:00`, end: `${end.slice(0, 10)}T${slot.end}:00` };
}

/** Reads the setting; throws what is wrong with it. */
export function readPrisonTimes(value: unknown): PrisonTime[] {
  const isTime = (text: unknown) => typeof text === 'string' && /^([01]\d|2[0-3]):[0-5]\d$/.test(text);
  const isSlot = (slot: unknown) => {
    const { start, end } = (slot ?? {}) as Record<string, unknown>;
    return isTime(start) && isTime(end);
  };
  if (!Array.isArray(value)) throw new Error('must be a JSON array');
  for (const rule of value as Record<string, unknown>[]) {
    const isGood =
      typeof rule?.prisonId === 'string' &&
      isTime(rule.boundary) &&
      isSlot(rule.before) &&
      isSlot(rule.after);
    if (!isGood) throw new Error('must hold {prisonId, boundary, before: {start, end}, after: {start, end}}');
  }
  return value as PrisonTime[];
}
