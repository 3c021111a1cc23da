import { json, type Reply, text } from '../frame/replies.ts';
import type { RunningSimulator, Simulator } from '../frame/simulator.ts';
import { jsonBody, type SimulatorRequest } from '../frame/simulator-request.ts';
import { parseSlackMessage, type SlackMessage } from './slack-message.ts';
import { slackPage } from './slack-page.ts';

const MAX_MESSAGES = 10_000;

/** Accepts what an incoming webhook accepts, at the prefix or at any path beneath it, and shows the messages. */
export const slackSimulator: Simulator = {
  name: 'slack',
  title: 'Slack',
  standsFor: 'a Slack incoming webhook, which receives the alerts',
  setting: 'SLACK_WEBHOOK_URL',
  start: async () => startSlack(),
};

function startSlack(): RunningSimulator {
  let messages: SlackMessage[] = [];
  return {
    handle(request) {
      if (request.method !== 'POST') return json(405, { message: 'Post messages here.' });
      const message = parseSlackMessage(jsonBody(request), new Date());
      // The two refusals of the real webhook that a malformed message meets, in its words.
      if (message === undefined) return text(400, 'invalid_payload');
      if (message.text === '') return text(400, 'no_text');
      messages.push(message);
      // Not at every message: cutting the list moves all of it.
      if (messages.length > MAX_MESSAGES * 1.1) messages = messages.slice(-MAX_MESSAGES);
      return text(200, 'ok');
    },
    page: (request) => page(request, messages),
    *calls(since) {
      for (const message of messages.slice()) if (Date.parse(message.time) >= since) yield message.text;
    },
    clearCalls() {
      messages = [];
    },
    clearData() {
      messages = [];
    },
    state: () => `${messages.length} message${messages.length === 1 ? '' : 's'}`,
  };
}

function page(request: SimulatorRequest, messages: readonly SlackMessage[]): Reply | undefined {
  if (request.path === '/messages') return json(200, messages);
  return request.path === '/' ? slackPage(messages) : undefined;
}
