import type { ChangeEvent, ChangeEventProblem } from '../change-events/change-event.ts';
import {
  type DirectoryEvent,
  directoryEvent,
  type EventFacts,
  lineOnly,
  printedOnly,
  sharedRow,
} from '../events.ts';
import type { ReceivedEvent } from '../intake/received-event-queries.ts';
import { METRIC_KEY } from '../reports/contract-log.ts';

/** What ingest says of one message before it decides (6.1, 6.2 step 3). */
export function arrivalEvents(
  facts: EventFacts,
  received: ReceivedEvent,
  changeEvent: ChangeEvent,
): DirectoryEvent[] {
  const line = (message: string) => lineOnly('change_event.checked', facts, { level: 'INFO', message });
  return [
    line("Checking if 'Staff' key needs removing from Change Event payload"),
    ...redaction(facts, received).map(printedOnly),
    line(`Attempting to validate event payload: ${changeEvent.text}`),
  ];
}

/** Its line comes first of all; its row in the register is written with what becomes of the event. */
function redaction(facts: EventFacts, received: ReceivedEvent): DirectoryEvent[] {
  if (!received.had_staff) return [];
  const message = "Redacted 'Staff' key from Change Event payload";
  return [directoryEvent('change_event.redacted', facts, message, { level: 'INFO' })];
}

export function rejectedEvents(
  facts: EventFacts,
  received: ReceivedEvent,
  { event }: ChangeEvent,
  problem: ChangeEventProblem,
): DirectoryEvent[] {
  const rejected = directoryEvent('change_event.rejected', facts, `Validation Error - ${problem.reason}`, {
    level: 'ERROR',
    sequence_number: received.sequence_number,
    event,
  });
  const redacted = redaction(facts, received).map((event) => ({ ...event, isRowOnly: true }));
  if (problem.kind !== 'organisation_type') return [...redacted, rejected];
  const { organisationTypeId } = problem;
  const message = `Org type id: ${organisationTypeId} is not a pharmacy`;
  return [
    ...redacted,
    directoryEvent('change_event.not_a_pharmacy', facts, message, {
      level: 'ERROR',
      org_type_id: organisationTypeId,
    }),
    rejected,
  ];
}

/** Five years of 365 days, in seconds (4.1). */
const KEPT_SECONDS = 157_680_000;

/** Epoch seconds after which a record stored now may be purged. */
export function timeToLive(now: Date): number {
  return Math.floor(now.getTime() / 1_000) + KEPT_SECONDS;
}

/** `YYYY-MM-DD HH:MM:SS.mmm` in UTC */
export function messageReceived(epochMs: number | null): string | null {
  return epochMs === null ? null : new Date(epochMs).toISOString().replace('T', ' ').replace('Z', '');
}

export interface StoredFacts {
  recordId: string;
  ttl: number;
  environment: string;
}

/** A valid event is received and stored (6.2 steps 4 to 7). */
export function storedEvents(
  facts: EventFacts,
  received: ReceivedEvent,
  { recordId, ttl, environment }: StoredFacts,
): DirectoryEvent[] {
  const item = {
    Id: recordId,
    ODSCode: received.ods_code,
    SequenceNumber: received.sequence_number,
    EventReceived: received.received_at.getTime(),
    TTL: ttl,
  };
  const shared = {
    ods_code: received.ods_code,
    dynamo_record_id: recordId,
    sequence_number: received.sequence_number,
  };
  const stored = directoryEvent('change_event.stored', facts, 'Added record to dynamodb', {
    level: 'INFO',
    ...shared,
    response: { ResponseMetadata: { HTTPStatusCode: 200 } },
    item,
  });
  const accepted = directoryEvent(
    'change_event.received',
    facts,
    'Change Event received',
    {
      level: 'WARNING',
      ...shared,
      message_received: messageReceived(received.received_at.getTime()),
      staff_redacted: received.had_staff,
      environment,
      [METRIC_KEY]: 'ChangeEventReceived',
    },
    [recordId],
  );
  return [
    lineOnly('change_event.checked', facts, { level: 'INFO', message: 'Event has been validated' }),
    printedOnly(accepted),
    printedOnly(stored),
    sharedRow(accepted, [...redaction(facts, received), accepted, stored], shared),
  ];
}

/** Older than what is stored of its ODS code: kept, and not applied (6.2 step 8). */
export function staleEvent(
  facts: EventFacts,
  received: ReceivedEvent,
  { recordId, latest }: { recordId: string; latest: string | null },
): DirectoryEvent {
  return directoryEvent(
    'change_event.ignored',
    facts,
    'Sequence id is smaller than the existing one in db for a given odscode, so will be ignored',
    {
      level: 'ERROR',
      dynamo_record_id: recordId,
      incoming_sequence_number: received.sequence_number,
      db_latest_sequence_number: latest ?? '0',
    },
  );
}
