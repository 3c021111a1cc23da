import { asciiJson, jsonText, jsonTextOrNull } from '../responses/json-text.ts';
import type { ChangeRow } from './history-queries.ts';

/** One change as the history and the feed tell it; the event in its exported form (spec section 5.1). */
export function changeText(change: ChangeRow): string {
  return (
    `{"seq": "${change.seq}", "occurred_at": "${change.occurred_at}", ` +
    `"application": ${jsonText(change.application)}, ` +
    `"correlation_id": ${jsonTextOrNull(change.correlation_id)}, "event": {"${change.name}": ${asciiJson(change.payload)}}}`
  );
}

/** What a party was after a change: the payload, to which a product's creation adds no keys. */
export function stateOf(change: ChangeRow): string {
  return change.name === 'cpm_product_created_event'
    ? `${change.payload.slice(0, change.payload.lastIndexOf('}'))}, "keys": []}`
    : asciiJson(change.payload);
}
