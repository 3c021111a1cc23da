// Every refusal that the official client can bring about: public sections 3.3, 3.8 to 3.11, 6.2, 6.4, 6.6.3, 6.7, 6.8, 7.2
// and 7.4, in the words of the contract.
import { KEYS, newUuid, SENDERS, SERVICE_ID, TEMPLATES } from './notify-app.ts';

/** The client as people use it from JavaScript, who may give it anything. */
export type UntypedClient = Readonly<Record<string, (...values: unknown[]) => Promise<unknown>>>;

export interface Refusal {
  call: () => Promise<unknown>;
  /** Status, then each entry of `errors`. */
  answer: string;
}

export const OTHERS = {
  trial: newUuid(),
  bare: newUuid(),
  keyless: newUuid(),
  archived: newUuid(),
  revoked: newUuid(),
  limited: newUuid(),
  slow: newUuid(),
  abroad: newUuid(),
};
export const MORE_TEMPLATES = {
  empty: newUuid(),
  archived: newUuid(),
  emptyEmail: newUuid(),
  twoNames: newUuid(),
  letterInOrder: newUuid(),
  code: newUuid(),
  trialSms: newUuid(),
  trialEmail: newUuid(),
  trialLetter: newUuid(),
  limitedSms: newUuid(),
  abroadLetter: newUuid(),
};
const CONTACT = newUuid();

/** What the service of `declaredService` has besides. */
export const MORE_OF_THE_SERVICE = {
  letter_contacts: [{ id: CONTACT, block: 'The ((office))\nTown Hall' }],
  templates: [
    { id: MORE_TEMPLATES.empty, type: 'sms', name: 'Only a value', content: '((a))' },
    { id: MORE_TEMPLATES.archived, type: 'sms', name: 'Gone', content: 'Hi', archived: true },
    { id: MORE_TEMPLATES.emptyEmail, type: 'email', name: 'Only a value', subject: 'S', content: '((a))' },
    {
      id: MORE_TEMPLATES.twoNames,
      type: 'email',
      name: 'Two names',
      subject: 'About ((the Pigeon))',
      content: '((who??Dear)) ((the_pigeon))',
    },
    {
      id: MORE_TEMPLATES.letterInOrder,
      type: 'letter',
      name: 'In order',
      subject: 'About ((what))',
      content: 'Dear ((who))',
      letter_contact_id: CONTACT,
    },
    { id: MORE_TEMPLATES.code, type: 'letter', name: 'A code', subject: 'S', content: 'qr: ((data))' },
  ],
};

const bare = { api_keys: keysOf(), contact_link: '' };
export const OTHER_SERVICES = [
  {
    ...bare,
    id: OTHERS.trial,
    name: 'On trial',
    live: false,
    permissions: ['email', 'sms', 'letter'],
    guest_list: ['guest@example.test'],
    templates: [
      { id: MORE_TEMPLATES.trialSms, type: 'sms', name: 'T', content: 'Hi' },
      { id: MORE_TEMPLATES.trialEmail, type: 'email', name: 'E', subject: 'S', content: 'Hi ((file))' },
      { id: MORE_TEMPLATES.trialLetter, type: 'letter', name: 'L', subject: 'S', content: 'Hi' },
    ],
  },
  { ...bare, id: OTHERS.bare, name: 'Bare', live: true, permissions: [] },
  { ...bare, id: OTHERS.keyless, name: 'Keyless', live: true, api_keys: [] },
  { ...bare, id: OTHERS.archived, name: 'Archived', live: true, active: false },
  { ...bare, id: OTHERS.revoked, name: 'Revoked', live: true },
  {
    ...bare,
    id: OTHERS.limited,
    name: 'Limited',
    live: true,
    permissions: ['email', 'sms', 'letter', 'international_sms'],
    limits: { email: 0, letter: 0, international_sms: 0 },
    templates: [{ id: MORE_TEMPLATES.limitedSms, type: 'sms', name: 'T', content: 'Hi' }],
  },
  { ...bare, id: OTHERS.slow, name: 'Slow', live: true, limits: { per_minute: 0, sms: 0 } },
  {
    ...bare,
    id: OTHERS.abroad,
    name: 'Abroad',
    live: true,
    permissions: ['sms', 'letter', 'international_letters'],
    limits: { sms: 0 },
    templates: [{ id: MORE_TEMPLATES.abroadLetter, type: 'letter', name: 'L', subject: 'S', content: 'Hi' }],
  },
];

