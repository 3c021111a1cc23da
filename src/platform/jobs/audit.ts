import type { Handle } from '#platform/db';

/** Who changed something: the shape that the audit log of the platform takes. */
export interface Actor {
  kind: 'operator' | 'cli' | 'system';
  id: string;
  name: string;
}

export type AuditWriter = (
  handle: Handle,
  entry: { actor: Actor; action: string; target: string; details?: object },
) => Promise<void>;

/** The part of the train register that jobs need: what failed for good is told to whoever follows the journey. */
export interface JobEventWriter {
  append(
    handle: Handle,
    events: {
      name: string;
      correlationId: string | null;
      subjects: string[];
      properties: Record<string, unknown>;
    }[],
  ): Promise<void>;
}
