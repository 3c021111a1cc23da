import { createRemoteJWKSet, errors, type JWTPayload, jwtVerify } from 'jose';
import type { Clock } from '#platform/telemetry';

/** What a valid OAuth2 access token says of its holder. */
export interface BearerIdentity {
  subject: string;
  clientId: string;
  /** From the `authorities` and `roles` claims, as written there. */
  roles: string[];
  scopes: string[];
}

export interface BearerVerifier {
  /** Throws InvalidTokenError for a token that is not good, and any other error when the key set cannot be read. */
  verify(token: string): Promise<BearerIdentity>;
}

/** The token is missing, forged, expired or not meant for us: answer 401. */
export class InvalidTokenError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'InvalidTokenError';
  }
}

// Asymmetric ones only: with a shared-secret algorithm the public key would be the secret.
const ALGORITHMS = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'EdDSA'];
const CLOCK_TOLERANCE_SECONDS = 5;

/** Verifies access tokens against a key set fetched, and fetched again for an unknown key id, from `jwksUrl`. */
export function createBearerVerifier(options: {
  jwksUrl: string;
  clock: Clock;
  issuer?: string;
  audience?: string;
}): BearerVerifier {
  const { jwksUrl, clock, issuer, audience } = options;
  const keys = createRemoteJWKSet(new URL(jwksUrl), { cooldownDuration: 2_000, timeoutDuration: 5_000 });
  return {
    verify: async (token) => {
      try {
        const { payload } = await jwtVerify(token, keys, {
          algorithms: ALGORITHMS,
          currentDate: clock.now(),
          clockTolerance: CLOCK_TOLERANCE_SECONDS,
          requiredClaims: ['exp'],
          ...(issuer === undefined ? {} : { issuer }),
          ...(audience === undefined ? {} : { audience }),
        });
        return toIdentity(payload);
      } catch (error) {
        throw isTokenFault(error)
          ? new InvalidTokenError('The access token is not valid', { cause: error })
          : error;
      }
    },
  };
}

function toIdentity(payload: JWTPayload): BearerIdentity {
  const clientId = text(payload.client_id) ?? text(payload.azp) ?? text(payload.sub) ?? '';
  return {
    subject: text(payload.user_name) ?? text(payload.sub) ?? clientId,
    clientId,
    roles: [...new Set([...list(payload.authorities), ...list(payload.roles)])],
    scopes: list(payload.scope),
  };
}

/** Both ways are in use: a JSON array, and one text with spaces. */
function list(claim: unknown): string[] {
  if (Array.isArray(claim)) return claim.filter((item) => typeof item === 'string');
  return typeof claim === 'string' ? claim.split(' ').filter((item) => item !== '') : [];
}

function text(claim: unknown): string | undefined {
  return typeof claim === 'string' && claim !== '' ? claim : undefined;
}

function isTokenFault(error: unknown): boolean {
  if (error instanceof errors.JWKSTimeout || error instanceof errors.JWKSInvalid) return false;
  // jose throws its plain base class when the key set answers anything but 200 with JSON.
  return error instanceof errors.JOSEError && error.code !== 'ERR_JOSE_GENERIC';
}
