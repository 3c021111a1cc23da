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

/** Route options for a documented body: nothing is validated or serialised by it. */
export function documented(options: { summary: string; tags: string[]; body?: TSchema }) {
  return { schema: options, validatorCompiler: () => () => true };
}
