import { type SettingValues, setting } from '#platform/config';
import { domains } from './domains/index.ts';
import { DEFAULT_PRISON_TIMES, readPrisonTimes } from './domains/visits/prison-times.ts';
import { formerRoleOf } from './engine/declare.ts';
import { upstreamSettings } from './upstreams/upstream-settings.ts';

const engineSettings = {
  checkDelaySeconds: setting.integer('COMPLETE_CHECK_DELAY_SECONDS', {
    fallback: '1',
    description: 'Time between the start of a run and the first check whether it is complete',
  }),
  checkRetrySeconds: setting.integer('COMPLETE_CHECK_SCHEDULED_RETRY_SECONDS', {
    fallback: '1',
    description: 'Time between two checks of a run',
  }),
  checkCount: setting.integer('COMPLETE_CHECK_COUNT', {
    fallback: '1',
    description: 'How many further checks in a row must find a run settled before it is complete',
  }),
  maxReceives: setting.integer(
    'MIGRATION_QUEUE_MAX_RECEIVES',
    { fallback: '3', description: 'Deliveries of a message of a migration queue before it is a dead letter' },
    { min: 1, max: 100 },
  ),
  backoffSeconds: setting.list('MIGRATION_QUEUE_ERROR_VISIBILITY_TIMEOUT', {
    fallback: undefined,
    description:
      'Seconds to wait after each failed delivery of a migration message; the last one repeats. Without it 1,1,1,1 for visits and 1,1,1,10 for others',
  }),
  eventMaxReceives: setting.integer(
    'MIGRATION_EVENT_QUEUE_MAX_RECEIVES',
    { fallback: '3', description: 'Deliveries of an event before it is a dead letter' },
    { min: 1, max: 100 },
  ),
  eventBackoffSeconds: setting.list('MIGRATION_EVENT_QUEUE_ERROR_VISIBILITY_TIMEOUT', {
    fallback: undefined,
    description:
      'Seconds to wait after each failed delivery of an event; the last one repeats. Without it 1,10,60,600',
  }),
  batchSize: setting.integer(
    'MIGRATION_BATCH_SIZE',
    { fallback: '100', description: 'Records that a worker claims and settles together' },
    { min: 1, max: 1_000 },
  ),
  batches: setting.integer(
    'MIGRATION_CONCURRENT_BATCHES',
    { fallback: '4', description: 'Batches of one migration type that a worker has in hand at a time' },
    { min: 1, max: 64 },
  ),
  pageConcurrency: setting.integer(
    'MIGRATION_PAGE_CONCURRENCY',
    { fallback: '2', description: 'Pages of ids of one migration type that are fetched at a time' },
    { min: 1, max: 64 },
  ),
  pageRanges: setting.integer(
    'MIGRATION_PAGE_RANGES',
    { fallback: '8', description: 'Ranges of ids that a run by last id walks side by side' },
    { min: 1, max: 64 },
  ),
  stragglerMs: setting.integer(
    'MIGRATION_STRAGGLER_MS',
    {
      fallback: '1500',
      description: 'A batch is settled after this time without the records whose calls have not ended',
    },
    { min: 10, max: 600_000 },
  ),
  conclusiveSeconds: setting.integer(
    'MIGRATION_CONCLUSIVE_SECONDS',
    {
      fallback: '30',
      description:
        'A target that does not show a record this long after its request was sent will not, so the request is repeated',
    },
    { min: 0, max: 3_600 },
  ),
  uncertain: setting.oneOf('MIGRATION_ON_UNCERTAIN', ['hold', 'retry'], {
    fallback: 'hold',
    description:
      'What to do when nobody can say whether a create arrived: `hold` as a dead letter, or `retry` at the risk of a duplicate',
  }),
  parentWaitSeconds: setting.integer(
    'MIGRATION_PARENT_WAIT_SECONDS',
    {
      fallback: '600',
      description: 'How long a record waits for the one above it before its waiting counts as failing',
    },
    { min: 0, max: 86_400 },
  ),
  maxFailed: setting.integer('MIGRATION_MAX_FAILED', {
    fallback: '0',
    description: 'A run stops itself when more records than this have failed; 0 sets no limit',
  }),
  emitFormerNames: setting.flag('MIGRATION_FORMER_EVENT_NAMES', {
    fallback: 'on',
    description: 'Also write the event names that dashboards of 2023 and before read',
  }),
  autoRemoveDuplicate: setting.flag('SENTENCING_AUTO_REMOVE_DUPLICATE', {
    fallback: 'off',
    description: 'Delete a duplicate adjustment at the target when its mapping is refused',
  }),
  rollingPerMinute: setting.integer(
    'MIGRATION_RECONCILE_PER_MINUTE',
    {
      fallback: '30',
      description:
        'Records of each domain that are compared on both sides each minute, round and round; 0 for none',
    },
    { min: 0, max: 10_000 },
  ),
  prisonTimes: setting.json(
    'VISITS_PRISON_TIMES',
    {
      fallback: JSON.stringify(DEFAULT_PRISON_TIMES),
      description: 'JSON array of prisons whose future visits get fixed times',
    },
    readPrisonTimes,
  ),
  protectRetryAll: setting.flag('HMPPS_SQS_PROTECT_RETRY_ALL', {
    fallback: 'on',
    description: 'PUT /queue-admin/retry-all-dlqs needs the queue administration role',
  }),
  excludedHealth: setting.list('MIGRATION_HEALTH_EXCLUDED', {
    fallback: '',
    description: 'Upstream components that health leaves out, such as systems that do not exist yet',
  }),
  mayDeleteHistory: setting.flag('MIGRATION_ALLOW_HISTORY_DELETE', {
    fallback: 'off',
    description: 'DELETE /history removes ended runs; not for production',
  }),
  sqsEndpoint: setting.url('HMPPS_SQS_LOCALSTACK_URL', {
    fallback: undefined,
    description: 'Base URL of another SQS service, such as a local emulator',
  }),
  sqsPolling: setting.flag('MIGRATION_SQS', {
    fallback: 'off',
    description: 'Workers also take events from the SQS queues that the event queues are named after',
  }),
  sqsAccount: setting.text('MIGRATION_SQS_ACCOUNT', {
    fallback: '000000000000',
    description: 'AWS account that owns the SQS queues',
  }),
  sqsAccessKeyId: setting.text('MIGRATION_SQS_ACCESS_KEY_ID', {
    fallback: undefined,
    description: 'Access key for the SQS queues',
    secret: true,
  }),
  sqsSecretAccessKey: setting.text('MIGRATION_SQS_SECRET_ACCESS_KEY', {
    fallback: undefined,
    description: 'Secret key for the SQS queues',
    secret: true,
  }),
};

