// What the functional tests of the original need to find: internals section 3.8 and appendix C. Everything has fixed ids
// and secrets that follow from the installation's own key, so a second run changes nothing.
import { createHash, hkdfSync, randomUUID } from 'node:crypto';
import { type Actor, hashPassword, verifyPassword } from '#platform/auth';
import { withNamedLock } from '#platform/db';
import type { NotifyContext } from '../context.ts';
import {
  findOrganisation,
  insertOrganisation,
  insertOrganisationMember,
} from '../organisations/organisation-queries.ts';
import { notifyApplySection } from '../services/apply-services.ts';
import { insertMember, replacePermissions, USER_PERMISSIONS } from '../team/member-queries.ts';
import { firstBytes } from '../users/sign-in.ts';
import { findPasswordHash, findUserByEmail, insertUser, updateUser } from '../users/user-queries.ts';

const SERVICE_NAME = 'Functional Tests';
const LIMIT = 5_000_000_000;
const A_MINUTE = 12_000_000;
const INBOUND_NUMBER = '07700900500';
const REPLY_TO = 'functional-tests@example.test';

/** The same UUID for the same thing in every installation. */
const idOf = (thing: string) => asUuid(createHash('sha256').update(`functional tests ${thing}`).digest());

const IDS = {
  organisation: idOf('organisation'),
  service: idOf('service'),
  sms: idOf('text message template'),
  email: idOf('email template'),
  letter: idOf('letter template'),
  replyTo: idOf('reply-to'),
  secondReplyTo: idOf('second reply-to'),
  sender: idOf('text message sender'),
  contact: idOf('letter contact'),
};

export interface FixtureOptions {
  emailAddress: string;
  mobileNumber: string;
  password: string;
  actor: Actor;
}

/** Makes or renews it all; returns the variables that the tests read, secrets among them. */
export async function makeFunctionalTestFixtures(
  ctx: NotifyContext,
  options: FixtureOptions,
): Promise<Record<string, string>> {
  const [live, test] = [secretOf(ctx, 'live key'), secretOf(ctx, 'test key')];
  await withNamedLock(ctx.db, 'notify-functional-tests', async () => {
    const section = notifyApplySection(ctx, ctx.audit);
    const service = declaredService(options, { live, test });
    await section.apply({ services: [service] }, { dryRun: false, actor: options.actor });
    await makePerson(ctx, options);
  });
  return {
    FUNCTIONAL_TESTS_API_HOST: ctx.apiUrl,
    FUNCTIONAL_TEST_EMAIL: options.emailAddress,
    FUNCTIONAL_TEST_PASSWORD: options.password,
    FUNCTIONAL_TESTS_API_AUTH_SECRET: ctx.config.internalClients['notify-functional-tests']?.[0] ?? '',
    FUNCTIONAL_TESTS_ORGANISATION_ID: IDS.organisation,
    FUNCTIONAL_TESTS_SERVICE_ID: IDS.service,
    FUNCTIONAL_TESTS_SERVICE_NAME: SERVICE_NAME,
    FUNCTIONAL_TESTS_SERVICE_API_KEY: `functional_tests-${IDS.service}-${live}`,
    FUNCTIONAL_TESTS_SERVICE_API_TEST_KEY: `functional_tests_test-${IDS.service}-${test}`,
    FUNCTIONAL_TESTS_SERVICE_EMAIL_REPLY_TO_ID: IDS.replyTo,
    FUNCTIONAL_TESTS_SERVICE_EMAIL_REPLY_TO_2_ID: IDS.secondReplyTo,
    FUNCTIONAL_TESTS_SERVICE_SMS_SENDER_ID: IDS.sender,
    FUNCTIONAL_TESTS_SERVICE_INBOUND_NUMBER: INBOUND_NUMBER,
    FUNCTIONAL_TEST_SMS_TEMPLATE_ID: IDS.sms,
    FUNCTIONAL_TEST_EMAIL_TEMPLATE_ID: IDS.email,
    FUNCTIONAL_TEST_LETTER_TEMPLATE_ID: IDS.letter,
  };
}

