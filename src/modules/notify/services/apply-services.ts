// The `notify` section of `signalbox apply`: services with all that belongs to them, by given ids. What a service does not
// name is left as it is; a list that it names is brought to exactly that list, but API keys are only added or changed.
import { createHash, randomUUID } from 'node:crypto';
import type { Actor } from '#platform/auth';
import type { Handle } from '#platform/db';
import type { AppliedChange, ApplySection } from '#platform/module';
import type { NotifyContext } from '../context.ts';
import { newNotificationId } from '../notifications/notification.ts';
import { insertReceivedText } from '../received-texts/received-text-queries.ts';
import { readGuestList } from '../recipients/allowed-recipients.ts';
import { normaliseIfPhoneNumber } from '../recipients/phone-number.ts';
import { emailSenderLocalPart } from '../templates/email-sender.ts';
import {
  addMember,
  deleteCallback,
  findInboundNumber,
  findServiceFields,
  hasReceivedText,
  listApiKeys,
  listCallbacks,
  listGuests,
  listMembers,
  listSenders,
  removeMembersExcept,
  replaceGuests,
  replaceSenders,
  type SenderFields,
  type SenderKind,
  setInboundNumber,
  upsertApiKey,
  upsertCallback,
  upsertService,
} from './apply-queries.ts';
import { type DeclaredService, NotifySection } from './apply-schema.ts';
import { applyTemplate } from './apply-templates.ts';
import { LIVE_LIMITS } from './service.ts';

/** What applying one part needs; `isDry` compares and writes nothing. */
export interface Applying {
  ctx: NotifyContext;
  trx: Handle;
  isDry: boolean;
  now: Date;
}

const TRIAL_LIMIT = 50;

export function notifyApplySection(
  ctx: NotifyContext,
  audit: (handle: Handle, entry: { actor: Actor; action: string; target: string }) => Promise<void>,
): ApplySection {
  return {
    key: 'notify',
    schema: NotifySection,
    apply: async (section, { dryRun, actor }) => {
      // `apply` has checked the section against the schema above.
      const { services = [] } = section as NotifySection;
      const changes: AppliedChange[] = [];
      for (const declared of services) {
        const found = await ctx.db.kysely.transaction().execute(async (trx) => {
          const made = await applyService({ ctx, trx, isDry: dryRun, now: ctx.clock.now() }, declared);
          if (!dryRun) {
            for (const { target, change } of made) {
              if (change !== 'unchanged') await audit(trx, { actor, action: `notify.${change}`, target });
            }
          }
          return made;
        });
        changes.push(...found);
      }
      ctx.services.clear();
      ctx.templates.clear();
      return changes;
    },
  };
}

async function applyService(applying: Applying, declared: DeclaredService): Promise<AppliedChange[]> {
  const of = (what: string) => `service ${declared.name}${what === '' ? '' : ` ${what}`}`;
  const id = declared.id.toLowerCase();
  const changes: AppliedChange[] = [{ target: of(''), change: await applyFields(applying, id, declared) }];
  const add = async (what: string, change: Promise<AppliedChange['change']> | undefined) => {
    if (change) changes.push({ target: of(what), change: await change });
  };
  await add('guest list', declared.guest_list && applyGuests(applying, id, declared.guest_list));
  await add('team', declared.team && applyTeam(applying, id, declared.team));
  for (const key of declared.api_keys ?? []) {
    await add(`API key ${key.name}`, applyApiKey(applying, id, key));
  }
  await add(
    'reply-to addresses',
    declared.email_reply_to &&
      applySenders(applying, 'email_reply_to', id, declared.email_reply_to, (one) => one.address),
  );
  await add(
    'text message senders',
    declared.sms_senders &&
      applySenders(applying, 'sms_senders', id, declared.sms_senders, (one) => one.sender),
  );
  await add(
    'letter contacts',
    declared.letter_contacts &&
      applySenders(applying, 'letter_contacts', id, declared.letter_contacts, (one) => one.block),
  );
  if (declared.inbound_number !== undefined) {
    await add('inbound number', applyInboundNumber(applying, id, declared.inbound_number));
  }
  await add('callbacks', declared.callbacks && applyCallbacks(applying, id, declared.callbacks));
  for (const template of declared.templates ?? []) {
    await add(`template ${template.name}`, applyTemplate(applying, id, template));
  }
  await add('received texts', declared.received_texts && applyReceivedTexts(applying, id, declared));
  return changes;
}

