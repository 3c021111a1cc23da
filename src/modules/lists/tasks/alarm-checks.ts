import { connect } from 'node:tls';
import { listBackups } from '../backups/backups.ts';
import type { ListsContext } from '../context.ts';
import { countFailedMails, selectOutboxState } from '../mail/outbox-queries.ts';
import { selectMark } from '../policy/settings-queries.ts';
import { growthOf, readTraffic, type Traffic } from './traffic.ts';

/** One thing that is watched: spec sections 5.5 and 8.5. `check` says what is wrong, or nothing. */
export interface Alarm {
  name: string;
  check(ctx: ListsContext, memory: AlarmMemory): Promise<string | undefined>;
}

/** What the check of a minute leaves for the next ones. */
export interface AlarmMemory {
  /** Counters minute by minute, the oldest first. */
  traffic: { at: number; counted: Record<string, Traffic> }[];
  firstCheckedAt: number;
}

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 86_400_000;
/** Addresses with a slip in them are usual; more than this in an hour is not (spec section 5.2). */
const MOST_FAILED_MAILS = 5;
const OUTBOX_LATE_MS = 15 * MINUTE_MS;
const RATIO_WINDOW_MS = 10 * MINUTE_MS;
const MOST_REFUSED = 0.2;
/** A share of fewer requests says nothing. */
const FEWEST_REQUESTS = 20;
const CERTIFICATE_DAYS = 14;
const STATUS_TIMEOUT_MS = 5_000;

export const ALARMS: Alarm[] = [
  { name: 'StatusPageUnavailable', check: checkStatusPage },
  { name: 'RequestRate', check: checkRequestRate },
  { name: 'DomainErrors', check: checkDomainErrors },
  { name: 'OutboxLate', check: checkOutbox },
  { name: 'MailsFailed', check: checkFailedMails },
  {
    name: 'NotFoundCheckFailed',
    check: (ctx) => checkFailures(ctx, 'lists.alert_not_found', 30 * MINUTE_MS),
  },
  { name: 'NotFoundCheckMissed', check: checkNotFoundRan },
  { name: 'BackupFailed', check: (ctx) => checkFailures(ctx, 'lists.back_up', DAY_MS) },
  { name: 'BackupMissed', check: checkBackupMade },
  { name: 'CertificateExpires', check: checkCertificate },
];

async function checkStatusPage(ctx: ListsContext): Promise<string | undefined> {
  const { statusUrl } = ctx.config;
  const { host, portBase } = ctx.platformConfig;
  if (statusUrl === 'none') return undefined;
  const url = statusUrl ?? `http://${host}:${portBase + 5}/status.html`;
  try {
    const { status, body } = await ctx.outgoing.call({
      target: 'lists-status',
      url,
      method: 'GET',
      timeoutMs: STATUS_TIMEOUT_MS,
    });
    if (status === 200 && body.toString().includes('Status')) return undefined;
    return `${url} answers ${status} without the word Status.`;
  } catch (error) {
    return `${url} does not answer: ${error instanceof Error ? error.message : error}`;
  }
}

async function checkRequestRate(ctx: ListsContext, { traffic }: AlarmMemory): Promise<string | undefined> {
  const { requestsAlarm } = ctx.config;
  if (requestsAlarm === 0) return undefined;
  const { requests } = await growthSince(ctx, traffic, MINUTE_MS);
  return requests >= requestsAlarm ? `There were ${requests} requests in a minute.` : undefined;
}

async function checkDomainErrors(ctx: ListsContext, { traffic }: AlarmMemory): Promise<string | undefined> {
  const { requests, refusals } = await growthSince(ctx, traffic, RATIO_WINDOW_MS);
  if (requests < FEWEST_REQUESTS || refusals / requests <= MOST_REFUSED) return undefined;
  return `${refusals} of ${requests} requests in ten minutes were refused.`;
}

async function growthSince(
  ctx: ListsContext,
  traffic: AlarmMemory['traffic'],
  windowMs: number,
): Promise<Traffic> {
  const now = ctx.clock.now().getTime();
  // A minute is checked a little early or late, so half of one is allowed for.
  const before = traffic.find(({ at }) => at >= now - windowMs - MINUTE_MS / 2);
  return before ? growthOf(before.counted, await readTraffic(ctx)) : { requests: 0, refusals: 0 };
}

async function checkOutbox(ctx: ListsContext): Promise<string | undefined> {
  const { waiting, oldest_waiting_at: oldest } = await selectOutboxState(ctx.db.kysely);
  if (!oldest || ctx.clock.now().getTime() - oldest.getTime() <= OUTBOX_LATE_MS) return undefined;
  return `${waiting} letters wait, the oldest for more than 15 minutes: look at the queue lists.deliver_mail.`;
}

async function checkFailedMails(ctx: ListsContext): Promise<string | undefined> {
  const since = new Date(ctx.clock.now().getTime() - HOUR_MS);
  const failed = await countFailedMails(ctx.db.kysely, since);
  return failed > MOST_FAILED_MAILS ? `${failed} letters could not be delivered in an hour.` : undefined;
}

async function checkFailures(ctx: ListsContext, task: string, windowMs: number): Promise<string | undefined> {
  const since = new Date(ctx.clock.now().getTime() - windowMs);
  const failed = await ctx.jobs.failures.count({ task, since });
  return failed === 0 ? undefined : `${task} failed: see the failures in the console.`;
}

async function checkNotFoundRan(
  ctx: ListsContext,
  { firstCheckedAt }: AlarmMemory,
): Promise<string | undefined> {
  const mark = await selectMark(ctx.db.kysely, 'not_found_alert');
  const last = mark?.updated_at.getTime() ?? firstCheckedAt;
  // Every half hour, and a few minutes for the run itself.
  return ctx.clock.now().getTime() - last > 35 * MINUTE_MS
    ? 'lists.alert_not_found has not run for half an hour.'
    : undefined;
}

async function checkBackupMade(
  ctx: ListsContext,
  { firstCheckedAt }: AlarmMemory,
): Promise<string | undefined> {
  const made = (await listBackups(ctx)).map(({ createdAt }) => Date.parse(createdAt));
  const last = Math.max(firstCheckedAt, ...made);
  return ctx.clock.now().getTime() - last > DAY_MS + 30 * MINUTE_MS
    ? 'No backup was made in the last 24 hours.'
    : undefined;
}

async function checkCertificate(ctx: ListsContext): Promise<string | undefined> {
  const { protocol, hostname, port } = new URL(ctx.publicOrigin);
  if (protocol !== 'https:') return undefined;
  const expiresAt = await certificateExpiry(hostname, Number(port || 443));
  // That nobody answers is what the status page is watched for.
  if (expiresAt === undefined) return undefined;
  const days = Math.floor((expiresAt.getTime() - ctx.clock.now().getTime()) / DAY_MS);
  return days < CERTIFICATE_DAYS ? `The certificate of ${hostname} expires in ${days} days.` : undefined;
}

function certificateExpiry(host: string, port: number): Promise<Date | undefined> {
  return new Promise((resolve) => {
    // Its date is asked for, whoever signed it.
    const socket = connect(
      { host, port, servername: host, rejectUnauthorized: false, timeout: 5_000 },
      () => {
        const { valid_to: until } = socket.getPeerCertificate();
        resolve(until ? new Date(until) : undefined);
        socket.destroy();
      },
    );
    const giveUp = () => {
      resolve(undefined);
      socket.destroy();
    };
    socket.once('error', giveUp).once('timeout', giveUp);
  });
}
