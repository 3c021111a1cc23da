// Every error this module answers with: spec section 3.1.
import { HttpError } from '#platform/http';

/** `userMessage` begins with `prefix: `, on which clients match. */
export class MigrationError extends HttpError {
  readonly userMessage: string | null;
  readonly developerMessage: string | null;

  constructor(options: { status: number; code: string; prefix: string; message: string }) {
    super(options.status, options.code, options.message);
    this.name = 'MigrationError';
    this.userMessage = `${options.prefix}: ${options.message}`;
    this.developerMessage = options.message;
  }
}

export class AlreadyRunningError extends MigrationError {
  constructor(filter: string) {
    super({
      status: 409,
      code: 'migration_in_progress',
      prefix: 'Migration already in progress',
      message: `Migration already in progress for ${filter}`,
    });
    this.name = 'AlreadyRunningError';
  }
}

export class NoSuchRunError extends MigrationError {
  constructor(migrationId: string) {
    super({ status: 404, code: 'migration_not_found', prefix: 'Not Found', message: migrationId });
    this.name = 'NoSuchRunError';
  }
}

export class NotFoundError extends MigrationError {
  constructor(what: string) {
    super({ status: 404, code: 'not_found', prefix: 'Not Found', message: what });
    this.name = 'NotFoundError';
  }
}

/** A role of another domain: the body says nothing, as for every caller without a role. */
export class AccessDeniedError extends HttpError {
  constructor() {
    super(403, 'access_denied', 'Access is denied');
    this.name = 'AccessDeniedError';
  }
}

export class NotCompletedError extends MigrationError {
  constructor(migrationId: string) {
    super({
      status: 400,
      code: 'migration_not_completed',
      prefix: 'Bad Request',
      message: `Migration ${migrationId} is not completed`,
    });
    this.name = 'NotCompletedError';
  }
}

export class InvalidRequestError extends MigrationError {
  constructor(message: string) {
    super({ status: 400, code: 'validation_failure', prefix: 'Validation failure', message });
    this.name = 'InvalidRequestError';
  }
}

export class NoBulkError extends MigrationError {
  constructor(type: string) {
    super({
      status: 400,
      code: 'no_bulk_migration',
      prefix: 'Bad Request',
      message: `${type} is only synchronised; it has no bulk migration`,
    });
    this.name = 'NoBulkError';
  }
}

/** The state of something does not allow what was asked. */
export class StateError extends MigrationError {
  constructor(message: string) {
    super({ status: 409, code: 'conflict', prefix: 'Conflict', message });
    this.name = 'StateError';
  }
}

/** A mapping stands in the way of another; the body names both (spec section 3.6.1). */
export class MappingConflictError extends HttpError {
  readonly body: { userMessage: string };
  constructor(body: { userMessage: string }) {
    super(409, 'duplicate_mapping', body.userMessage);
    this.name = 'MappingConflictError';
    this.body = body;
  }
}
