import { json, type Reply } from '../frame/replies.ts';
import type { RunningSimulator, Simulator, SimulatorContext } from '../frame/simulator.ts';
import type { SimulatorRequest } from '../frame/simulator-request.ts';
import { Inbox } from './inbox.ts';
import { inboxPage, messageHtml, messagePage } from './mail-pages.ts';
import { SmtpListener } from './smtp-listener.ts';

/** An SMTP server that delivers nothing: every message lands in one inbox that people and checkers can read. */
export const mailSimulator: Simulator = {
  name: 'mail',
  title: 'Mail',
  standsFor: 'a mail server; every message sent to anyone lands in this inbox',
  setting: 'SMTP_URL',
  start: startMail,
};

async function startMail(context: SimulatorContext): Promise<RunningSimulator> {
  const inbox = new Inbox();
  const listener = new SmtpListener({ inbox, faults: context.faults, log: context.log });
  const smtpPort = await listener.listen(context.host, context.smtpPort);
  return {
    smtpPort,
    handle: () => json(404, { message: 'Mail is sent by SMTP; this address has the inbox at /mail.' }),
    page: (request) => page(request, inbox),
    calls: (since) => inbox.since(since),
    clearCalls: () => inbox.clear(),
    clearData: () => inbox.clear(),
    state: () => `${inbox.size} message${inbox.size === 1 ? '' : 's'}, SMTP port ${smtpPort}`,
    [Symbol.asyncDispose]: () => listener[Symbol.asyncDispose](),
  };
}

async function page(request: SimulatorRequest, inbox: Inbox): Promise<Reply | undefined> {
  if (request.path === '/') return inboxPage(await inbox.latest(100), inbox.size);
  const [, id, part] = /^\/messages\/(\d+)(\/html)?$/.exec(request.path) ?? [];
  if (id === undefined) return undefined;
  const message = await inbox.find(id);
  if (!message) return json(404, { message: 'That message is gone; the inbox keeps the latest.' });
  return part === undefined ? messagePage(message) : messageHtml(message);
}