function keysOf() {
  return (['normal', 'team', 'test'] as const).map((type) => ({
    name: `${type} key`,
    type,
    secret: KEYS[type],
  }));
}

export interface Facts {
  clientOf(serviceId?: string, secret?: string): UntypedClient;
  /** Messages of the service in the states that their names say. */
  ids: { sms: string; virusFound: string; failed: string; waiting: string };
  adminUrl: string;
}

export function clientRefusals(facts: Facts): Refusal[] {
  return [
    ...authentication(facts),
    ...requestsOutOfShape(facts),
    ...brokenRules(facts),
    ...letters(facts),
    ...recipients(facts),
    ...files(facts),
    ...limits(facts),
    ...reading(facts),
  ].map(([call, answer]) => ({ call, answer }));
}

type Row = [call: () => Promise<unknown>, answer: string];

const NUMBER = '07700900123';
const ADDRESS = 'ann@example.test';
const named = { personalisation: { name: 'x' } };

function authentication({ clientOf }: Facts): Row[] {
  const refused = (serviceId: string, message: string, secret = KEYS.normal): Row => [
    () => call(clientOf(serviceId, secret), 'getAllTemplates'),
    `403 AuthError: ${message}`,
  ];
  return [
    refused('pigeon', 'Invalid token: service id is not the right data type'),
    refused(newUuid(), 'Invalid token: service not found'),
    refused(OTHERS.keyless, 'Invalid token: service has no API keys'),
    refused(OTHERS.archived, 'Invalid token: service is archived'),
    refused(OTHERS.revoked, 'Invalid token: API key revoked'),
    refused(SERVICE_ID, 'Invalid token: API key not found', newUuid()),
  ];
}

function requestsOutOfShape({ clientOf }: Facts): Row[] {
  const invalid = (name: string, values: unknown[], ...messages: string[]): Row => [
    () => call(clientOf(), name, ...values),
    `400 ${messages.map((message) => `ValidationError: ${message}`).join(' | ')}`,
  ];
  const required = (field: string) => `${field} is a required property`;
  return [
    invalid('sendSms', [], required('phone_number'), required('template_id')),
    invalid('sendEmail', [], required('email_address'), required('template_id')),
    invalid('sendLetter', [], required('template_id'), required('personalisation')),
    invalid('sendPrecompiledLetter', [undefined, '%PDF'], required('reference')),
    invalid('sendSms', ['x', NUMBER], 'template_id is not a valid UUID'),
    invalid('sendSms', [TEMPLATES.sms, 5, named], 'phone_number 5 is not of type string'),
    invalid(
      'sendSms',
      [TEMPLATES.sms, NUMBER, { personalisation: 'x', reference: [true, "a'b"] }],
      'reference [True, "ab"] is not of type string',
      'personalisation x is not of type object',
    ),
    invalid(
      'sendSms',
      [TEMPLATES.sms, NUMBER, { reference: 'x'.repeat(1_001) }],
      `reference ${'x'.repeat(1_001)} is too long`,
    ),
    invalid(
      'sendSms',
      [TEMPLATES.sms, NUMBER, { smsSenderId: 'x', ...named }],
      'sms_sender_id is not a valid UUID',
    ),
    invalid(
      'sendEmail',
      [
        TEMPLATES.email,
        'nobody',
        { emailReplyToId: 5, oneClickUnsubscribeURL: 'http://a.test', sanitiseContentFor: 'name' },
      ],
      'email_address Not a valid email address',
      'email_reply_to_id is not a valid UUID',
      'one_click_unsubscribe_url is not a valid https url',
      'sanitise_content_for name is not of type array, null',
    ),
    invalid(
      'sendPrecompiledLetter',
      ['r', '%PDF', 'europe'],
      'postage invalid. It must be either first, second or economy.',
    ),
    invalid('getNotifications', ['fax'], 'template_type fax is not one of [sms, email, letter]'),
    invalid(
      'getNotifications',
      [undefined, 'flown'],
      'status flown is not one of [cancelled, created, sending, sent, delivered, pending, failed, technical-failure, temporary-failure, permanent-failure, pending-virus-check, validation-failed, virus-scan-failed, returned-letter, accepted, received]',
    ),
    invalid('getNotifications', [undefined, undefined, undefined, 'x'], 'older_than is not a valid UUID'),
    invalid('getAllTemplates', ['fax'], 'type fax is not one of [sms, email, letter]'),
    invalid('getReceivedTexts', ['x'], 'older_than is not a valid UUID'),
    invalid('getNotificationById', ['x'], 'notification_id is not a valid UUID'),
    invalid('getPdfForLetterNotification', ['x'], 'notification_id is not a valid UUID'),
    invalid('getTemplateById', ['x'], 'id is not a valid UUID'),
    invalid('getTemplateByIdAndVersion', ['x', 1], 'id is not a valid UUID'),
    invalid(
      'previewTemplateById',
      ['x', 'y'],
      'id is not a valid UUID',
      'personalisation y is not of type object',
    ),
  ];
}

