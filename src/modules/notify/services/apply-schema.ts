import { type Static, Type } from 'typebox';

const strict = { additionalProperties: false };
const Uuid = Type.String({ pattern: '^[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}$' });
const Limit = Type.Optional(Type.Integer({ minimum: 0, maximum: 1_000_000_000_000 }));
const Default = Type.Optional(Type.Boolean());

const Callback = Type.Object(
  { url: Type.String({ pattern: '^https?://' }), bearer_token: Type.String({ minLength: 10 }) },
  strict,
);

const Template = Type.Object(
  {
    id: Uuid,
    type: Type.Union([Type.Literal('sms'), Type.Literal('email'), Type.Literal('letter')]),
    name: Type.String({ minLength: 1, maxLength: 255 }),
    subject: Type.Optional(Type.String()),
    content: Type.String(),
    postage: Type.Optional(
      Type.Union([Type.Literal('first'), Type.Literal('second'), Type.Literal('economy')]),
    ),
    letter_contact_id: Type.Optional(Uuid),
    has_unsubscribe_link: Type.Optional(Type.Boolean()),
    archived: Type.Optional(Type.Boolean()),
    created_by: Type.Optional(Type.String()),
    earlier_versions: Type.Optional(
      Type.Array(
        Type.Object(
          { name: Type.String(), subject: Type.Optional(Type.String()), content: Type.String() },
          strict,
        ),
      ),
    ),
  },
  strict,
);

/** One service of the `notify` section. */
export const DeclaredService = Type.Object(
  {
    id: Uuid,
    name: Type.String({ minLength: 1, maxLength: 255 }),
    live: Type.Optional(Type.Boolean({ description: 'false is trial mode' })),
    active: Type.Optional(Type.Boolean({ description: 'false archives the service' })),
    permissions: Type.Optional(Type.Array(Type.String())),
    prefix_sms: Type.Optional(Type.Boolean()),
    contact_link: Type.Optional(Type.String()),
    email_sender_name: Type.Optional(Type.String()),
    limits: Type.Optional(
      Type.Object(
        {
          per_minute: Type.Optional(Type.Integer({ minimum: 0, maximum: 2_000_000_000 })),
          email: Limit,
          sms: Limit,
          letter: Limit,
          international_sms: Limit,
        },
        strict,
      ),
    ),
    guest_list: Type.Optional(Type.Array(Type.String())),
    team: Type.Optional(
      Type.Array(
        Type.Object(
          { name: Type.String(), email: Type.String(), mobile: Type.Optional(Type.String()) },
          strict,
        ),
      ),
    ),
    api_keys: Type.Optional(
      Type.Array(
        Type.Object(
          {
            id: Type.Optional(Uuid),
            name: Type.String({ minLength: 1, maxLength: 255 }),
            type: Type.Union([Type.Literal('normal'), Type.Literal('team'), Type.Literal('test')]),
            secret: Uuid,
          },
          strict,
        ),
      ),
    ),
    email_reply_to: Type.Optional(
      Type.Array(Type.Object({ id: Uuid, address: Type.String(), default: Default }, strict)),
    ),
    sms_senders: Type.Optional(
      Type.Array(Type.Object({ id: Uuid, sender: Type.String({ maxLength: 11 }), default: Default }, strict)),
    ),
    letter_contacts: Type.Optional(
      Type.Array(Type.Object({ id: Uuid, block: Type.String(), default: Default }, strict)),
    ),
    inbound_number: Type.Optional(Type.String({ maxLength: 11 })),
    callbacks: Type.Optional(
      Type.Object(
        {
          delivery_receipts: Type.Optional(Callback),
          received_texts: Type.Optional(Callback),
          returned_letters: Type.Optional(Callback),
          complaints: Type.Optional(Callback),
        },
        strict,
      ),
    ),
    templates: Type.Optional(Type.Array(Template)),
    received_texts: Type.Optional(
      Type.Array(Type.Object({ from: Type.String(), content: Type.String() }, strict)),
    ),
  },
  strict,
);
export type DeclaredService = Static<typeof DeclaredService>;
export type DeclaredTemplate = Static<typeof Template>;

export const NotifySection = Type.Object({ services: Type.Optional(Type.Array(DeclaredService)) }, strict);
export type NotifySection = Static<typeof NotifySection>;
