import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import type { Target } from './world.ts';

export interface SmokeResult {
  name: string;
  problem?: string;
}

interface Check {
  method: string;
  endpoint: string;
  body?: string;
  status: number;
  expected: string;
}

const errors = (...items: [code: string, message: string][]) =>
  `{"errors": [${items.map(([code, message]) => `{"code": "${code}", "message": "${message}"}`).join(', ')}]}`;

/** The calls of spec section 8.4. They leave nothing behind: none of them can succeed in making anything. */
function checks(): Check[] {
  const unknown = randomUUID();
  const team = 'CreateProductTeamIncomingParams';
  const product = 'CreateCpmProductIncomingParams';
  const noTeam = errors(['RESOURCE_NOT_FOUND', `Could not find ProductTeam for key ('${unknown}')`]);
  return [
    {
      method: 'GET',
      endpoint: '_status',
      status: 200,
      expected: '{"code": "OK", "message": "Transaction successful"}',
    },
    {
      method: 'POST',
      endpoint: 'ProductTeam',
      body: '{"invalid": "field"}',
      status: 400,
      expected: errors(
        ['MISSING_VALUE', `${team}.ods_code: field required`],
        ['MISSING_VALUE', `${team}.name: field required`],
        ['VALIDATION_ERROR', `${team}.invalid: extra fields not permitted`],
      ),
    },
    {
      method: 'POST',
      endpoint: `ProductTeam/${unknown}/Product`,
      body: '{"invalid": "field"}',
      status: 400,
      expected: errors(
        ['MISSING_VALUE', `${product}.name: field required`],
        ['VALIDATION_ERROR', `${product}.invalid: extra fields not permitted`],
      ),
    },
    { method: 'GET', endpoint: `ProductTeam/${unknown}`, status: 404, expected: noTeam },
    { method: 'DELETE', endpoint: `ProductTeam/${unknown}`, status: 404, expected: noTeam },
    {
      method: 'GET',
      endpoint: `Product/${unknown}`,
      status: 404,
      expected: errors(['RESOURCE_NOT_FOUND', `Could not find CpmProduct for key ('${unknown}')`]),
    },
    {
      method: 'DELETE',
      endpoint: `ProductTeam/${unknown}/Product/${unknown}`,
      status: 404,
      expected: noTeam,
    },
    {
      method: 'GET',
      endpoint: 'Product',
      status: 400,
      expected: errors([
        'VALIDATION_ERROR',
        "SearchProductQueryParams.__root__: Please provide exactly one valid query parameter: ('product_team_id', 'organisation_code').",
      ]),
    },
  ];
}

/** Makes the calls and says of each what was wrong with its answer, if anything was. */
export async function runSmoke(target: Target): Promise<SmokeResult[]> {
  const results: SmokeResult[] = [];
  for (const check of checks()) {
    const name = `${check.method} ${check.endpoint.replace(/[0-9a-f]{8}-[0-9a-f-]{27}/g, '<unknown>')}`;
    try {
      await assertCheck(target, check);
      results.push({ name });
    } catch (error) {
      results.push({ name, problem: error instanceof Error ? error.message : String(error) });
    }
  }
  return results;
}

async function assertCheck(
  target: Target,
  { method, endpoint, body, status, expected }: Check,
): Promise<void> {
  const requestId = randomUUID();
  const answer = await target.send({
    method,
    endpoint,
    body,
    headers: {
      accept: 'application/json',
      version: '1',
      authorization: 'letmein',
      apikey: target.apiKey,
      'x-correlation-id': `SMOKE:${randomUUID()}`,
      'x-request-id': requestId,
    },
  });
  assert.equal(answer.status, status, `status ${answer.status}: ${answer.body.slice(0, 300)}`);
  assert.equal(answer.body, expected);
  assert.equal(answer.headers['content-type'], 'application/json');
  assert.equal(answer.headers['content-length'], String(expected.length));
  assert.equal(answer.headers['x-request-id'], requestId);
}
