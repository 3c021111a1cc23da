import type { PlannedEvent } from './event-plan.ts';

/** Codes of the profiles that the editor has, in a fixed order. */
export const odsCodes: readonly string[] = Array.from(
  { length: 10_000 },
  (_, index) => `F${index.toString(36).padStart(4, '0').toUpperCase()}`,
);

/** Codes that no directory has. */
export const unmatchedCodes: readonly string[] = Array.from({ length: 26 }, (_, index) => `ZZZ${index + 10}`);

export function eventBody(event: PlannedEvent): string {
  return JSON.stringify({
    ODSCode: event.odsCode,
    OrganisationTypeId: 'PHA',
    OrganisationSubType: 'Community',
  });
}
