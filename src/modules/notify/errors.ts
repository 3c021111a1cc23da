import { HttpError } from '#platform/http';

/** One entry of `errors` in the answer. */
export interface ErrorEntry {
  error: string;
  message: string;
}

/**
 * A refusal in the shape of every `/v2` error (public section 3.3): `status_code` and at least one entry of `errors`.
 * `extra` members go beside the entries.
 */
export class NotifyError extends HttpError {
  readonly errors: readonly ErrorEntry[];
  readonly extra: Record<string, unknown>;

  constructor(status: number, errors: readonly ErrorEntry[], extra: Record<string, unknown> = {}) {
    super(status, errors[0]?.error ?? 'Exception', errors[0]?.message ?? '');
    this.name = 'NotifyError';
    this.errors = errors;
    this.extra = extra;
  }
}

/** A rule of the service, the template or the recipient is broken: 400, or 403 for two rules about letters. */
export class BadRequestError extends NotifyError {
  constructor(message: string, status = 400) {
    super(status, [{ error: 'BadRequestError', message }]);
  }
}

/** The request does not fit its schema: 400 with one entry for each fault. */
export class ValidationError extends NotifyError {
  constructor(messages: readonly string[], extra: Record<string, unknown> = {}) {
    super(
      400,
      messages.map((message) => ({ error: 'ValidationError', message })),
      extra,
    );
  }
}

/** The token does not let its bearer in: 401 or 403 (public section 7.2). */
export class AuthError extends NotifyError {
  /** For the log: ids and times, as far as they are known. */
  readonly facts: Readonly<Record<string, unknown>>;

  constructor(status: 401 | 403, message: string, facts: Readonly<Record<string, unknown>> = {}) {
    super(status, [{ error: 'AuthError', message }]);
    this.facts = facts;
  }
}

/** The number is one that this service may not send to: 400. */
export class InvalidPhoneError extends NotifyError {
  constructor(message: string) {
    super(400, [{ error: 'InvalidPhoneError', message }]);
  }
}

/** Too many requests in a minute: 429. */
export class RateLimitError extends NotifyError {
  /** Requests in a minute. */
  readonly limit: number;

  constructor(keyType: string, limit: number) {
    const message = `Exceeded rate limit for key type ${keyType} of ${limit} requests per 60 seconds`;
    super(429, [{ error: 'RateLimitError', message }]);
    this.limit = limit;
  }
}

/** Too many messages in a day: 429. */
export class TooManyRequestsError extends NotifyError {
  constructor(channel: string, limit: number) {
    super(429, [
      { error: 'TooManyRequestsError', message: `Exceeded send limits (${channel}: ${limit}) for today` },
    ]);
  }
}

/** The request could not be served in time: 504. Nothing of it was stored. */
export class RequestTimeoutError extends NotifyError {
  constructor() {
    super(504, [{ error: 'SoftEventletTimeout', message: 'Timeout serving request' }]);
  }
}

/** Nothing of that name that this service may see: 404. */
export class NotFoundError extends NotifyError {
  constructor(error: 'NoResultFound' | 'DataError' = 'NoResultFound') {
    super(404, [{ error, message: 'No result found' }]);
  }
}

/** The letter's PDF is still being made: 400. */
export class PdfNotReadyError extends NotifyError {
  constructor() {
    super(400, [{ error: 'PDFNotReadyError', message: 'PDF not available yet, try again later' }]);
  }
}

/** A refusal outside `/v2`: provider ingress and unsubscribe links answer in the older shape. */
export class PlainError extends HttpError {
  readonly body: object;

  constructor(status: number, body: object) {
    super(status, 'error', 'Request refused');
    this.name = 'PlainError';
    this.body = body;
  }
}