/** Names in health and queue administration, by queue id. */
const queueSettings: Record<`queue:${string}` | `dlq:${string}`, ReturnType<typeof queueName>> = {};
/** Of one queue, where it differs from the others of its kind. */
const receiveSettings: Record<`receives:${string}`, ReturnType<typeof maxReceives>> = {};
const backoffSettings: Record<`backoff:${string}`, ReturnType<typeof backoff>> = {};
const eventBackoffSettings: Record<`eventBackoff:${string}`, ReturnType<typeof eventBackoff>> = {};
const consumerSettings: Record<`consumers:${string}`, ReturnType<typeof consumers>> = {};
/** `feature.event.<eventType>` and `feature.event.<domain>.<eventType>`. */
const switchSettings: Record<`switch:${string}`, ReturnType<typeof eventSwitch>> = {};
const pageSettings: Record<`page:${string}`, ReturnType<typeof pageSize>> = {};

/** Role names are deployment data; those of today and of the seed's age are the defaults (spec section 7.2). */
const roleSettings: Record<`roles:${string}`, ReturnType<typeof roleList>> = {
  'roles:migrate': roleList(
    'MIGRATE',
    ['ROLE_PRISONER_FROM_NOMIS__MIGRATION__RW', 'ROLE_MIGRATION_ADMIN'],
    'start, follow and cancel runs of every type',
  ),
  'roles:repair': roleList(
    'REPAIR',
    ['ROLE_PRISONER_FROM_NOMIS__UPDATE__RW'],
    'repair records of every type',
  ),
  'roles:queues': roleList(
    'QUEUES',
    ['ROLE_SYSCON__QUEUE_ADMIN', 'ROLE_QUEUE_ADMIN'],
    'administer queues and send events by HTTP',
  ),
  'roles:mappings': roleList(
    'MAPPINGS',
    ['ROLE_NOMIS_MAPPING_API__SYNCHRONISATION__RW'],
    'use the mapping service for every type',
  ),
  'roles:rooms': roleList(
    'ROOMS',
    ['ROLE_NOMIS_DPS_MAPPING__VISITS__RW', 'ROLE_NOMIS_VISITS'],
    'list, make and delete room mappings',
  ),
  'roles:lookup': roleList('LOOKUP', ['ROLE_NOMIS_DPS_MAPPING__LOCATIONS__R'], 'look ids of locations up'),
};

