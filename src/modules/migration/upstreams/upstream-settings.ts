import { setting } from '#platform/config';
import { MAPPING, UPSTREAM_NAMES, UPSTREAMS, type UpstreamEntry } from './upstream-table.ts';

const addresses: Record<`url:${string}`, ReturnType<typeof address>> = {
  'url:mapping': address(
    MAPPING,
    "Base URL of another mapping service; without it the module's own store is used in process",
  ),
};
const clients: Record<`client:${string}`, ReturnType<typeof clientId>> = {
  'client:mapping': clientId(MAPPING),
};
const secrets: Record<`secret:${string}`, ReturnType<typeof clientSecret>> = {
  'secret:mapping': clientSecret(MAPPING),
};
for (const name of UPSTREAM_NAMES) {
  const entry = UPSTREAMS[name];
  addresses[`url:${name}`] = address(entry, `Base URL that replaces the simulator /${entry.simulator}`);
  clients[`client:${name}`] = clientId(entry);
  secrets[`secret:${name}`] = clientSecret(entry);
}

/** Where the other systems are and who we are to them. */
export const upstreamSettings = {
  authUrl: setting.url('API_BASE_URL_HMPPS_AUTH', {
    fallback: undefined,
    description: 'Base URL of HMPPS Auth, with its /auth; the simulator without it',
  }),
  ...addresses,
  ...clients,
  ...secrets,
  upstreamConcurrency: setting.integer(
    'MIGRATION_UPSTREAM_CONCURRENCY',
    { fallback: '32', description: 'Most calls one process makes to one other system at a time' },
    { min: 1, max: 1_000 },
  ),
  targetTimeoutSeconds: setting.integer(
    'MIGRATION_TARGET_TIMEOUT_SECONDS',
    { fallback: '90', description: 'How long a request to a target may be on its way' },
    { min: 1, max: 600 },
  ),
  patienceSeconds: setting.integer(
    'MIGRATION_PATIENCE_SECONDS',
    {
      fallback: '5',
      description:
        'How long to wait for the answer to a create whose target can be asked; then it is looked for instead of waited for',
    },
    { min: 1, max: 600 },
  ),
};

function address({ url }: UpstreamEntry, description: string) {
  return setting.url(url, { fallback: undefined, description });
}

function clientId({ title, client }: UpstreamEntry) {
  return setting.text(client[0], { fallback: title, description: `OAuth2 client id of ${title}` });
}

function clientSecret({ title, client }: UpstreamEntry) {
  return setting.text(client[1], {
    fallback: 'clientsecret',
    description: `OAuth2 client secret of ${title}`,
    secret: true,
  });
}
