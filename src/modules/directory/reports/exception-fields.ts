/** What a line says of an error (8.1). */
export function exceptionFields(error: unknown): Record<string, string> {
  if (!(error instanceof Error))
    return { exception: String(error), exception_name: 'Error', stack_trace: '' };
  return { exception: error.message, exception_name: error.name, stack_trace: error.stack ?? '' };
}
