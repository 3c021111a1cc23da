import type { AuditWriter } from '#platform/auth';
import type { BlobStore } from '#platform/blobs';
import type { SettingValues } from '#platform/config';
import type { Database } from '#platform/db';
import type { ModuleRegister } from '#platform/events';
import type { OutgoingCalls } from '#platform/http';
import type { Jobs } from '#platform/jobs';
import type { Clock, Logger } from '#platform/telemetry';
import type { CheckWorkshop } from './bulk-sends/check-workshop.ts';
import type { CallbackSender } from './callbacks/callback-sender.ts';
import type { ProviderChoice } from './delivery/provider-choice.ts';
import type { DocumentStore } from './documents/document-store.ts';
import type { VirusScanner } from './documents/virus-scanner.ts';
import type { NotifyMetrics } from './events.ts';
import type { LetterWorkshop } from './letters/letter-workshop.ts';
import type { RequestLimits } from './limits/request-limits.ts';
import type { Acceptor } from './notifications/accept.ts';
import type { StoredRates } from './notifications/notification-queries.ts';
import type { PrintClient } from './printing/print-client.ts';
import type { EmailProvider, SmsProvider } from './providers/provider.ts';
import type { ReceiptIntake } from './receipts/accept-receipts.ts';
import type { SendSchemas } from './requests/send-requests.ts';
import type { NotifyKeys } from './secrets/keys.ts';
import type { SecretBox } from './secrets/secret-box.ts';
import type { Service } from './services/service.ts';
import type { Templates } from './services/templates.ts';
import type { TimedCache } from './services/timed-cache.ts';
import type { notifySettings } from './settings.ts';
import type { TemplateFileRow } from './template-files/template-file-queries.ts';
import type { WebsiteBuckets } from './website-files/website-buckets.ts';

/** What the module's own code works with; built once in `index.ts` and passed along. */
export interface NotifyContext {
  config: SettingValues<typeof notifySettings>;
  db: Database;
  jobs: Jobs;
  events: ModuleRegister;
  metrics: NotifyMetrics;
  clock: Clock;
  log: Logger;
  outgoing: OutgoingCalls;
  blobs: BlobStore;
  keys: NotifyKeys;
  secrets: SecretBox;
  services: TimedCache<Service | undefined>;
  templates: Templates;
  /** Files of template versions, by id and version. */
  templateFiles: TimedCache<TemplateFileRow[]>;
  rates: TimedCache<StoredRates>;
  schemas: SendSchemas;
  limits: RequestLimits;
  acceptor: Acceptor;
  receipts: ReceiptIntake;
  /** By name, those that are configured. */
  providers: ReadonlyMap<string, SmsProvider | EmailProvider>;
  providerChoice: ProviderChoice;
  callbackSender: CallbackSender;
  documents: DocumentStore;
  letters: LetterWorkshop;
  printer: PrintClient;
  checkWorkshop: CheckWorkshop;
  audit: AuditWriter;
  /** Where links to documents lead. */
  documentsUrl: string;
  scanner: VirusScanner | undefined;
  websiteBuckets: WebsiteBuckets;
  /** Address of the API in links that are made outside a request. */
  apiUrl: string;
  startedAt: Date;
}