function brokenRules({ clientOf }: Facts): Row[] {
  const bad = (name: string, values: unknown[], message: string, serviceId = SERVICE_ID): Row => [
    () => call(clientOf(serviceId), name, ...values),
    `400 BadRequestError: ${message}`,
  ];
  const sender = newUuid();
  const missing = (names: string) => `Missing personalisation: ${names}`;
  return [
    bad('sendSms', [newUuid(), NUMBER], 'Service is not allowed to send text messages', OTHERS.bare),
    bad('sendEmail', [newUuid(), ADDRESS], 'Service is not allowed to send emails', OTHERS.bare),
    bad(
      'sendLetter',
      [newUuid(), { personalisation: {} }],
      'Service is not allowed to send letters',
      OTHERS.bare,
    ),
    bad('sendPrecompiledLetter', ['r', '%PDF'], 'Service is not allowed to send letters', OTHERS.bare),
    bad('sendSms', [newUuid(), NUMBER], 'Template not found'),
    bad('sendSms', [TEMPLATES.email, NUMBER], 'email template is not suitable for sms notification'),
    bad('sendEmail', [TEMPLATES.letter, ADDRESS], 'letter template is not suitable for email notification'),
    bad('sendLetter', [TEMPLATES.sms, named], 'sms template is not suitable for letter notification'),
    bad('sendSms', [MORE_TEMPLATES.archived, NUMBER], 'Template has been deleted'),
    bad('sendSms', [TEMPLATES.sms, NUMBER], missing('name')),
    bad('sendSms', [TEMPLATES.sms, NUMBER, { personalisation: { name: null } }], missing('name')),
    bad('sendEmail', [MORE_TEMPLATES.twoNames, ADDRESS], missing('the Pigeon, who')),
    bad('sendLetter', [MORE_TEMPLATES.letterInOrder, { personalisation: {} }], missing('office, what, who')),
    bad('previewTemplateById', [MORE_TEMPLATES.twoNames, {}], missing('the Pigeon, who')),
    bad('sendSms', [MORE_TEMPLATES.empty, NUMBER, { personalisation: { a: ' ' } }], 'Your message is empty.'),
    bad(
      'sendEmail',
      [MORE_TEMPLATES.emptyEmail, ADDRESS, { personalisation: { a: '' } }],
      'Your message is empty.',
    ),
    bad(
      'sendSms',
      [TEMPLATES.sms, NUMBER, { personalisation: { name: { file: 'eA==' } } }],
      'Can only send a file by email',
    ),
    bad(
      'sendLetter',
      [TEMPLATES.letter, { personalisation: { name: { file: 'eA==' } } }],
      'Can only send a file by email',
    ),
    bad(
      'sendSms',
      [TEMPLATES.sms, NUMBER, { ...named, smsSenderId: sender }],
      `sms_sender_id ${sender} does not exist in database for service id ${SERVICE_ID}`,
    ),
    bad(
      'sendEmail',
      [TEMPLATES.email, ADDRESS, { ...named, emailReplyToId: SENDERS.sms }],
      `email_reply_to_id ${SENDERS.sms} does not exist in database for service id ${SERVICE_ID}`,
    ),
    bad(
      'sendSms',
      [TEMPLATES.sms, NUMBER, { personalisation: { name: 'x'.repeat(913) } }],
      'Your message is too long. Text messages cannot be longer than 918 characters. Your message is 919 characters long.',
    ),
    bad(
      'sendEmail',
      [TEMPLATES.email, ADDRESS, { personalisation: { name: 'é'.repeat(1_000_000) } }],
      'Your message is too long. Emails cannot be longer than 2000000 bytes. Your message is 2000031 bytes.',
    ),
  ];
}

