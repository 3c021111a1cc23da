import { DEVELOPMENT_CLIENTS } from './development-clients-data.ts';

export interface AuthClient {
  readonly client_id: string;
  readonly client_secret: string;
  /** As they stand in the token, with the prefix `ROLE_`. */
  readonly roles: readonly string[];
  /** How long its tokens live, in seconds; 3599 when absent. */
  readonly token_seconds?: number;
}

/** The clients that may ask for tokens: the ones for development, and what was put there. */
export interface AuthClients {
  list(): readonly AuthClient[];
  /** The client when the secret is its own. */
  authenticate(clientId: string, secret: string): AuthClient | undefined;
  /** Adds and changes what is given and leaves the others alone. */
  put(clients: readonly AuthClient[]): void;
  reset(): void;
}

export function createAuthClients(): AuthClients {
  const clients = new Map<string, AuthClient>();
  const reset = (): void => {
    clients.clear();
    for (const client of DEVELOPMENT_CLIENTS) clients.set(client.client_id, client);
  };
  reset();
  return {
    list: () => [...clients.values()],
    authenticate(clientId, secret) {
      const client = clients.get(clientId);
      return client?.client_secret === secret ? client : undefined;
    },
    put(given) {
      for (const client of given) clients.set(client.client_id, client);
    },
    reset,
  };
}

/** The clients in a request body, or what is wrong with it. Roles may come without their prefix. */
export function parseClients(value: unknown): { clients: AuthClient[] } | { problems: string[] } {
  if (!Array.isArray(value)) {
    return {
      problems: [
        'The body must be a JSON array of clients, for example [{"client_id":"my-client","client_secret":"...","roles":["ROLE_MIGRATE_VISITS"]}].',
      ],
    };
  }
  const parsed = value.map((item, index) => parseClient(item, `[${index}]`));
  const problems = parsed.flatMap((one) => (typeof one === 'string' ? [one] : []));
  return problems.length > 0
    ? { problems }
    : { clients: parsed.flatMap((one) => (typeof one === 'string' ? [] : [one])) };
}

function parseClient(value: unknown, place: string): AuthClient | string {
  if (typeof value !== 'object' || value === null) return `${place} must be an object`;
  const { client_id, client_secret, roles, token_seconds } = value as Record<string, unknown>;
  if (typeof client_id !== 'string' || client_id === '') return `${place}.client_id must be a text`;
  if (typeof client_secret !== 'string' || client_secret === '')
    return `${place}.client_secret must be a text`;
  if (!Array.isArray(roles) || !roles.every((role) => typeof role === 'string')) {
    return `${place}.roles must be a list of texts`;
  }
  if (token_seconds !== undefined && !(Number.isInteger(token_seconds) && Number(token_seconds) > 0)) {
    return `${place}.token_seconds must be a number of seconds above 0`;
  }
  return {
    client_id,
    client_secret,
    roles: roles.map((role) => (role.startsWith('ROLE_') ? role : `ROLE_${role}`)),
    ...(token_seconds === undefined ? {} : { token_seconds: Number(token_seconds) }),
  };
}