async function applyFields({ trx, isDry, now }: Applying, id: string, declared: DeclaredService) {
  const stored = await findServiceFields(trx, id);
  const isLive = declared.live ?? (stored ? !stored.restricted : false);
  const { limits = {} } = declared;
  const limit = (channel: keyof typeof LIVE_LIMITS, storedLimit: number | undefined) =>
    limits[channel] ??
    storedLimit ??
    (isLive || channel === 'international_sms' ? LIVE_LIMITS[channel] : TRIAL_LIMIT);
  const senderName = declared.email_sender_name ?? stored?.custom_email_sender_name ?? null;
  const wanted = {
    id,
    name: declared.name,
    email_sender_local_part: emailSenderLocalPart(senderName ?? declared.name),
    active: declared.active ?? stored?.active ?? true,
    restricted: !isLive,
    permissions: [...(declared.permissions ?? stored?.permissions ?? ['email', 'sms', 'letter'])].sort(),
    rate_limit: limits.per_minute ?? stored?.rate_limit ?? 3_000,
    email_message_limit: limit('email', stored?.email_message_limit),
    sms_message_limit: limit('sms', stored?.sms_message_limit),
    letter_message_limit: limit('letter', stored?.letter_message_limit),
    international_sms_message_limit: limit('international_sms', stored?.international_sms_message_limit),
    contact_link: declared.contact_link ?? stored?.contact_link ?? null,
    custom_email_sender_name: senderName,
    prefix_sms: declared.prefix_sms ?? stored?.prefix_sms ?? true,
  };
  if (wanted.email_sender_local_part === '') {
    throw new Error(`The name of service ${declared.name} needs a letter or digit for its email address`);
  }
  if (stored && isSame({ ...stored, permissions: [...stored.permissions].sort() }, wanted))
    return 'unchanged';
  if (!isDry) await upsertService(trx, wanted, now);
  return stored ? 'changed' : 'created';
}

async function applyGuests({ trx, isDry }: Applying, id: string, entries: string[]) {
  const read = readGuestList(entries);
  if ('message' in read) throw new Error(read.message);
  const wanted = read.map((entry) => ({ recipient_type: entry.type, recipient: entry.recipient }));
  const stored = await listGuests(trx, id);
  if (isSameSet(stored, wanted)) return 'unchanged';
  if (!isDry) await replaceGuests(trx, id, wanted);
  return stored.length === 0 ? 'created' : 'changed';
}

async function applyTeam(
  { trx, isDry, now }: Applying,
  id: string,
  team: NonNullable<DeclaredService['team']>,
) {
  const wanted = team.map((member) => ({
    name: member.name,
    email_address: member.email.toLowerCase(),
    mobile_number: member.mobile ?? null,
  }));
  const stored = await listMembers(trx, id);
  if (isSameSet(stored, wanted)) return 'unchanged';
  if (!isDry) {
    for (const member of wanted) await addMember(trx, id, { ...member, id: randomUUID() }, now);
    await removeMembersExcept(
      trx,
      id,
      wanted.map((member) => member.email_address),
    );
  }
  return stored.length === 0 ? 'created' : 'changed';
}

async function applyApiKey(
  { ctx, trx, isDry, now }: Applying,
  serviceId: string,
  declared: NonNullable<DeclaredService['api_keys']>[number],
) {
  const keys = await listApiKeys(trx, serviceId);
  const stored = declared.id
    ? keys.find((key) => key.id === declared.id?.toLowerCase())
    : keys.find((key) => key.name === declared.name && key.expiry_date === null);
  const secret = declared.secret.toLowerCase();
  const isUnchanged =
    stored !== undefined &&
    stored.name === declared.name &&
    stored.key_type === declared.type &&
    stored.expiry_date === null &&
    ctx.secrets.open(stored.secret) === secret;
  if (isUnchanged) return 'unchanged';
  if (!isDry) {
    const id = declared.id?.toLowerCase() ?? stored?.id ?? randomUUID();
    const key = { id, name: declared.name, key_type: declared.type, secret: ctx.secrets.seal(secret) };
    await upsertApiKey(trx, serviceId, key, now);
  }
  return stored ? 'changed' : 'created';
}