for (const domain of domains) {
  roleSettings[`roles:${domain.name}`] = roleList(
    domain.name.toUpperCase(),
    [formerRoleOf(domain.name)],
    `start, follow, cancel and repair ${domain.title.toLowerCase()}`,
  );
  roleSettings[`roles:mappings.${domain.name}`] = roleList(
    `MAPPINGS_${domain.name.toUpperCase()}`,
    domain.mapping?.roles ?? [],
    `use the mapping service for ${domain.title.toLowerCase()}`,
  );
  for (const queue of [domain.bulk, domain.sync]) {
    if (!queue) continue;
    queueSettings[`queue:${queue.queueId}`] = queueName(queue.queueId, 'QUEUE_NAME', queue.queueName);
    queueSettings[`dlq:${queue.queueId}`] = queueName(queue.queueId, 'DLQ_NAME', queue.dlqName);
    receiveSettings[`receives:${queue.queueId}`] = maxReceives(queue.queueId, queue.retries?.maxReceives);
    backoffSettings[`backoff:${queue.queueId}`] = backoff(queue.queueId);
    consumerSettings[`consumers:${queue.queueId}`] = consumers(queue.queueId, queue.consumers);
  }
  if (domain.sync) {
    const { queueId, events } = domain.sync;
    eventBackoffSettings[`eventBackoff:${queueId}`] = eventBackoff(queueId, Object.keys(events));
  }
  if (domain.bulk) pageSettings[`page:${domain.name}`] = pageSize(domain.name, domain.bulk.pageSize);
  for (const eventType of Object.keys(domain.sync?.events ?? {})) {
    switchSettings[`switch:${eventType}`] = eventSwitch(`FEATURE_EVENT_${eventType}`);
    const own = `${domain.sync?.switchDomain}.${eventType}` as const;
    switchSettings[`switch:${own}`] = eventSwitch(
      `FEATURE_EVENT_${domain.sync?.switchDomain.toUpperCase()}_${eventType}`,
    );
  }
}
queueSettings['queue:audit'] = queueName('audit', 'QUEUE_NAME', 'audit_queue');

/** Settings of the migration module; names the original has are kept (spec sections 5.1, 5.3 and 7.3). */
export const migrationSettings = {
  ...upstreamSettings,
  ...engineSettings,
  ...queueSettings,
  ...receiveSettings,
  ...backoffSettings,
  ...eventBackoffSettings,
  ...consumerSettings,
  ...switchSettings,
  ...pageSettings,
  ...roleSettings,
};

