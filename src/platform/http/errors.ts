/** A failure with an answer for the caller; modules turn it into their own error format in their error handler. */
export class HttpError extends Error {
  readonly status: number;
  /** Stable, for programs: `not_found`, `invalid_request` ... */
  readonly code: string;

  constructor(status: number, code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'HttpError';
    this.status = status;
    this.code = code;
  }
}
