import { PartiesError } from '../errors.ts';
import { describePosition, findJsonError } from './json-error-position.ts';

/** A body as JSON; absent or empty is `{}` (spec section 6.6). Throws the 400 that names the place of the fault. */
export function parseJsonBody(body: string): unknown {
  if (body === '') return {};
  try {
    return JSON.parse(body);
  } catch (error) {
    const offset = findJsonError(body) ?? body.length;
    const { line, column, char } = describePosition(body, offset);
    throw new PartiesError(
      [
        {
          code: 'VALIDATION_ERROR',
          message: `Invalid JSON body was provided: line ${line} column ${column} (char ${char})`,
        },
      ],
      { cause: error },
    );
  }
}
