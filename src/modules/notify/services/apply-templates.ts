import type { AppliedChange } from '#platform/module';
import {
  findTemplateFields,
  insertTemplate,
  type StoredTemplateFields,
  setTemplateArchived,
} from './apply-queries.ts';
import type { DeclaredTemplate } from './apply-schema.ts';
import type { Applying } from './apply-services.ts';

/** A template that differs becomes a new version; a new one starts with its earlier versions. */
export async function applyTemplate(
  { trx, isDry, now }: Applying,
  serviceId: string,
  declared: DeclaredTemplate,
): Promise<AppliedChange['change']> {
  const id = declared.id.toLowerCase();
  const stored = await findTemplateFields(trx, id);
  if (stored && stored.service_id !== serviceId) throw new Error(`Template ${id} belongs to another service`);
  if (stored && stored.template_type !== declared.type)
    throw new Error(`Template ${id} is not of type ${declared.type}`);
  if (declared.type !== 'sms' && declared.subject === undefined)
    throw new Error(`Template ${id} needs a subject`);
  if (stored && isSameVersion(stored, declared)) {
    if (stored.archived === (declared.archived ?? false)) return 'unchanged';
    if (!isDry) await setTemplateArchived(trx, id, declared.archived ?? false, now);
    return 'changed';
  }
  if (isDry) return stored ? 'changed' : 'created';
  const earlier = stored ? [] : (declared.earlier_versions ?? []);
  let version = stored?.version ?? 0;
  const createdAt = stored?.created_at ?? now;
  for (const content of [...earlier, declared]) {
    version += 1;
    await insertTemplate(trx, {
      id,
      service_id: serviceId,
      template_type: declared.type,
      name: content.name,
      content: content.content,
      subject: declared.type === 'sms' ? null : (content.subject ?? declared.subject ?? null),
      postage: declared.type === 'letter' ? (declared.postage ?? 'second') : null,
      hidden: false,
      letter_contact_id: declared.letter_contact_id?.toLowerCase() ?? null,
      has_unsubscribe_link: declared.has_unsubscribe_link ?? false,
      created_by: declared.created_by ?? 'notify@localhost',
      version,
      created_at: createdAt,
      updated_at: version === 1 ? null : now,
    });
  }
  if (declared.archived) await setTemplateArchived(trx, id, true, now);
  return stored ? 'changed' : 'created';
}

function isSameVersion(stored: StoredTemplateFields, declared: DeclaredTemplate): boolean {
  return (
    stored.name === declared.name &&
    stored.content === declared.content &&
    stored.subject === (declared.type === 'sms' ? null : (declared.subject ?? null)) &&
    (declared.type !== 'letter' || stored.postage === (declared.postage ?? 'second')) &&
    stored.letter_contact_id === (declared.letter_contact_id?.toLowerCase() ?? null) &&
    stored.has_unsubscribe_link === (declared.has_unsubscribe_link ?? false)
  );
}
