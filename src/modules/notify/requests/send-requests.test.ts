import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { findFileProblems } from '../documents/file-object.ts';
import { parseBody } from './json-body.ts';
import { findFaults, type ObjectSchema } from './schema.ts';
import {
  createSendSchemas,
  LIST_QUERY,
  NOTIFICATION_PATH,
  PREVIEW,
  RECEIVED_TEXTS_QUERY,
  TEMPLATE_PATH,
  TEMPLATES_QUERY,
} from './send-requests.ts';

interface Vector {
  target: string;
  input: unknown;
  errors: { error: string; message: string }[] | null;
}
const { cases } = JSON.parse(
  readFileSync(new URL('../testing/vectors/schema-errors.json', import.meta.url), 'utf8'),
) as { cases: Vector[] };

const schemas = createSendSchemas({ now: () => new Date('2026-08-01T12:00:00Z') });
const TARGETS: Record<string, ObjectSchema> = {
  'POST /v2/notifications/sms': schemas.sms,
  'POST /v2/notifications/email': schemas.email,
  'POST /v2/notifications/letter (template)': schemas.letter,
  'POST /v2/notifications/letter (precompiled)': schemas.precompiled,
  'GET /v2/notifications (query after parsing)': LIST_QUERY,
  'GET /v2/notifications/{id}': NOTIFICATION_PATH,
  'GET /v2/template/{id}': TEMPLATE_PATH,
  'GET /v2/templates (query)': TEMPLATES_QUERY,
  'GET /v2/received-text-messages (query)': RECEIVED_TEXTS_QUERY,
  'POST /v2/template/{id}/preview (body plus id)': PREVIEW,
};

function faultsOf(target: string, input: unknown): string[] {
  if (target === 'file object inside personalisation')
    return findFileProblems(input as Record<string, unknown>);
  const schema = TARGETS[target];
  assert.ok(schema, target);
  return findFaults(schema, input);
}

describe('request schemas', () => {
  for (const [place, { target, input, errors }] of cases.entries()) {
    it(`conformance ${place}: ${target} ${JSON.stringify(input).slice(0, 60)}`, () => {
      assert.deepEqual(
        faultsOf(target, input),
        (errors ?? []).map((error) => error.message),
      );
      assert.ok((errors ?? []).every(({ error }) => error === 'ValidationError'));
    });
  }

  it('shows values as Python prints them', () => {
    const message = (json: string) => findFaults(schemas.sms, parseBody(Buffer.from(json))).at(0);
    const reference = (json: string) => message(`{"reference": ${json}}`);
    assert.equal(reference('1.0'), 'reference 1.0 is not of type string');
    assert.equal(reference('1e5'), 'reference 100000.0 is not of type string');
    assert.equal(reference('0.00001'), 'reference 1e-05 is not of type string');
    assert.equal(reference('123456789012345678901'), 'reference 123456789012345678901 is not of type string');
    assert.equal(
      reference('{"a": [1, null, "b"], "c": false}'),
      'reference {a: [1, None, b], c: False} is not of type string',
    );
    assert.equal(reference(`["it's"]`), 'reference ["its"] is not of type string');
    assert.equal(reference('["a\\n\\u0001é"]'), 'reference [a\\n\\x01é] is not of type string');
  });

  it('takes what Python takes for false as an empty object and refuses what is no JSON', () => {
    for (const text of ['null', '[]', '{}', '""', '0', 'false', '0.0']) {
      assert.deepEqual(parseBody(Buffer.from(text)), {});
    }
    for (const text of [
      '',
      ' ',
      '{',
      '{"a":}',
      'NaN',
      '['.repeat(100_000),
      `${'['.repeat(300)}${']'.repeat(300)}`,
    ]) {
      assert.throws(() => parseBody(Buffer.from(text)), { message: 'Invalid JSON supplied in POST data' });
    }
    assert.throws(() => parseBody(Buffer.from([0x22, 0xff, 0x22])), { message: /Invalid JSON/ });
  });

  it('names members whatever they are called', () => {
    const body = parseBody(Buffer.from('{"constructor": 1, "__proto__": 2, "toString": 3}'));
    assert.equal(
      findFaults(schemas.letter, body).at(-1),
      'Additional properties are not allowed (__proto__, constructor, toString were unexpected)',
    );
  });
});
