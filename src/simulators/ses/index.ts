import { createHash, randomUUID } from 'node:crypto';
import { type Markup, markup } from '../frame/markup.ts';
import { renderPage, renderTable, renderTime } from '../frame/page-layout.ts';
import { badRequest, html, json, type Reply } from '../frame/replies.ts';
import type { RunningSimulator, Simulator, SimulatorContext } from '../frame/simulator.ts';
import { jsonBody, type SimulatorRequest } from '../frame/simulator-request.ts';
import { PostBacks } from '../sms-provider/post-back.ts';
import { ReferenceAudit } from '../sms-provider/reference-audit.ts';
import { type Email, envelope, readSendEmail } from './send-email.ts';
import { readSesSettings, type SesSettings } from './ses-settings.ts';

const MAX_EMAILS = 1_000;
const SHOWN = 50;

/** The SESv2 `SendEmail` call, and the notifications about each email by way of an SNS topic. */
export const sesSimulator: Simulator = {
  name: 'ses',
  title: 'Amazon SES',
  standsFor: 'Amazon SES, which sends email and reports on it by SNS',
  setting: 'NOTIFY_SES_URL',
  start: async (context) => startSes(context),
};

function startSes(context: SimulatorContext): RunningSimulator {
  const audit = new ReferenceAudit();
  const postBacks = new PostBacks({ log: context.log });
  const { notifyUrl } = context.settings;
  let settings: SesSettings = {
    ...(notifyUrl === undefined ? {} : { topicUrl: `${notifyUrl}/notifications/email/ses` }),
    topicArn: 'arn:aws:sns:eu-west-1:000000000000:simulated-ses',
    receiptDelayMs: 1_000,
  };
  let emails: Email[] = [];
  let total = 0;

  const take = (email: Email) => {
    total += 1;
    // SES knows no reference of the sender's: the same content to the same address is the same email.
    audit.create(emailKey(email));
    emails.push(email);
    if (emails.length > MAX_EMAILS * 1.1) emails = emails.slice(-MAX_EMAILS);
    if (settings.topicUrl === undefined) return;
    postBacks.later(settings.receiptDelayMs, {
      url: settings.topicUrl,
      headers: { 'content-type': 'text/plain; charset=UTF-8', 'x-amz-sns-message-type': 'Notification' },
      body: JSON.stringify(envelope(email, settings.topicArn, new Date())),
    });
  };

  const handle = (request: SimulatorRequest): Reply => {
    if (request.path === '/settings' && request.method === 'PUT') {
      const read = readSesSettings(settings, jsonBody(request));
      if ('problems' in read) return badRequest(read.problems);
      settings = read.settings;
      return json(200, settings);
    }
    if (request.method !== 'POST' || request.path !== '/v2/email/outbound-emails') {
      return awsError(404, 'UnknownOperationException', 'Send to /v2/email/outbound-emails');
    }
    if (!request.headers.authorization?.startsWith('AWS4-HMAC-SHA256 ')) {
      return awsError(403, 'MissingAuthenticationTokenException', 'Missing Authentication Token');
    }
    const read = readSendEmail(jsonBody(request));
    if ('problem' in read) return awsError(400, 'BadRequestException', read.problem);
    const email: Email = { ...read.email, id: `0100-${randomUUID()}-000000`, time: new Date().toISOString() };
    take(email);
    return json(200, { MessageId: email.id });
  };

  return {
    handle,
    page(request) {
      if (request.path === '/settings') return json(200, settings);
      if (request.path === '/messages') return json(200, emails);
      return request.path === '/' ? sesPage(emails, total, settings) : undefined;
    },
    audit: () => audit.rows(),
    clearData() {
      emails = [];
      total = 0;
      audit.clear();
    },
    state: () => `${total.toLocaleString('en-GB')} email${total === 1 ? '' : 's'}`,
    [Symbol.asyncDispose]: () => postBacks[Symbol.asyncDispose](),
  };
}

function awsError(status: number, name: string, message: string): Reply {
  const reply = json(status, { message });
  return { ...reply, headers: { ...reply.headers, 'x-amzn-errortype': name } };
}

function emailKey(email: Email): string {
  const content = createHash('sha256').update(email.subject).update('\0').update(email.text).digest('hex');
  return `${email.to.join(',')} ${content.slice(0, 16)}`;
}

function sesPage(emails: readonly Email[], total: number, settings: SesSettings): Reply {
  const latest = emails.slice(-SHOWN).reverse();
  const list: Markup =
    latest.length === 0
      ? markup`<p>No email has been sent yet.</p>`
      : renderTable<Email>(
          'Emails, newest first',
          [
            { heading: 'Time', cell: (email) => renderTime(email.time) },
            { heading: 'To', cell: (email) => email.to.join(', ') },
            { heading: 'From', cell: (email) => email.from },
            { heading: 'Subject', cell: (email) => email.subject },
            { heading: 'Text', cell: (email) => email.text.slice(0, 300) },
          ],
          latest,
        );
  const main = markup`<p><a href="/ses">Refresh</a>. ${total} sent; ${latest.length} shown.
As data: <a href="/ses/messages">emails</a>, <a href="/ses/settings">settings</a>.</p>
<p class="quiet">Notifications go to ${settings.topicUrl ?? 'no address yet: PUT topicUrl to /ses/settings'}, unsigned, after
${settings.receiptDelayMs} ms. Addresses that start with perm-fail or bounce bounce for good, temp-fail for now, complaint
complain; all others are delivered.</p>
${list}`;
  return html(200, renderPage({ title: 'Amazon SES', trail: [{ href: '/', text: 'Simulators' }], main }));
}
