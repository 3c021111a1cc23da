import type { EmailBrand } from '../branding/branded-email.ts';
import type { SecretBox } from '../secrets/secret-box.ts';
import type { StoredService } from './service-queries.ts';

export const KEY_TYPES = ['normal', 'team', 'test'] as const;
export type KeyType = (typeof KEY_TYPES)[number];

export const NOTIFICATION_TYPES = ['sms', 'email', 'letter'] as const;
export type NotificationType = (typeof NOTIFICATION_TYPES)[number];

/** What a daily counter counts: public section 6.11. */
export const COUNTED_CHANNELS = ['email', 'sms', 'letter', 'international_sms'] as const;
export type CountedChannel = (typeof COUNTED_CHANNELS)[number];

export interface ServiceApiKey {
  id: string;
  name: string;
  type: KeyType;
  /** Bytes and not a KeyObject, which costs another 70 microseconds at each verification. */
  secret: Buffer;
  /** When it was revoked, or will be. */
  expiresAt: Date | null;
}

export interface Sender {
  id: string;
  text: string;
  isDefault: boolean;
}

/** A tenant as the requests of its keys see it; at most two seconds old (public section 7.2). */
export interface Service {
  id: string;
  name: string;
  isActive: boolean;
  /** In trial mode. */
  isRestricted: boolean;
  prefixSms: boolean;
  permissions: ReadonlySet<string>;
  ratePerMinute: number;
  limits: Readonly<Record<CountedChannel, number>>;
  contactLink: string | null;
  /** As it stands in the From header. */
  emailSenderName: string;
  emailLocalPart: string;
  /** Null for the GOV.UK banner. */
  emailBrand: EmailBrand | null;
  /** Name of the file of the letters' logo, without its ending. */
  letterLogo: string | null;
  /** Those in use, and those revoked in the last seven days. */
  apiKeys: readonly ServiceApiKey[];
  /** Of team members and the guest list, as they were entered. */
  knownRecipients: readonly string[];
  smsSenders: readonly Sender[];
  emailReplyTos: readonly Sender[];
  letterContacts: readonly Sender[];
}

/** What test keys of a trial service may send, and a service that has gone live by default (public section 6.11). */
export const LIVE_LIMITS: Readonly<Record<CountedChannel, number>> = {
  email: 250_000,
  sms: 250_000,
  letter: 20_000,
  international_sms: 100,
};

/** The limit of one channel for one kind of key. */
export function limitOf(
  service: Pick<Service, 'isRestricted' | 'limits'>,
  keyType: KeyType,
  channel: CountedChannel,
): number {
  return keyType === 'test' && service.isRestricted ? LIVE_LIMITS[channel] : service.limits[channel];
}

export function toService(row: StoredService, secrets: Pick<SecretBox, 'open'>): Service {
  return {
    id: row.id,
    name: row.name,
    isActive: row.active,
    isRestricted: row.restricted,
    prefixSms: row.prefix_sms,
    permissions: new Set(row.permissions),
    ratePerMinute: row.rate_limit,
    limits: {
      email: Number(row.email_message_limit),
      sms: Number(row.sms_message_limit),
      letter: Number(row.letter_message_limit),
      international_sms: Number(row.international_sms_message_limit),
    },
    contactLink: row.contact_link,
    emailSenderName: row.custom_email_sender_name ?? row.name,
    emailLocalPart: row.email_sender_local_part,
    emailBrand: row.email_brand,
    letterLogo: row.letter_logo,
    apiKeys: row.api_keys.map((key) => ({
      id: key.id,
      name: key.name,
      type: key.key_type,
      secret: Buffer.from(secrets.open(Buffer.from(key.secret, 'hex'))),
      expiresAt: key.expiry_date === null ? null : new Date(key.expiry_date),
    })),
    knownRecipients: row.known_recipients,
    smsSenders: row.sms_senders,
    emailReplyTos: row.email_reply_tos,
    letterContacts: row.letter_contacts,
  };
}

/** The chosen sender, the default one without a choice; null when an id is not one of the service's own. */
export function chooseSender(senders: readonly Sender[], id: string | undefined): Sender | undefined | null {
  if (id === undefined) return senders.find((sender) => sender.isDefault);
  return senders.find((sender) => sender.id === id) ?? null;
}
