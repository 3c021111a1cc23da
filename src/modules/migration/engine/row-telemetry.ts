import type { SyncFacts, SyncOutcome, SyncTelemetry } from './domain.ts';

const ENDINGS: Record<SyncOutcome, string> = {
  created: 'created-success',
  updated: 'updated-success',
  deleted: 'deleted-success',
  'delete-ignored': 'deleted-ignored',
  'echo-skipped': 'skipped',
  'gone-skipped': 'ignored',
  'mapping-created': 'mapping-created-success',
};

/** Events of domains that follow the common scheme of spec section 8.1: `<name>-synchronisation-created-success`. */
export function rowTelemetry<R>(
  name: string,
  propertiesOf: (facts: SyncFacts<R>) => Record<string, unknown>,
): (outcome: SyncOutcome, facts: SyncFacts<R>) => SyncTelemetry {
  return (outcome, facts) => {
    const pending = facts.isMappingPending ? { mapping: 'initial-failure' } : {};
    // A retried mapping has the properties of its create, kept with the retry.
    const values = outcome === 'mapping-created' ? facts.message : { ...propertiesOf(facts), ...pending };
    return { name: `${name}-synchronisation-${ENDINGS[outcome]}`, properties: textsOf(values) };
  };
}

/** All property values are texts; what is not known is left out. */
export function textsOf(values: Record<string, unknown>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(values).flatMap(([name, value]) =>
      value === undefined || value === null ? [] : [[name, String(value)]],
    ),
  );
}
