// What the OpenAPI document says of bodies and parameters. Requests are checked by `requests/send-requests.ts`, whose
// messages are the contract, so nothing here validates.
import { type TSchema, Type } from 'typebox';

const Uuid = Type.String({ format: 'uuid' });
const Personalisation = Type.Record(Type.String(), Type.Unknown(), {
  description: 'Values for the placeholders of the template',
});
const Reference = Type.Optional(Type.String({ maxLength: 1_000 }));
const ScheduledFor = Type.Optional(
  Type.Union([Type.String(), Type.Null()], { description: 'Checked and ignored: messages go at once' }),
);

export const SmsBody = Type.Object({
  phone_number: Type.String(),
  template_id: Uuid,
  personalisation: Type.Optional(Personalisation),
  reference: Reference,
  sms_sender_id: Type.Optional(Uuid),
  scheduled_for: ScheduledFor,
});

export const EmailBody = Type.Object({
  email_address: Type.String(),
  template_id: Uuid,
  personalisation: Type.Optional(Personalisation),
  reference: Reference,
  email_reply_to_id: Type.Optional(Uuid),
  one_click_unsubscribe_url: Type.Optional(Type.String({ pattern: '^https' })),
  sanitise_content_for: Type.Optional(Type.Union([Type.Array(Type.String()), Type.Null()])),
  scheduled_for: ScheduledFor,
});

export const LetterBody = Type.Union([
  Type.Object({ template_id: Uuid, personalisation: Personalisation, reference: Reference }),
  Type.Object({
    reference: Type.String(),
    content: Type.String({ description: 'A PDF in base64' }),
    postage: Type.Optional(
      Type.Union([Type.Literal('first'), Type.Literal('second'), Type.Literal('economy')]),
    ),
  }),
]);

export const PreviewBody = Type.Object({ personalisation: Type.Optional(Personalisation) });

/** Ids in paths. */
export const NotificationPath = Type.Object({ id: Uuid });
export const TemplatePath = Type.Object({ id: Uuid });
export const TemplateVersionPath = Type.Object({
  id: Uuid,
  version: Type.Integer({ minimum: 0, description: '0 is the newest' }),
});

const OlderThan = Type.Optional(
  Type.String({ format: 'uuid', description: 'Entries older than this one: the id of the last of a page' }),
);
export const NotificationsQuery = Type.Object({
  status: Type.Optional(Type.Array(Type.String(), { description: 'Repeated for several' })),
  template_type: Type.Optional(
    Type.Array(Type.Union([Type.Literal('sms'), Type.Literal('email'), Type.Literal('letter')]), {
      description: 'Repeated for several',
    }),
  ),
  reference: Type.Optional(Type.String({ description: 'That of the client' })),
  older_than: OlderThan,
  include_jobs: Type.Optional(
    Type.Literal('true', { description: 'Messages of uploaded spreadsheets, too' }),
  ),
});
export const TemplatesQuery = Type.Object({
  type: Type.Optional(Type.Union([Type.Literal('sms'), Type.Literal('email'), Type.Literal('letter')])),
});
export const ReceivedTextsQuery = Type.Object({ older_than: OlderThan });

export interface Documentation {
  summary: string;
  tags: string[];
  body?: TSchema;
  params?: TSchema;
  querystring?: TSchema;
  /** By status. */
  response?: object;
}

/** Route options for the OpenAPI document alone: nothing is validated by them. */
export function documented(documentation: Documentation) {
  return {
    schema: documentation,
    validatorCompiler: () => () => true,
  };
}