function letters({ clientOf }: Facts): Row[] {
  const addressed = (lines: string[], error: string, message: string, abroad = false): Row => [
    () => {
      const address = Object.fromEntries(lines.map((line, place) => [`address_line_${place + 1}`, line]));
      const client = clientOf(abroad ? OTHERS.abroad : SERVICE_ID);
      const template = abroad ? MORE_TEMPLATES.abroadLetter : TEMPLATES.letter;
      return call(client, 'sendLetter', template, { personalisation: { name: 'x', ...address } });
    },
    `400 ${error}: ${message}`,
  ];
  const invalid = (lines: string[], message: string, abroad = false) =>
    addressed(lines, 'ValidationError', message, abroad);
  const team = clientOf(SERVICE_ID, KEYS.team);
  const teamRefusal = '403 BadRequestError: Cannot send letters with a team api key';
  const trialRefusal = '403 BadRequestError: Cannot send letters when service is in trial mode';
  return [
    [() => call(team, 'sendLetter', TEMPLATES.letter, named), teamRefusal],
    [() => call(team, 'sendPrecompiledLetter', 'r', '%PDF'), teamRefusal],
    [
      () => call(clientOf(OTHERS.trial), 'sendLetter', MORE_TEMPLATES.trialLetter, { personalisation: {} }),
      trialRefusal,
    ],
    [() => call(clientOf(OTHERS.trial), 'sendPrecompiledLetter', 'r', '%PDF'), trialRefusal],
    [
      () =>
        call(clientOf(), 'sendLetter', MORE_TEMPLATES.code, { personalisation: { data: 'x'.repeat(505) } }),
      '400 ValidationError: Cannot create a usable QR code - the link is too long',
    ],
    invalid(['A', 'SW1A 1AA'], 'Address must be at least 3 lines'),
    // A line may hold several.
    invalid(['A', 'B', 'C', 'D', 'E', 'F\nG', 'SW1A 1AA'], 'Address must be no more than 7 lines'),
    invalid(
      ['A', '---', 'SW1A 1AA'],
      'The first 2 lines of the address must both include at least one alphanumeric character',
    ),
    invalid(['A', 'B', 'BFPO 57', 'France'], 'The last line of a BFPO address must not be a country.', true),
    invalid(['A', 'B', 'Paris'], 'Must be a real UK postcode'),
    invalid(['A', 'B', 'France'], 'Must be a real UK postcode'),
    invalid(
      ['A', 'B', 'Nowhere'],
      'Last line of address must be a real UK postcode or another country',
      true,
    ),
    invalid(
      ['A', '(B)', 'SW1A 1AA'],
      'Address lines must not start with any of the following characters: @ ( ) = [ ] ” \\ / , < >',
    ),
    invalid(['A', 'No fixed abode', 'SW1A 1AA'], 'Must be a real address'),
  ];
}

