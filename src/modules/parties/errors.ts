/** Codes of the original's error envelope and the status each goes with: spec section 3.7. */
export const ERROR_STATUS = {
  MISSING_VALUE: 400,
  VALIDATION_ERROR: 400,
  ACCESS_DENIED: 403,
  RESOURCE_NOT_FOUND: 404,
  CONFLICT: 409,
  UNPROCESSABLE_ENTITY: 422,
  SERVICE_ERROR: 500,
  SERVICE_UNAVAILABLE: 503,
} as const;

export type ErrorCode = keyof typeof ERROR_STATUS;

export interface ErrorItem {
  code: ErrorCode;
  message: string;
}

/** A failure with an answer in the original's envelope. Its items all go with one status. */
export class PartiesError extends Error {
  readonly items: ErrorItem[];
  readonly status: number;

  constructor(items: ErrorItem[], options?: ErrorOptions) {
    super(items[0]?.message ?? '', options);
    this.name = 'PartiesError';
    this.items = items;
    this.status = ERROR_STATUS[items[0]?.code ?? 'SERVICE_ERROR'];
  }

  static of(code: ErrorCode, message: string, options?: ErrorOptions): PartiesError {
    return new PartiesError([{ code, message }], options);
  }

  static invalid(message: string): PartiesError {
    return PartiesError.of('VALIDATION_ERROR', message);
  }
}

export const itemExists = () => PartiesError.invalid('Item already exists');

export const unsupportedVersion = (version: bigint) =>
  PartiesError.of('ACCESS_DENIED', `Version not supported: ${version}`);

export const teamNotFound = (given: string) =>
  PartiesError.of('RESOURCE_NOT_FOUND', `Could not find ProductTeam for key ('${given}')`);

export const productNotFound = (...key: string[]) =>
  PartiesError.of(
    'RESOURCE_NOT_FOUND',
    `Could not find CpmProduct for key (${key.map((part) => `'${part}'`).join(', ')})`,
  );

export const teamHasProducts = (productIds: string[]) =>
  PartiesError.of(
    'CONFLICT',
    `Product Team cannot be deleted as it still has associated Product Ids [${productIds.map((id) => `'${id}'`).join(', ')}]`,
  );

/** The public address stands in the text whatever directory was asked, and the code as it was sent. */
export const unknownOdsCode = (odsCode: string) =>
  PartiesError.of(
    'UNPROCESSABLE_ENTITY',
    `Invalid ODS Code: could not resolve 'https://directory.spineservices.nhs.uk/ORD/2-0-0/organisations/${odsCode}'`,
  );

export const odsUnavailable = (cause?: unknown) =>
  PartiesError.of(
    'SERVICE_ERROR',
    "2 exceptions were raised whilst attempting to execute 'is_valid_ods_code' (3 sub-exceptions)",
    { cause },
  );

export const databaseUnavailable = (cause?: unknown) =>
  PartiesError.of('SERVICE_UNAVAILABLE', 'Database unavailable', { cause });

export const unexpected = (cause?: unknown) =>
  PartiesError.of('SERVICE_ERROR', 'An unexpected error occurred', { cause });

/** A refusal in the form of the gateway that stood before the original: spec section 3.8. */
export class GatewayError extends Error {
  readonly status: number;

  constructor(status: number, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'GatewayError';
    this.status = status;
  }
}

export const gatewayErrors = {
  unknownRoute: () => new GatewayError(403, 'Missing Authentication Token'),
  unknownKey: () =>
    new GatewayError(401, 'Provided apikey in request does not match the Connecting Party Manager apikey'),
  notPermitted: () => new GatewayError(403, 'Access to this API is not permitted'),
  tooManyRequests: () => new GatewayError(429, 'Too Many Requests'),
  tooLong: () => new GatewayError(413, 'Request Too Long'),
  outOfTime: () => new GatewayError(504, 'exception'),
  crashed: () => new GatewayError(502, 'exception'),
};