async function applySenders<S extends { id: string; default?: boolean }>(
  { trx, isDry, now }: Applying,
  kind: SenderKind,
  serviceId: string,
  declared: S[],
  textOf: (sender: S) => string,
) {
  const defaults = declared.filter((sender) => sender.default).length;
  if (defaults > 1) throw new Error('A service has at most one default sender of each kind');
  const wanted: SenderFields[] = declared.map((sender, place) => ({
    id: sender.id.toLowerCase(),
    text: textOf(sender),
    // Texts always have a default sender; replies and letters may have none.
    is_default: sender.default ?? (kind === 'sms_senders' && defaults === 0 && place === 0),
  }));
  const stored = await listSenders(trx, kind, serviceId);
  if (isSameSet(stored, wanted)) return 'unchanged';
  if (!isDry) await replaceSenders(trx, kind, serviceId, wanted, now);
  return stored.length === 0 ? 'created' : 'changed';
}

async function applyInboundNumber({ trx, isDry, now }: Applying, serviceId: string, number: string) {
  const stored = await findInboundNumber(trx, serviceId);
  if (stored === number) return 'unchanged';
  if (!isDry) await setInboundNumber(trx, { id: randomUUID(), serviceId, number }, now);
  return stored === undefined ? 'created' : 'changed';
}

const CALLBACK_TYPES = {
  delivery_receipts: 'delivery_status',
  received_texts: 'inbound_sms',
  returned_letters: 'returned_letter',
  complaints: 'complaint',
} as const;

async function applyCallbacks(
  { ctx, trx, isDry, now }: Applying,
  serviceId: string,
  declared: NonNullable<DeclaredService['callbacks']>,
) {
  const stored = await listCallbacks(trx, serviceId);
  let hasChanged = false;
  for (const [name, type] of Object.entries(CALLBACK_TYPES)) {
    // Object.entries loses that the names are those of the schema.
    const wanted = declared[name as keyof typeof CALLBACK_TYPES];
    const known = stored.find((callback) => callback.callback_type === type);
    const isUnchanged = wanted
      ? known?.url === wanted.url && ctx.secrets.open(known.bearer_token) === wanted.bearer_token
      : known === undefined;
    if (isUnchanged) continue;
    hasChanged = true;
    if (isDry) continue;
    if (!wanted) await deleteCallback(trx, serviceId, type);
    else {
      const sealed = ctx.secrets.seal(wanted.bearer_token);
      await upsertCallback(
        trx,
        serviceId,
        { callback_type: type, url: wanted.url, bearer_token: sealed },
        now,
      );
    }
  }
  if (!hasChanged) return 'unchanged';
  return stored.length === 0 ? 'created' : 'changed';
}

async function applyReceivedTexts(
  { ctx, trx, isDry, now }: Applying,
  serviceId: string,
  declared: DeclaredService,
) {
  const number = declared.inbound_number ?? (await findInboundNumber(trx, serviceId));
  if (number === undefined)
    throw new Error(`Service ${declared.name} needs an inbound_number for received texts`);
  let hasChanged = false;
  for (const [place, text] of (declared.received_texts ?? []).entries()) {
    const reference = createHash('sha256')
      .update(JSON.stringify([serviceId, place, text]))
      .digest('hex');
    if (await hasReceivedText(trx, { serviceId, reference })) continue;
    hasChanged = true;
    if (isDry) continue;
    await insertReceivedText(trx, {
      // In the order of the list, whatever the resolution of the clock.
      id: newNotificationId(now.getTime() + place),
      service_id: serviceId,
      notify_number: number,
      user_number: normaliseIfPhoneNumber(text.from),
      provider_date: now,
      provider_reference: reference,
      provider: 'apply',
      content: ctx.secrets.seal(text.content),
      created_at: new Date(now.getTime() + place),
    });
  }
  return hasChanged ? 'created' : 'unchanged';
}

function isSame(stored: object, wanted: object): boolean {
  const known = stored as Record<string, unknown>;
  return Object.entries(wanted).every(
    ([name, value]) => JSON.stringify(known[name]) === JSON.stringify(value),
  );
}

function isSameSet(stored: object[], wanted: object[]): boolean {
  const keys = (rows: object[]) =>
    rows
      .map((row) => JSON.stringify(Object.entries(row).sort()))
      .sort()
      .join('\n');
  return keys(stored) === keys(wanted);
}
