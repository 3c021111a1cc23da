/** What the profiles of the original's environments differ in (5.10, 7.3). Settings of their own come before these. */
export interface Profile {
  /** The firewall's rules on addresses and on requests in five minutes. */
  hasFirewall: boolean;
  matcherConcurrency: number;
  syncConcurrency: number;
  /** Sustained requests a second for one API key; 0 sets no limit. */
  requestsPerSecond: number;
  slackChannel: string;
  /** The account whose e-mails are not sent. */
  accountName: 'nonprod' | 'prod';
  /** Whether helpers that change data at will may exist at all. */
  hasTestHelpers: boolean;
}

export const PROFILE_NAMES = ['dev', 'demo', 'live', 'perf', 'perf2', 'pen'] as const;
export type ProfileName = (typeof PROFILE_NAMES)[number];

const dev: Profile = {
  hasFirewall: false,
  matcherConcurrency: 20,
  syncConcurrency: 20,
  // Rehearsals on one machine send as fast as they can.
  requestsPerSecond: 0,
  slackChannel: 'dos-integration-dev-status',
  accountName: 'nonprod',
  hasTestHelpers: true,
};

const demo: Profile = {
  ...dev,
  hasFirewall: true,
  matcherConcurrency: 28,
  syncConcurrency: 47,
  requestsPerSecond: 400,
};

const PROFILES: Record<ProfileName, Profile> = {
  dev,
  demo,
  live: { ...demo, slackChannel: 'dos-integration-live-status', accountName: 'prod', hasTestHelpers: false },
  perf: demo,
  perf2: demo,
  pen: { ...dev, hasFirewall: true, requestsPerSecond: 400 },
};

export function profileOf(name: ProfileName): Profile {
  return PROFILES[name];
}

/** The caps on what one worker process does at a time: settings before profile. */
export function concurrencyOf(config: {
  profile: ProfileName;
  matcherConcurrency: number | undefined;
  syncConcurrency: number | undefined;
}): { matcher: number; sync: number } {
  const profile = profileOf(config.profile);
  return {
    matcher: config.matcherConcurrency ?? profile.matcherConcurrency,
    sync: config.syncConcurrency ?? profile.syncConcurrency,
  };
}