export type MigrationConfig = SettingValues<typeof upstreamSettings> &
  SettingValues<typeof engineSettings> & {
    readonly [name: `queue:${string}` | `dlq:${string}`]: string;
    readonly [name: `receives:${string}`]: number | undefined;
    readonly [name: `backoff:${string}`]: string[] | undefined;
    readonly [name: `eventBackoff:${string}`]: Record<string, number[]> | undefined;
    readonly [name: `consumers:${string}`]: number | undefined;
    readonly [name: `switch:${string}`]: boolean;
    readonly [name: `page:${string}`]: number;
    readonly [name: `roles:${string}`]: string[];
  };

function queueName(id: string, what: 'QUEUE_NAME' | 'DLQ_NAME', fallback: string) {
  return setting.text(`HMPPS_SQS_QUEUES_${id.toUpperCase()}_${what}`, {
    fallback,
    description: `Name of the ${what === 'DLQ_NAME' ? 'dead letters' : 'queue'} of ${id}, as health and queue administration show it`,
  });
}

function maxReceives(id: string, fallback: number | undefined) {
  return setting.integer(
    `HMPPS_SQS_QUEUES_${id.toUpperCase()}_DLQ_MAX_RECEIVE_COUNT`,
    {
      fallback: fallback === undefined ? undefined : String(fallback),
      description: `Deliveries of a message of ${id}, where it has a number of its own`,
    },
    { min: 1, max: 100 },
  );
}

function backoff(id: string) {
  return setting.list(`HMPPS_SQS_QUEUES_${id.toUpperCase()}_ERROR_VISIBILITY_TIMEOUT`, {
    fallback: undefined,
    description: `Seconds to wait after each failed delivery of ${id}, where it has a list of its own`,
  });
}

function eventBackoff(id: string, eventTypes: readonly string[]) {
  return setting.json(
    `HMPPS_SQS_QUEUES_${id.toUpperCase()}_EVENT_ERROR_VISIBILITY_TIMEOUT`,
    {
      fallback: '{}',
      description: `The same by event type of ${id}, such as {"${eventTypes[0]}": [1, 5, 60]}`,
    },
    (value) => readEventBackoff(value, eventTypes),
  );
}

/** Throws with the reason for anything but lists of seconds by known event types. */
function readEventBackoff(value: unknown, eventTypes: readonly string[]): Record<string, number[]> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new Error('it must be an object of lists by event type');
  }
  for (const [eventType, seconds] of Object.entries(value)) {
    if (!eventTypes.includes(eventType)) throw new Error(`${eventType} is none of ${eventTypes.join(', ')}`);
    const isList = Array.isArray(seconds) && seconds.length > 0;
    if (!isList || !seconds.every((one) => Number.isInteger(one) && one >= 0 && one <= 900)) {
      throw new Error(`${eventType} must have a list of whole seconds up to 900`);
    }
  }
  // Checked above, member by member.
  return value as Record<string, number[]>;
}

function consumers(id: string, fallback: number | undefined) {
  return setting.integer(
    `HMPPS_SQS_QUEUES_${id.toUpperCase()}_CONSUMERS`,
    {
      fallback: fallback === undefined ? undefined : String(fallback),
      description: `Messages of ${id} that one process works on at a time, where it has a number of its own`,
    },
    { min: 1, max: 10_000 },
  );
}

function roleList(name: string, fallback: readonly string[], what: string) {
  return setting.list(`MIGRATION_ROLES_${name}`, {
    fallback: fallback.join(','),
    description: `Roles of HMPPS Auth that may ${what}`,
  });
}

function eventSwitch(name: string) {
  return setting.flag(name, { fallback: 'true', description: 'Off: such events are logged and dropped' });
}

function pageSize(domain: string, fallback: number) {
  return setting.integer(
    `${domain.toUpperCase()}_PAGE_SIZE`,
    { fallback: String(fallback), description: `Records of one page of a ${domain} run` },
    { min: 1, max: 20_000 },
  );
}
