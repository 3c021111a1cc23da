import { address } from '../router.tsx';

/** A refusal of the server, by its stable code; `offline` when it could not be reached. */
export class ApiError extends Error {
  readonly status: number;
  readonly code: string;
  readonly facts: Record<string, unknown>;

  constructor(status: number, code: string, message: string, facts: Record<string, unknown> = {}) {
    super(message);
    this.status = status;
    this.code = code;
    this.facts = facts;
  }
}

// With the profile `compat` the original's endpoints give their text alone.
const CODES_BY_TEXT: Record<string, string> = {
  'Product already exists in list.': 'product_on_list',
  'Product could not be deleted.': 'product_not_deleted',
};

// What is refused before a handler runs has a status alone.
const CODES_BY_STATUS: Record<number, string> = { 413: 'picture_too_large', 429: 'too_many_requests' };

/** Sends a request to our own server. Throws an ApiError. */
export async function api<T>(method: string, path: string, body?: unknown): Promise<T> {
  const json = body === undefined ? undefined : JSON.stringify(body);
  return read<T>(await send(method, path, json, 'application/json'));
}

/** Sends a file as it is. Throws an ApiError. */
export async function upload<T>(path: string, file: Blob): Promise<T> {
  return read<T>(await send('POST', path, file, file.type || 'application/octet-stream'));
}

async function read<T>(response: Response): Promise<T> {
  // What answers without JSON is no answer of ours: a proxy, or a crash.
  const answer: unknown = await response.json().catch(() => ({}));
  if (!response.ok) throw readError(response.status, answer);
  // The shapes are those of the OpenAPI document; our own server keeps to it.
  return answer as T;
}

async function send(
  method: string,
  path: string,
  body: string | Blob | undefined,
  type: string,
): Promise<Response> {
  const isTest = document.cookie.split('; ').includes('Test=true');
  try {
    return await fetch(address(path), {
      method,
      headers: {
        ...(body === undefined ? {} : { 'content-type': type }),
        ...(isTest ? { 'x-test-traffic': '1' } : {}),
      },
      ...(body === undefined ? {} : { body }),
    });
  } catch (error) {
    throw new ApiError(0, 'offline', error instanceof Error ? error.message : 'offline');
  }
}

function readError(status: number, answer: unknown): ApiError {
  const body = (typeof answer === 'object' && answer !== null ? answer : {}) as Record<string, unknown>;
  if (typeof body.error === 'object' && body.error !== null) {
    const { code, message, ...facts } = body.error as Record<string, unknown>;
    return new ApiError(status, String(code), String(message), facts);
  }
  const message = String(body.error ?? body.message ?? '');
  const { error: _error, code, ...facts } = body;
  const usual = CODES_BY_STATUS[status] ?? 'unknown';
  return new ApiError(status, String(code ?? CODES_BY_TEXT[message] ?? usual), message, facts);
}

export function asApiError(error: unknown): ApiError {
  if (error instanceof ApiError) return error;
  throw error;
}
