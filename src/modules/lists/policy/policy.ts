import { type Static, Type } from 'typebox';
import type { SettingValues } from '#platform/config';
import type { Database } from '#platform/db';
import type { listsSettings } from '../settings.ts';
import { selectSettings } from './settings-queries.ts';

/** The choices of spec section 0.2 that hold for one request. */
export interface PolicyValues {
  profile: 'compat' | 'standard';
  sharedView: 'full' | 'redacted';
  reservationDelete: 'open' | 'authorised';
  catalogueWrite: 'any-user' | 'editors';
  welcomeEmailAt: 'signup' | 'confirmation';
  accountExistence: 'reveal' | 'opaque';
  metadataBlockedResponse: 'empty' | 'error';
  defaultSurprise: boolean;
  rateLimits: boolean;
}

export interface Policy {
  current(): Promise<PolicyValues>;
  /** Reads anew at the next request of this process. */
  forget(): void;
}

const Switch = Type.Union([Type.Boolean(), Type.Literal('on'), Type.Literal('off')]);

/** What `signalbox apply` may set under `lists: settings`. */
export const AppliedSettings = Type.Object(
  {
    profile: Type.Optional(Type.Union([Type.Literal('compat'), Type.Literal('standard')])),
    shared_view: Type.Optional(Type.Union([Type.Literal('full'), Type.Literal('redacted')])),
    reservation_delete: Type.Optional(Type.Union([Type.Literal('open'), Type.Literal('authorised')])),
    catalogue_write: Type.Optional(Type.Union([Type.Literal('any-user'), Type.Literal('editors')])),
    welcome_email_at: Type.Optional(Type.Union([Type.Literal('signup'), Type.Literal('confirmation')])),
    account_existence: Type.Optional(Type.Union([Type.Literal('reveal'), Type.Literal('opaque')])),
    metadata_blocked_response: Type.Optional(Type.Union([Type.Literal('empty'), Type.Literal('error')])),
    default_surprise: Type.Optional(Switch),
    rate_limits: Type.Optional(Switch),
  },
  { additionalProperties: false },
);
export type AppliedSettings = Static<typeof AppliedSettings>;

/** How long a process goes on with what it read: `apply` shows within this time. */
const KEEP_MS = 250;

/** Settings that `apply` stored, over those of the environment, over the defaults of the profile. */
export function createPolicy(db: Database, config: SettingValues<typeof listsSettings>): Policy {
  let known: { values: Promise<PolicyValues>; until: number } | undefined;
  const read = async (): Promise<PolicyValues> =>
    // The table holds only what passed the schema above.
    combine(config, (await selectSettings(db.kysely)) as AppliedSettings);
  return {
    current() {
      if (!known || known.until < Date.now()) {
        const values = read();
        known = { values, until: Date.now() + KEEP_MS };
        values.catch(() => {
          known = undefined;
        });
      }
      return known.values;
    },
    forget() {
      known = undefined;
    },
  };
}

function combine(config: SettingValues<typeof listsSettings>, applied: AppliedSettings): PolicyValues {
  const profile = applied.profile ?? config.profile;
  const isCompat = profile === 'compat';
  return {
    profile,
    sharedView: applied.shared_view ?? config.sharedView ?? (isCompat ? 'full' : 'redacted'),
    reservationDelete:
      applied.reservation_delete ?? config.reservationDelete ?? (isCompat ? 'open' : 'authorised'),
    catalogueWrite: applied.catalogue_write ?? config.catalogueWrite,
    welcomeEmailAt:
      applied.welcome_email_at ?? config.welcomeEmailAt ?? (isCompat ? 'signup' : 'confirmation'),
    accountExistence:
      applied.account_existence ?? config.accountExistence ?? (isCompat ? 'reveal' : 'opaque'),
    metadataBlockedResponse: applied.metadata_blocked_response ?? config.metadataBlockedResponse,
    defaultSurprise: isOn(applied.default_surprise) ?? config.defaultSurprise,
    rateLimits: isOn(applied.rate_limits) ?? config.rateLimits ?? !isCompat,
  };
}

function isOn(value: boolean | 'on' | 'off' | undefined): boolean | undefined {
  return value === undefined ? undefined : value === true || value === 'on';
}