function recipients({ clientOf }: Facts): Row[] {
  const text = (number: string, answer: string, client = clientOf()): Row => [
    () => call(client, 'sendSms', TEMPLATES.sms, number, named),
    `400 ${answer}`,
  ];
  const onTrial =
    'Can’t send to this recipient when service is in trial mode – see https://www.notifications.service.gov.uk/trial-mode';
  const team = 'Can’t send to this recipient using a team-only API key';
  const trial = (secret: string, message: string): Row[] => [
    [
      () => call(clientOf(OTHERS.trial, secret), 'sendSms', MORE_TEMPLATES.trialSms, NUMBER),
      `400 BadRequestError: ${message}`,
    ],
    [
      () =>
        call(clientOf(OTHERS.trial, secret), 'sendEmail', MORE_TEMPLATES.trialEmail, ADDRESS, {
          personalisation: { file: 'x' },
        }),
      `400 BadRequestError: ${message}`,
    ],
  ];
  const phone = (message: string) => `ValidationError: phone_number ${message}`;
  return [
    text('0800 123 4567', phone('Number is not valid – double check the phone number you entered')),
    text('077009001234567', phone('Too many digits')),
    text('118118', phone('Not enough digits')),
    text('07700900100a', phone('Must not contain letters or symbols')),
    text('+870773111632', phone('Not a valid country prefix')),
    text('020 7946 0958', 'InvalidPhoneError: Not a UK mobile number'),
    text('01534 123456', 'InvalidPhoneError: Not a UK mobile number'),
    text('+33 6 12 34 56 78', 'BadRequestError: Cannot send to international mobile numbers'),
    ...trial(KEYS.normal, onTrial),
    ...trial(KEYS.team, team),
    text(NUMBER, `BadRequestError: ${team}`, clientOf(SERVICE_ID, KEYS.team)),
  ];
}

const FILE_TYPES =
  "'.csv', '.doc', '.docx', '.jpeg', '.jpg', '.json', '.odt', '.pdf', '.png', '.rtf', '.txt', '.xlsx'";

function files({ clientOf, adminUrl }: Facts): Row[] {
  const sent = (file: unknown, answer: string): Row => [
    () => call(clientOf(), 'sendEmail', TEMPLATES.email, ADDRESS, { personalisation: { name: file } }),
    `400 ${answer}`,
  ];
  const invalid = (fields: object, ...messages: string[]) =>
    sent({ file: 'eA==', ...fields }, messages.map((message) => `ValidationError: ${message}`).join(' | '));
  const refused = (fields: object, message: string) =>
    sent({ file: 'eA==', ...fields }, `BadRequestError: ${message}`);
  const bool = 'Use a boolean true or false value.';
  return [
    invalid({ file: 5 }, 'file 5 is not of type string'),
    invalid({ other: 1 }, 'Additional properties are not allowed (other was unexpected)'),
    invalid(
      { filename: 'pigeons' },
      'filename `filename` must end with a file extension. For example, filename.csv',
    ),
    invalid({ is_csv: 'x' }, `is_csv Unsupported value for is_csv: x. ${bool}`),
    invalid({ is_csv: true, filename: 'a.csv' }, 'Do not set a value for `is_csv` if `filename` is set.'),
    invalid(
      { confirm_email_before_download: 'x' },
      `confirm_email_before_download Unsupported value for confirm_email_before_download: x. ${bool}`,
    ),
    invalid(
      { retention_period: '79 weeks' },
      'retention_period Unsupported value for retention_period: 79 weeks. Supported periods are from 1 to 78 weeks.',
    ),
    refused({ file: 'abc' }, 'Document is not base64 encoded'),
    refused({ filename: `${'x'.repeat(97)}.csv` }, '`filename` cannot be longer than 100 characters'),
    refused({ filename: 'tool.exe' }, `Unsupported file type '.exe'. Supported types are: ${FILE_TYPES}`),
    refused(
      { file: Buffer.alloc(2 * 1_024 * 1_024 + 1_025).toString('base64') },
      'Uploaded file exceeds file size limit',
    ),
    refused({ file: '' }, 'Document must not be empty'),
    refused({ file: Buffer.from('EICAR').toString('base64') }, 'File did not pass the virus scan'),
    refused(
      { file: Buffer.from('MZ\x90\0\x03', 'latin1').toString('base64') },
      `Unsupported file type 'application/x-dosexec'. Supported types are: ${FILE_TYPES}`,
    ),
    [
      () =>
        call(clientOf(OTHERS.trial), 'sendEmail', MORE_TEMPLATES.trialEmail, 'guest@example.test', {
          personalisation: { file: { file: 'eA==' } },
        }),
      `400 BadRequestError: Send files by email has not been set up - add contact details for your service at ${adminUrl}/services/${OTHERS.trial}/service-settings/send-files-by-email`,
    ],
  ];
}

