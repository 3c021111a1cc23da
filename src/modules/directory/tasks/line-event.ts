import { type DirectoryEvent, directoryEvent, type EventFacts } from '../events.ts';
import { type LogLine, logFields } from '../reports/log-line.ts';

/** A contract log line as an event of the register: same message, same keys (spec section 8.3). */
export function lineEvent(
  name: string,
  facts: EventFacts,
  line: LogLine,
  surroundings: { environment: string; context: Record<string, unknown>; subjects?: string[] },
): DirectoryEvent {
  const { environment, context, subjects = [] } = surroundings;
  const properties = { level: line.level, ...context, ...logFields(line, environment) };
  return directoryEvent(name, facts, line.message, properties, subjects);
}
