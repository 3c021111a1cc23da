import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import { createLogger } from '#platform/telemetry';
import { type RunningSimulators, startSimulators } from '../index.ts';

/** The layout in which the directory raises an alert. */
const ALERT = {
  channel: 'dos-alerts',
  blocks: [
    {
      type: 'header',
      text: { type: 'plain_text', emoji: true, text: ':rotating_light: Change event errors' },
    },
  ],
  attachments: [
    {
      color: '#e01e5a',
      ts: 1_929_000_000.5,
      fields: [
        {
          short: false,
          value:
            '*Name*: <https://box.example/alarms/1|uec | live | Change event errors> | *State*: Alarm\n*Description*: <script>alert(1)</script>\n<https://box.example/dash|Dashboard>',
        },
      ],
    },
  ],
};

describe('Slack simulator', () => {
  let simulators: RunningSimulators;
  before(async () => {
    const log = createLogger({ level: 'silent', name: 'test' });
    simulators = await startSimulators({ host: '127.0.0.1', port: 0, smtpPort: 0, log });
  });
  after(() => simulators[Symbol.asyncDispose]());
  beforeEach(() => fetch(`${simulators.url}/slack/calls`, { method: 'DELETE' }));

  const post = (body: string, path = '/slack') =>
    fetch(simulators.url + path, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
  const texts = async (query = '') => (await fetch(`${simulators.url}/slack/calls${query}`)).json();

  it('answers ok to an alert and gives its text', async () => {
    const answer = await post(JSON.stringify(ALERT), '/slack/services/T1/B1/x');
    assert.deepEqual([answer.status, await answer.text()], [200, 'ok']);
    assert.deepEqual(await texts(), [
      `:rotating_light: Change event errors\n${ALERT.attachments[0]?.fields[0]?.value}`,
    ]);
    assert.deepEqual(await texts(`?since=${Date.now() + 60_000}`), []);
  });

  it('refuses what the real webhook refuses, in its words', async () => {
    for (const [body, words] of [
      ['{', 'invalid_payload'],
      ['[]', 'invalid_payload'],
      ['{"channel":"a"}', 'no_text'],
    ] as const) {
      const answer = await post(body);
      assert.deepEqual([answer.status, await answer.text()], [400, words]);
    }
    assert.deepEqual(await texts(), []);
  });

  it('shows messages as they would look, with nothing of them active', async () => {
    await post(JSON.stringify(ALERT));
    const page = await (await fetch(`${simulators.url}/slack`)).text();
    assert.match(page, /<h2>\u{1F6A8} Change event errors<\/h2>/u);
    assert.match(page, /<a href="https:\/\/box\.example\/dash">Dashboard<\/a>/);
    assert.match(page, /<strong>State<\/strong>: Alarm/);
    assert.match(page, /&lt;script&gt;/);
    assert.ok(!page.includes('<script>alert'));
  });

  it('gives the parts of each message as data', async () => {
    await post('{"text":"plain","attachments":[{"fallback":"only fallback"}]}');
    const [message] = (await (await fetch(`${simulators.url}/slack/messages`)).json()) as [
      Record<string, unknown>,
    ];
    assert.deepEqual(
      { ...message, time: undefined },
      {
        time: undefined,
        text: 'plain\nonly fallback',
        parts: [
          { kind: 'text', text: 'plain' },
          { kind: 'attachment', text: 'only fallback', color: '' },
        ],
      },
    );
  });
});
