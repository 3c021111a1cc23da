// The print provider's API: internals section 6.10.4.
import { randomInt } from 'node:crypto';
import { type OutgoingAnswer, OutgoingCallError } from '#platform/http';
import type { NotifyContext } from '../context.ts';
import { readJson } from '../providers/sms-call.ts';
import type { PrintRequest } from './print-request.ts';
import { lockCredential, readCredentials, storeCredential, unlockCredential } from './printing-queries.ts';

export type PrintOutcome =
  | { kind: 'accepted'; wasKnown: boolean }
  /** It never will print this letter. */
  | { kind: 'refused'; status: number }
  /** Later perhaps; `isThrottled` asks for patience with all letters. */
  | { kind: 'failed'; reason: string; isThrottled: boolean };

export interface PrintClient {
  /** Repeating a call is safe: the provider knows a letter by its id. */
  print(
    request: PrintRequest,
    options: { correlationId: string; signal: AbortSignal },
  ): Promise<PrintOutcome>;
  /** Makes the provider issue a new API key; returns false when somebody else is at it. */
  changeApiKey(): Promise<boolean>;
  /** The same for the password. */
  changePassword(): Promise<boolean>;
}

type ClientContext = Pick<NotifyContext, 'db' | 'config' | 'secrets' | 'clock' | 'outgoing' | 'log'> & {
  printUrl: string;
};

const TIMEOUT_MS = 30_000;
const REFRESH_BEFORE_MS = 60_000;
const LOCK_MS = 60_000;
const PASSWORD_LENGTH = 30;

/** The provider did not let us in; the next attempt signs in anew. */
export class PrintAccessError extends Error {
  constructor(status: number) {
    super(`The print provider refused our sign-in with ${status}`);
    this.name = 'PrintAccessError';
  }
}

export function createPrintClient(ctx: ClientContext): PrintClient {
  let token: { text: string; until: number } | undefined;

  const post = (
    path: string,
    body: unknown,
    options: { headers?: Record<string, string>; correlationId?: string; signal?: AbortSignal } = {},
  ): Promise<OutgoingAnswer> =>
    ctx.outgoing.call({
      target: 'print',
      url: `${ctx.printUrl}${path}`,
      method: 'POST',
      body: JSON.stringify(body),
      timeoutMs: TIMEOUT_MS,
      ...options,
      headers: { accept: 'application/json', 'content-type': 'application/json', ...options.headers },
    });

  const credentials = async () => {
    const stored = await readCredentials(ctx.db.kysely);
    const open = (name: string) => {
      const value = stored.get(name);
      return value === undefined ? undefined : ctx.secrets.open(value);
    };
    return {
      password: open('password') ?? ctx.config.printPassword,
      apiKey: open('api_key') ?? ctx.config.printApiKey,
    };
  };

  const signIn = async (): Promise<string> => {
    if (token && token.until > Date.now()) return token.text;
    const { password } = await credentials();
    const answer = await post('/thirdparty-access/v1/authenticate', {
      userName: ctx.config.printUserName,
      password,
    });
    const text = answer.status === 200 ? textField(answer, 'id-token') : undefined;
    if (text === undefined) throw new PrintAccessError(answer.status);
    token = { text, until: expiryOf(text) - REFRESH_BEFORE_MS };
    return text;
  };

  const accessHeaders = async () => ({
    authorization: await signIn(),
    'x-api-key': (await credentials()).apiKey,
  });

  /** Runs `change` while no other process does; what it returns is the credential from now on. */
  const change = async (name: 'password' | 'api_key', make: () => Promise<string>): Promise<boolean> => {
    const now = ctx.clock.now();
    if (!(await lockCredential(ctx.db.kysely, name, now, new Date(now.getTime() + LOCK_MS)))) return false;
    try {
      const value = await make();
      await storeCredential(ctx.db.kysely, name, ctx.secrets.seal(value), ctx.clock.now());
      token = undefined;
    } catch (error) {
      await unlockCredential(ctx.db.kysely, name);
      throw error;
    }
    ctx.log.info({ credential: name }, 'credential of the print provider changed');
    return true;
  };

  return {
    print: async (request, options) => {
      try {
        const headers = await accessHeaders();
        const answer = await post('/print-request/v1/print/jobs', request, { ...options, headers });
        if (answer.status === 401 || answer.status === 403) token = undefined;
        return outcomeOf(answer);
      } catch (error) {
        if (error instanceof PrintAccessError) {
          return { kind: 'failed', reason: error.name, isThrottled: false };
        }
        if (!(error instanceof OutgoingCallError)) throw error;
        return { kind: 'failed', reason: error.fault, isThrottled: false };
      }
    },
    changeApiKey: () =>
      change('api_key', async () => {
        const answer = await post(
          '/thirdparty-access/v1/new-api-key',
          {},
          { headers: await accessHeaders() },
        );
        const key = answer.status === 200 ? textField(answer, 'newApiKey') : undefined;
        if (key === undefined) throw new PrintAccessError(answer.status);
        return key;
      }),
    changePassword: () =>
      change('password', async () => {
        const { password } = await credentials();
        const newPassword = makePassword();
        const answer = await post('/thirdparty-access/v1/password', {
          userName: ctx.config.printUserName,
          password,
          newPassword,
        });
        if (answer.status !== 200) throw new PrintAccessError(answer.status);
        return newPassword;
      }),
  };
}

function outcomeOf({ status }: OutgoingAnswer): PrintOutcome {
  if (status >= 200 && status < 300) return { kind: 'accepted', wasKnown: false };
  if (status === 409) return { kind: 'accepted', wasKnown: true };
  if (status === 401 || status === 403 || status === 429 || status >= 500) {
    return { kind: 'failed', reason: `answer ${status}`, isThrottled: status === 429 };
  }
  return { kind: 'refused', status };
}

function textField(answer: OutgoingAnswer, name: string): string | undefined {
  const value = readJson(answer);
  if (typeof value !== 'object' || value === null) return undefined;
  const field: unknown = Reflect.get(value, name);
  return typeof field === 'string' && field !== '' ? field : undefined;
}

/** When a JSON Web Token ends; one that does not say is used once. */
function expiryOf(token: string): number {
  try {
    const claims: unknown = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8'));
    const expiry = typeof claims === 'object' && claims !== null ? Reflect.get(claims, 'exp') : undefined;
    return typeof expiry === 'number' ? expiry * 1_000 : 0;
  } catch (error) {
    if (error instanceof SyntaxError) return 0;
    throw error;
  }
}

const CLASSES = ['ABCDEFGHJKLMNPQRSTUVWXYZ', 'abcdefghijkmnopqrstuvwxyz', '23456789', '!#$%*+-_=?'];

/** 30 characters with some of each class. */
function makePassword(): string {
  const all = CLASSES.join('');
  const pick = (from: string) => from[randomInt(from.length)] ?? '';
  const characters = [
    ...CLASSES.map(pick),
    ...Array.from({ length: PASSWORD_LENGTH - CLASSES.length }, () => pick(all)),
  ];
  for (let place = characters.length - 1; place > 0; place -= 1) {
    const other = randomInt(place + 1);
    [characters[place], characters[other]] = [characters[other] ?? '', characters[place] ?? ''];
  }
  return characters.join('');
}
