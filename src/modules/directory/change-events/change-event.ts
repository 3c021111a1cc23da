import { removeJsonMember } from './json-members.ts';
import { isJsonObject, type JsonObject, parseJson } from './lossless-json.ts';

/** One NHS.uk organisation record, free of staff data. `text` is what may be stored, queued and logged. */
export interface ChangeEvent {
  text: string;
  event: JsonObject;
  /** Whether the body carried staff data, so that the redaction can be logged. */
  staffRemoved: boolean;
}

/**
 * Parses the body of a change event and removes its staff data (6.1). Returns null when the body is not a JSON
 * object. Numbers keep the way they are written.
 */
export function readChangeEvent(body: string): ChangeEvent | null {
  let event: unknown;
  try {
    event = parseJson(body);
  } catch {
    return null;
  }
  return isJsonObject(event) ? redactChangeEvent(body, event) : null;
}

/** The same for a body that is parsed already. */
export function redactChangeEvent(body: string, event: JsonObject): ChangeEvent {
  if (!Object.hasOwn(event, 'Staff')) return { text: body, event, staffRemoved: false };
  const { Staff: _, ...redacted } = event;
  const { text, removed } = removeJsonMember(body, 'Staff');
  return { text, event: redacted, staffRemoved: removed.some((value) => value !== 'null') };
}

/** The ODS code when it is text: message group, store key and matching key of an event (3.3). */
export function odsCodeOf(event: JsonObject): string | null {
  return typeof event.ODSCode === 'string' ? event.ODSCode : null;
}

/** Whether an ODS code may name a message group (3.2 row 8). A missing code is validated away later. */
export function isUsableGroup(odsCode: string | null): boolean {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are exactly what is refused
  return odsCode === null || (odsCode.length <= 128 && !/[\s\u0000-\u001f\u007f-\u009f]/.test(odsCode));
}

export type ChangeEventProblem =
  | { kind: 'schema'; reason: string }
  | { kind: 'organisation_type'; reason: string; organisationTypeId: string }
  | { kind: 'organisation_sub_type' | 'ods_code_length'; reason: string };

const REQUIRED = ['ODSCode', 'OrganisationTypeId', 'OrganisationSubType'] as const;
const SUB_TYPES = new Set(['Community', 'DistanceSelling']);

/** The first rule of 6.2 step 3 that the event breaks, or null when it is a pharmacy record. */
export function findProblem(event: JsonObject): ChangeEventProblem | null {
  const schemaReason = findSchemaReason(event);
  if (schemaReason !== null) return { kind: 'schema', reason: schemaReason };
  const {
    ODSCode: odsCode,
    OrganisationTypeId: typeId,
    OrganisationSubType: subType,
  } = event as Record<
    string,
    string // findSchemaReason has seen that the three are strings
  >;
  if (typeId !== 'PHA') {
    return {
      kind: 'organisation_type',
      reason: `Unexpected Org Type ID: '${typeId}'`,
      organisationTypeId: typeId ?? '',
    };
  }
  if (!SUB_TYPES.has(subType ?? '')) {
    return { kind: 'organisation_sub_type', reason: `Unexpected Org Sub Type ID: '${subType}'` };
  }
  if ([...(odsCode ?? '')].length !== 5) {
    return { kind: 'ods_code_length', reason: `ODSCode Wrong Length, '${odsCode}' is not length 5.` };
  }
  return null;
}

function findSchemaReason(event: JsonObject): string | null {
  if (REQUIRED.some((name) => !Object.hasOwn(event, name))) {
    const names = REQUIRED.map((name) => `'${name}'`).join(', ');
    return schemaReason(`data must contain [${names}] properties`, "['data']", event);
  }
  const wrong = REQUIRED.find((name) => typeof event[name] !== 'string');
  if (wrong === undefined) return null;
  return schemaReason(`data.${wrong} must be string`, `['data', '${wrong}']`, event[wrong]);
}

function schemaReason(fault: string, path: string, data: unknown): string {
  return `Failed schema validation. Error: ${fault}, Path: ${path}, Data: ${JSON.stringify(data)}`;
}
