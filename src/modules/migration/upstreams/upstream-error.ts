/** An upstream answered what it should not have. `status` is what failures are grouped by. */
export class UpstreamError extends Error {
  readonly upstream: string;
  readonly status: number;
  readonly body: string;

  constructor(upstream: string, status: number, request: { method: string; template: string; body: string }) {
    super(`${upstream} answered ${status} to ${request.method} ${request.template}`);
    this.name = 'UpstreamError';
    this.upstream = upstream;
    this.status = status;
    this.body = request.body;
  }
}
