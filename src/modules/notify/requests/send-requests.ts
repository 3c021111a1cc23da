// The request schemas of public sections 3.4 to 3.11.
import type { Clock } from '#platform/telemetry';
import { FILTER_STATUSES } from '../notifications/notification.ts';
import { EMAIL_ADDRESS_MESSAGE, normaliseEmailAddress } from '../recipients/email-address.ts';
import { checkPhoneNumber, isPhoneProblem } from '../recipients/phone-number.ts';
import { NOTIFICATION_TYPES } from '../services/service.ts';
import { scheduledFor } from './scheduled-for.ts';
import {
  boundedText,
  type Check,
  format,
  httpsUrl,
  listOrNull,
  type ObjectSchema,
  object,
  oneOf,
  text,
  uuid,
} from './schema.ts';

const MAX_REFERENCE = 1_000;

const phoneNumber = format((value) => {
  const number = checkPhoneNumber(value);
  return isPhoneProblem(number) ? number.message : undefined;
});
const emailAddress = format((value) =>
  normaliseEmailAddress(value) === undefined ? EMAIL_ADDRESS_MESSAGE : undefined,
);

export type SendSchemas = ReturnType<typeof createSendSchemas>;

/** Of the three requests that send; `scheduled_for` is judged by the clock. */
export function createSendSchemas(clock: Clock) {
  const scheduled = scheduledFor(() => clock.now());
  const sms: ObjectSchema = {
    properties: [
      ['reference', boundedText(MAX_REFERENCE)],
      ['phone_number', phoneNumber],
      ['template_id', uuid],
      ['personalisation', object],
      ['scheduled_for', scheduled],
      ['sms_sender_id', uuid],
    ],
    required: ['phone_number', 'template_id'],
  };
  const email: ObjectSchema = {
    properties: [
      ['reference', boundedText(MAX_REFERENCE)],
      ['email_address', emailAddress],
      ['template_id', uuid],
      ['personalisation', object],
      ['scheduled_for', scheduled],
      ['email_reply_to_id', uuid],
      ['one_click_unsubscribe_url', httpsUrl],
      ['sanitise_content_for', listOrNull],
    ],
    required: ['email_address', 'template_id'],
  };
  return { sms, email, letter: LETTER, precompiled: PRECOMPILED };
}

const LETTER: ObjectSchema = {
  properties: [
    ['reference', boundedText(MAX_REFERENCE)],
    ['template_id', uuid],
    ['personalisation', object],
  ],
  required: ['template_id', 'personalisation'],
};

const postage: Check = (value) => {
  if (typeof value !== 'string') return text(value);
  return ['first', 'second', 'economy'].includes(value)
    ? []
    : ['invalid. It must be either first, second or economy.'];
};

const PRECOMPILED: ObjectSchema = {
  properties: [
    ['reference', boundedText()],
    ['content', text],
    ['postage', postage],
  ],
  required: ['reference', 'content'],
};

function each(check: Check): Check {
  return (value) => (value as unknown[]).flatMap((member) => check(member));
}

/** Queries come as lists where a parameter may be repeated and as the first value where it may not. */
export const LIST_QUERY: ObjectSchema = {
  properties: [
    ['reference', text],
    ['status', each(oneOf(FILTER_STATUSES))],
    ['template_type', each(oneOf(NOTIFICATION_TYPES))],
    ['include_jobs', oneOf(['true', 'True'])],
    ['older_than', uuid],
  ],
  required: [],
};
export const LIST_REPEATABLE: readonly string[] = ['status', 'template_type'];

export const TEMPLATES_QUERY: ObjectSchema = {
  properties: [['type', oneOf(NOTIFICATION_TYPES)]],
  required: [],
};
export const RECEIVED_TEXTS_QUERY: ObjectSchema = { properties: [['older_than', uuid]], required: [] };
export const NOTIFICATION_PATH: ObjectSchema = { properties: [['notification_id', uuid]], required: [] };
export const TEMPLATE_PATH: ObjectSchema = { properties: [['id', uuid]], required: [] };
export const PREVIEW: ObjectSchema = {
  properties: [
    ['id', uuid],
    ['personalisation', object],
  ],
  required: [],
  allowsOthers: true,
};
