// What the OpenAPI document says of answers: public sections 3.3 to 3.11. Nothing is serialised by these schemas, because
// the original's numbers need their decimal point; tests hold every answer against them.
import { type TSchema, Type } from 'typebox';

const Uuid = Type.String({ format: 'uuid' });
const Timestamp = Type.String({
  description: 'UTC with six digits of a second, such as 2026-08-01T12:00:00.000000Z',
});
const orNull = <T extends TSchema>(schema: T) => Type.Union([schema, Type.Null()]);
const object = Type.Object;

/** Members that are not declared are faults of ours. */
const exact = <T extends Parameters<typeof object>[0]>(properties: T) =>
  Type.Object(properties, { additionalProperties: false });

const TemplateLink = exact({ id: Uuid, version: Type.Integer(), uri: Type.String() });

const accepted = {
  id: Uuid,
  reference: orNull(Type.String()),
  uri: Type.String(),
  template: TemplateLink,
  scheduled_for: Type.Null(),
};

const SmsAnswer = exact({
  ...accepted,
  content: exact({ body: Type.String(), from_number: Type.String() }),
});

const EmailAnswer = exact({
  ...accepted,
  content: exact({
    from_email: Type.String(),
    body: Type.String(),
    subject: Type.String(),
    one_click_unsubscribe_url: orNull(Type.String()),
  }),
  sanitised_content: Type.Record(
    Type.String(),
    exact({ unsanitised: Type.Unknown(), sanitised: Type.Unknown() }),
  ),
});

/** From a template, and as PDF. */
const LetterAnswer = Type.Union([
  exact({ ...accepted, content: exact({ body: Type.String(), subject: Type.String() }) }),
  exact({
    id: Uuid,
    reference: Type.String(),
    postage: Type.Union([Type.Literal('first'), Type.Literal('second'), Type.Literal('economy')]),
  }),
]);

const addressLine = Type.Unknown({ description: 'As it was given with a letter; null otherwise' });

const NotificationAnswer = exact({
  id: Uuid,
  reference: orNull(Type.String()),
  email_address: orNull(Type.String()),
  phone_number: orNull(Type.String()),
  line_1: addressLine,
  line_2: addressLine,
  line_3: addressLine,
  line_4: addressLine,
  line_5: addressLine,
  line_6: addressLine,
  postcode: addressLine,
  type: Type.Union([Type.Literal('sms'), Type.Literal('email'), Type.Literal('letter')]),
  status: Type.String({
    description:
      'created, sending, sent, pending, delivered, temporary-failure, permanent-failure or technical-failure; letters: accepted, received, cancelled, pending-virus-check, virus-scan-failed, validation-failed, permanent-failure or technical-failure',
  }),
  template: TemplateLink,
  body: Type.String(),
  subject: orNull(Type.String()),
  created_at: Timestamp,
  created_by_name: orNull(Type.String()),
  sent_at: orNull(Timestamp),
  completed_at: orNull(Timestamp),
  scheduled_for: Type.Null(),
  postage: orNull(Type.String()),
  one_click_unsubscribe_url: orNull(Type.String()),
  is_cost_data_ready: Type.Boolean(),
  cost_in_pounds: orNull(Type.Number()),
  cost_details: exact({
    billable_sms_fragments: Type.Optional(Type.Integer()),
    international_rate_multiplier: Type.Optional(Type.Number()),
    sms_rate: Type.Optional(Type.Number()),
    billable_sheets_of_paper: Type.Optional(Type.Integer()),
    postage: Type.Optional(orNull(Type.String())),
  }),
  estimated_delivery: Type.Optional(Timestamp),
});

const Links = exact({
  current: Type.String(),
  next: Type.Optional(Type.String({ description: 'Whenever the page has an entry, even on the last one' })),
});

const NotificationsAnswer = exact({
  notifications: Type.Array(NotificationAnswer, { maxItems: 250 }),
  links: Links,
});

const TemplateAnswer = exact({
  id: Uuid,
  type: Type.Union([Type.Literal('sms'), Type.Literal('email'), Type.Literal('letter')]),
  created_at: Timestamp,
  updated_at: orNull(Timestamp),
  created_by: Type.String(),
  version: Type.Integer(),
  body: Type.String(),
  subject: orNull(Type.String()),
  name: Type.String(),
  personalisation: Type.Record(Type.String(), exact({ required: Type.Literal(true) })),
  postage: orNull(Type.String()),
  letter_contact_block: orNull(Type.String()),
});

const TemplatesAnswer = exact({ templates: Type.Array(TemplateAnswer) });

const PreviewAnswer = exact({
  id: Uuid,
  type: Type.Union([Type.Literal('sms'), Type.Literal('email'), Type.Literal('letter')]),
  version: Type.Integer(),
  body: Type.String(),
  html: orNull(Type.String({ description: 'Of emails: what stands within the page around it' })),
  subject: orNull(Type.String()),
  postage: orNull(Type.String()),
});

const ReceivedTextsAnswer = exact({
  received_text_messages: Type.Array(
    exact({
      id: Uuid,
      user_number: Type.String(),
      notify_number: Type.String(),
      created_at: Timestamp,
      service_id: Uuid,
      content: Type.String(),
    }),
    { maxItems: 250 },
  ),
  links: Links,
});

const ErrorsAnswer = exact({
  status_code: Type.Integer(),
  errors: Type.Array(exact({ error: Type.String(), message: Type.String() }), { minItems: 1 }),
  // Of letters whose QR code would be too long.
  data: Type.Optional(Type.String()),
  num_bytes: Type.Optional(Type.Integer()),
  max_bytes: Type.Optional(Type.Integer()),
});

const REFUSALS: Readonly<Record<number, string>> = {
  400: 'The request does not fit its schema, or breaks a rule of the service, the template or the recipient',
  401: 'There is no bearer token',
  403: 'The token does not let its bearer in, or letters may not be sent with it',
  404: 'There is no such record of this service',
  413: 'The body is too large',
  429: 'Too many requests in a minute, or messages in a day',
  500: 'A fault of ours; nothing was accepted',
  503: 'The database does not answer; nothing was accepted',
  504: 'The request took too long',
};

/** The answers of one operation: its own, and the refusals that it can give. */
function answers(success: Readonly<Record<number, object>>, refusals: readonly number[]) {
  const refused = [...new Set([401, 403, ...refusals, 500, 503, 504])].sort((a, b) => a - b);
  return {
    ...success,
    ...Object.fromEntries(
      refused.map((status) => [status, { ...ErrorsAnswer, description: REFUSALS[status] ?? 'A refusal' }]),
    ),
  };
}

const sent = (schema: TSchema) => answers({ 201: schema }, [400, 404, 413, 429]);

/** By operation, each by status. */
export const ANSWERS = {
  sendSms: sent(SmsAnswer),
  sendEmail: sent(EmailAnswer),
  sendLetter: sent(LetterAnswer),
  listNotifications: answers({ 200: NotificationsAnswer }, [400]),
  readNotification: answers({ 200: NotificationAnswer }, [400, 404]),
  readPdf: answers(
    {
      200: {
        description: 'The letter as it is printed',
        content: { 'application/pdf': { schema: { type: 'string', format: 'binary' } } },
      },
    },
    [400, 404],
  ),
  readTemplate: answers({ 200: TemplateAnswer }, [400, 404]),
  listTemplates: answers({ 200: TemplatesAnswer }, [400]),
  previewTemplate: answers({ 200: PreviewAnswer }, [400, 404, 413]),
  listReceivedTexts: answers({ 200: ReceivedTextsAnswer }, [400]),
};
