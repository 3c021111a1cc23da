import type { TSchema } from 'typebox';
import { Value } from 'typebox/value';

/** Schema errors as `place.field message`, for people. */
export function schemaProblems(schema: TSchema, value: unknown, place: string): string[] {
  return (
    Value.Errors(schema, value)
      // An undeclared property is reported twice: by name in additionalProperties, and as a boolean schema.
      .filter((error) => error.keyword !== 'boolean')
      .map((error) => {
        const field = error.instancePath.replaceAll('/', '.');
        const named =
          error.keyword === 'additionalProperties' ? `: ${error.params.additionalProperties.join(', ')}` : '';
        return `${place}${field} ${error.message}${named}`;
      })
  );
}
