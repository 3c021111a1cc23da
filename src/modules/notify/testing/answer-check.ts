import assert from 'node:assert/strict';
import type { LightMyRequestResponse } from 'fastify';
import type { TSchema } from 'typebox';
import { Compile, type Validator } from 'typebox/compile';
import { ANSWERS } from '../routes/answer-schemas.ts';

const ID = '[^/?]+';
const OPERATIONS: readonly (readonly [method: string, path: RegExp, name: keyof typeof ANSWERS])[] = [
  ['POST', /^\/v2\/notifications\/sms$/, 'sendSms'],
  ['POST', /^\/v2\/notifications\/email$/, 'sendEmail'],
  ['POST', /^\/v2\/notifications\/letter$/, 'sendLetter'],
  ['GET', /^\/v2\/notifications$/, 'listNotifications'],
  ['GET', new RegExp(`^/v2/notifications/${ID}$`), 'readNotification'],
  ['GET', new RegExp(`^/v2/notifications/${ID}/pdf$`), 'readPdf'],
  ['GET', new RegExp(`^/v2/template/${ID}(/version/\\d+)?$`), 'readTemplate'],
  ['GET', /^\/v2\/templates$/, 'listTemplates'],
  ['POST', new RegExp(`^/v2/template/${ID}/preview$`), 'previewTemplate'],
  ['GET', /^\/v2\/received-text-messages$/, 'listReceivedTexts'],
];

const compiled = new Map<string, Validator>();

/** Holds an answer of the public API against what its OpenAPI document promises. */
export function checkAnswer(method: string, url: string, response: LightMyRequestResponse): void {
  const path = url.split('?', 1)[0] ?? '';
  const operation = OPERATIONS.find(([verb, pattern]) => verb === method && pattern.test(path));
  if (!operation || !String(response.headers['content-type']).startsWith('application/json')) return;
  const schemas: Readonly<Record<string, object>> = ANSWERS[operation[2]];
  const schema = schemas[response.statusCode];
  assert.ok(schema, `${method} ${path} answers ${response.statusCode}, which its document does not know`);
  const key = `${operation[2]} ${response.statusCode}`;
  // JSON schemas all of them; the PDF's entry is never JSON.
  const validator = compiled.get(key) ?? Compile(schema as TSchema);
  compiled.set(key, validator);
  const body: unknown = response.json();
  if (validator.Check(body)) return;
  assert.fail(`${method} ${path}: ${JSON.stringify([...validator.Errors(body)].slice(0, 3))}`);
}
