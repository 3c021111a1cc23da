import type { EventInput } from '#platform/events';
import type { Run } from './run-queries.ts';

/** One event for each queued message, named after its type, all in one row of the register (spec section 8.1). */
export function queuedEvents(
  name: string,
  run: Pick<Run, 'migrationId' | 'correlationId'>,
  messageIds: string[],
): EventInput[] {
  if (messageIds.length === 0) return [];
  const { migrationId, correlationId } = run;
  return [
    {
      name,
      correlationId,
      subjects: [migrationId],
      properties: { migrationId },
      each: messageIds.map((messageId) => ({ messageId })),
    },
  ];
}