function declaredService(
  { emailAddress, mobileNumber }: FixtureOptions,
  secrets: { live: string; test: string },
) {
  const content = 'The quick brown fox jumped over the lazy dog. ((build_id))';
  return {
    id: IDS.service,
    name: SERVICE_NAME,
    live: true,
    permissions: ['email', 'sms', 'letter', 'international_sms', 'international_letters', 'inbound_sms'],
    limits: { per_minute: A_MINUTE, email: LIMIT, sms: LIMIT, letter: LIMIT, international_sms: LIMIT },
    guest_list: [emailAddress, mobileNumber],
    api_keys: [
      { name: 'functional_tests', type: 'normal', secret: secrets.live },
      { name: 'functional_tests_test', type: 'test', secret: secrets.test },
    ],
    email_reply_to: [
      { id: IDS.replyTo, address: REPLY_TO, default: true },
      { id: IDS.secondReplyTo, address: `2-${REPLY_TO}` },
    ],
    sms_senders: [{ id: IDS.sender, sender: 'FUNCTEST', default: true }],
    letter_contacts: [{ id: IDS.contact, block: 'Functional Tests\n1 Test Street\nSW1A 1AA', default: true }],
    inbound_number: INBOUND_NUMBER,
    callbacks: {
      delivery_receipts: {
        url: 'https://callbacks.example.test/receipts',
        bearer_token: 'functional-tests',
      },
      received_texts: { url: 'https://callbacks.example.test/texts', bearer_token: 'functional-tests' },
    },
    templates: [
      { id: IDS.sms, type: 'sms', name: 'Functional Tests - CSV SMS Template', content },
      {
        id: IDS.email,
        type: 'email',
        name: 'Functional Tests - CSV Email Template',
        subject: 'Functional tests',
        content,
      },
      {
        id: IDS.letter,
        type: 'letter',
        name: 'Functional Tests - CSV Letter Template',
        subject: 'Functional tests',
        content,
        letter_contact_id: IDS.contact,
      },
    ],
  };
}

/** The person who signs in, in the organisation and in the service with every permission. */
async function makePerson(ctx: NotifyContext, options: FixtureOptions): Promise<void> {
  const now = ctx.clock.now();
  const password_hash = await hashPassword(firstBytes(options.password));
  await ctx.db.kysely.transaction().execute(async (trx) => {
    if (!(await findOrganisation(trx, IDS.organisation))) {
      await insertOrganisation(
        trx,
        {
          id: IDS.organisation,
          name: 'Functional Tests Org',
          crown: false,
          organisation_type: 'central',
          active: true,
        },
        now,
      );
    }
    const person = { name: 'Functional Tests', mobile_number: options.mobileNumber, auth_type: 'sms_auth' };
    const email_address = options.emailAddress;
    await insertUser(
      trx,
      { id: randomUUID(), email_address, ...person, password_hash, state: 'active' },
      now,
    );
    const user = await findUserByEmail(trx, email_address);
    if (!user) throw new Error('A user was made and is gone');
    const known = await findPasswordHash(trx, user.id);
    const isKnown = await verifyPassword(firstBytes(options.password), known?.password_hash ?? null);
    await updateUser(
      trx,
      user.id,
      { ...person, state: 'active', failed_login_count: 0, ...(isKnown ? {} : { password_hash }) },
      now,
    );
    await insertMember(trx, IDS.service, user.id);
    const permissions = USER_PERMISSIONS.filter((name) => name !== 'platform_admin');
    await replacePermissions(trx, { serviceId: IDS.service, userId: user.id }, permissions);
    await insertOrganisationMember(trx, {
      organisationId: IDS.organisation,
      userId: user.id,
      permissions: [],
    });
  });
  ctx.services.clear();
}

function secretOf(ctx: NotifyContext, name: string): string {
  return asUuid(Buffer.from(hkdfSync('sha256', ctx.keys.encryption, '', `functional tests ${name}`, 16)));
}

function asUuid(bytes: Buffer): string {
  const hex = bytes.toString('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
