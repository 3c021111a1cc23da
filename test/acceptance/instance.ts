/** The running instance under test, as scripts/acceptance.ts names it. */
export function instanceUrl(path: string): string {
  const base = process.env.ACCEPTANCE_URL;
  if (base === undefined)
    throw new Error('Run these tests with: npm run acceptance -- --url http://127.0.0.1:8080');
  return new URL(base.replace(/\/$/, '') + path).href;
}

/** A key of the instance's directory module; tests that need one are skipped without it. */
export const directoryKey = process.env.ACCEPTANCE_DIRECTORY_KEY;

/** One request, with the body read: JSON when it says so, text otherwise. */
export async function call(path: string, request: RequestInit = {}) {
  const response = await fetch(instanceUrl(path), {
    redirect: 'manual',
    signal: AbortSignal.timeout(10_000),
    ...request,
  });
  const text = await response.text();
  const isJson = response.headers.get('content-type')?.includes('json') ?? false;
  return { status: response.status, headers: response.headers, body: isJson ? JSON.parse(text) : text };
}
