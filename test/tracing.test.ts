import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { odsCodeAt } from '#reference/pharmacies';
import { createTestApp, TEST_API_KEY } from './harness/app.ts';

interface OtlpSpan {
  traceId: string;
  name: string;
  kind: number;
  attributes: { key: string; value: { stringValue?: string } }[];
}

/** An OpenTelemetry collector that keeps the spans it is sent. */
async function startCollector() {
  const spans: OtlpSpan[] = [];
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    for (const resource of JSON.parse(body).resourceSpans) {
      for (const scope of resource.scopeSpans) spans.push(...scope.spans);
    }
    response.end('{}');
  });
  await new Promise<void>((settle) => server.listen(0, '127.0.0.1', settle));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    spans,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((settle) => server.close(settle));
    },
  };
}

async function sendEvent(headers: Record<string, string>): Promise<OtlpSpan[]> {
  await using collector = await startCollector();
  const app = await createTestApp({
    environment: { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url, SIGNALBOX_MODULES: 'directory' },
  });
  const response = await app.module('directory').inject({
    method: 'POST',
    url: '/v1/change-event',
    headers: {
      'x-api-key': TEST_API_KEY,
      'content-type': 'application/json',
      'sequence-number': '1',
      ...headers,
    },
    payload: JSON.stringify({
      ODSCode: odsCodeAt(3),
      OrganisationTypeId: 'PHA',
      OrganisationSubType: 'Community',
    }),
  });
  assert.equal(response.statusCode, 200);
  await app.drain();
  // The last spans are sent on the way down.
  await app[Symbol.asyncDispose]();
  return collector.spans;
}

const STAGES = ['POST /v1/change-event', 'directory.ingest_change_event', 'directory.sync_service'];

test('request and jobs of one correlation id are one trace at the collector', async () => {
  const spans = await sendEvent({ 'correlation-id': 'a-whole-journey' });
  const own = spans.filter((span) =>
    span.attributes.some(
      ({ key, value }) => key === 'signalbox.correlation_id' && value.stringValue === 'a-whole-journey',
    ),
  );
  for (const name of STAGES) {
    assert.ok(
      own.some((span) => span.name === name),
      `a span of ${name}`,
    );
  }
  assert.equal(new Set(own.map((span) => span.traceId)).size, 1);
});

test("spans join the caller's own trace", async () => {
  const traceId = '0af7651916cd43dd8448eb211c80319c';
  const spans = await sendEvent({
    'correlation-id': 'traced',
    traceparent: `00-${traceId}-b7ad6b7169203331-01`,
  });
  for (const name of STAGES) {
    assert.deepEqual(
      [...new Set(spans.filter((span) => span.name === name).map((span) => span.traceId))],
      [traceId],
      name,
    );
  }
});
