import type { NotifyContext } from '../context.ts';
import type { Status } from '../notifications/notification.ts';
import type { KeyType, NotificationType } from '../services/service.ts';
import { cutOffOf, servicesToArchive } from './archive-notifications.ts';
import { decideRetention, type RetentionDecision } from './retention-decision.ts';
import { countPastRetention } from './retention-queries.ts';

export interface RetentionPreview extends RetentionDecision {
  serviceId: string;
  type: NotificationType;
  keyType: KeyType;
  status: Status;
  count: number;
}

/** What the next run of retention would do, by the same decision; nothing changes. */
export async function previewRetention(ctx: NotifyContext, serviceId?: string): Promise<RetentionPreview[]> {
  const now = ctx.clock.now();
  const preview: RetentionPreview[] = [];
  for await (const due of servicesToArchive(ctx, now)) {
    for (const { service_id: service, notification_type: type, days } of due) {
      if (serviceId !== undefined && serviceId !== service) continue;
      const slice = { serviceId: service, type, before: cutOffOf(now, days) };
      for (const row of await countPastRetention(ctx.db.kysely, slice)) {
        const [keyType, status] = [row.key_type, row.notification_status];
        const decision = decideRetention({ type, keyType, status });
        preview.push({ serviceId: service, type, keyType, status, count: row.count, ...decision });
      }
    }
  }
  return preview;
}
