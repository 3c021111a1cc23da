import { randomUUID } from 'node:crypto';

export interface ApiRequest {
  method: string;
  /** Without the base URL and the slash after it. */
  endpoint: string;
  headers: Record<string, string>;
  body: string | undefined;
}

export interface ApiResponse {
  status: number;
  headers: Record<string, string>;
  body: string;
}

/** Where scenarios are played: the application in this process, or any base URL. */
export interface Target {
  apiKey: string;
  send(request: ApiRequest): Promise<ApiResponse>;
}

/** A request of a step, as it was written and as it was sent, for the Postman collection. */
export interface SentRequest {
  written: ApiRequest;
  /** Values remembered from the answer: name and JSON path. */
  notes: { name: string; path: string }[];
}

/** What one scenario knows. */
export class World {
  readonly target: Target;
  readonly notes = new Map<string, string>();
  headers: Record<string, string> = {};
  response: ApiResponse | undefined;
  readonly #made: string[] = [];

  constructor(target: Target) {
    this.target = target;
  }

  /** Replaces `${ note(x) }`, `${ uuid() }` and `${ repeat(x, n) }`. */
  fill(text: string): string {
    return text
      .replace(/\$\{ note\((\w+)\) \}/g, (_all, name: string) => {
        const value = this.notes.get(name);
        if (value === undefined) throw new Error(`Nothing was noted as ${name}`);
        return value;
      })
      .replace(/\$\{ uuid\(\) \}/g, () => randomUUID())
      .replace(/\$\{ repeat\((.), (\d+)\) \}/g, (_all, letter: string, times: string) =>
        letter.repeat(Number(times)),
      )
      .replaceAll('\\n', '\n');
  }

  async send(written: ApiRequest): Promise<void> {
    const body = written.body === undefined ? undefined : this.fill(written.body);
    const endpoint = this.fill(written.endpoint);
    const headers = { ...written.headers, apikey: written.headers.apikey ?? this.target.apiKey };
    this.response = await this.target.send({ ...written, endpoint, body, headers: withoutNone(headers) });
    if (written.method === 'POST' && this.response.status === 201) this.#remember(endpoint);
  }

  #remember(endpoint: string): void {
    const { id } = JSON.parse(this.response?.body ?? '{}') as { id: string };
    this.#made.push(`${endpoint}/${id}`);
  }

  /** Deletes what the scenario made, products before teams: all that can be done over HTTP alone. */
  async cleanUp(): Promise<void> {
    const headers = { version: '1', authorization: 'letmein', apikey: this.target.apiKey };
    for (const endpoint of this.#made.toReversed()) {
      const { status } = await this.target.send({ method: 'DELETE', endpoint, headers, body: undefined });
      if (status !== 200 && status !== 404) throw new Error(`${endpoint} could not be deleted: ${status}`);
    }
  }
}

function withoutNone(headers: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).filter(([, value]) => value !== '(none)'));
}