function limits({ clientOf }: Facts): Row[] {
  const used = (serviceId: string, name: string, values: unknown[], channel: string): Row => [
    () => call(clientOf(serviceId), name, ...values),
    `429 TooManyRequestsError: Exceeded send limits (${channel}: 0) for today`,
  ];
  const rated = (secret: string, word: string): Row => [
    () => call(clientOf(OTHERS.slow, secret), 'sendSms'),
    `429 RateLimitError: Exceeded rate limit for key type ${word} of 0 requests per 60 seconds`,
  ];
  return [
    rated(KEYS.normal, 'LIVE'),
    rated(KEYS.team, 'TEAM'),
    rated(KEYS.test, 'TEST'),
    used(OTHERS.abroad, 'sendSms', [], 'sms'),
    used(OTHERS.limited, 'sendEmail', [], 'email'),
    used(OTHERS.limited, 'sendLetter', [], 'letter'),
    used(OTHERS.limited, 'sendPrecompiledLetter', ['r', '%PDF'], 'letter'),
    used(OTHERS.limited, 'sendSms', [MORE_TEMPLATES.limitedSms, '+33612345678'], 'international_sms'),
  ];
}

function reading({ clientOf, ids }: Facts): Row[] {
  const row = (name: string, values: unknown[], answer: string): Row => [
    () => call(clientOf(), name, ...values),
    answer,
  ];
  const missing = '404 NoResultFound: No result found';
  const pdf = (id: string, answer: string) => row('getPdfForLetterNotification', [id], `400 ${answer}`);
  return [
    row('getNotificationById', [newUuid()], missing),
    row('getPdfForLetterNotification', [newUuid()], missing),
    row('getTemplateById', [newUuid()], missing),
    row('getTemplateByIdAndVersion', [TEMPLATES.sms, 2], missing),
    row('getTemplateByIdAndVersion', [TEMPLATES.sms, 2_147_483_648], '404 DataError: No result found'),
    row('previewTemplateById', [newUuid()], missing),
    pdf(ids.sms, 'BadRequestError: Notification is not a letter'),
    pdf(ids.virusFound, 'BadRequestError: File did not pass the virus scan'),
    pdf(ids.failed, 'BadRequestError: PDF not available for letters in status technical-failure'),
    pdf(ids.waiting, 'PDFNotReadyError: PDF not available yet, try again later'),
  ];
}

function call(client: UntypedClient, name: string, ...values: unknown[]): Promise<unknown> {
  const operation = client[name];
  if (!operation) throw new Error(`The client has no operation ${name}`);
  return operation.apply(client, values);
}
