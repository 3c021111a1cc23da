import type { NotifyContext } from '../context.ts';
import {
  findFileProblems,
  isFileObject,
  readFileObject,
  simulatedDocumentUrl,
} from '../documents/file-object.ts';
import { BadRequestError, ValidationError } from '../errors.ts';
import type { Service } from '../services/service.ts';

export interface AttachedFiles {
  /** With links in place of the files. */
  personalisation: Record<string, unknown>;
  count: number;
}

/**
 * Keeps the files of an email and puts links in their place: step 19 of public section 3.8. All are checked before the
 * first is kept; what is kept for a message that is refused later expires like any other.
 */
export async function attachFiles(
  ctx: NotifyContext,
  service: Service,
  email: { personalisation: Record<string, unknown>; recipient: string; isSimulated: boolean },
): Promise<AttachedFiles> {
  const files = Object.entries(email.personalisation).filter(([, value]) => isFileObject(value));
  if (files.length === 0) return { personalisation: email.personalisation, count: 0 };
  for (const [, value] of files) {
    const problems = isFileObject(value) ? findFileProblems(value) : [];
    if (problems.length > 0) throw new ValidationError(problems);
  }
  if (!service.contactLink) {
    const admin = ctx.config.adminBaseUrl.replace(/\/+$/, '');
    throw new BadRequestError(
      `Send files by email has not been set up - add contact details for your service at ${admin}/services/${service.id}/service-settings/send-files-by-email`,
    );
  }
  const links = new Map<string, string>();
  for (const [name, value] of files) {
    if (!isFileObject(value)) continue;
    if (email.isSimulated) links.set(name, simulatedDocumentUrl(ctx.documentsUrl, service.id));
    else links.set(name, await store(ctx, service, email.recipient, value));
  }
  const personalisation = Object.fromEntries(
    Object.entries(email.personalisation).map(([name, value]) => [name, links.get(name) ?? value]),
  );
  return { personalisation, count: files.length };
}

async function store(
  ctx: NotifyContext,
  service: Service,
  recipient: string,
  file: Readonly<Record<string, unknown>>,
): Promise<string> {
  const owner = { serviceId: service.id, recipient };
  const stored = await ctx.documents.store(readFileObject(file), owner);
  if ('problem' in stored) throw new BadRequestError(stored.problem.message);
  ctx.log.info(
    { documentId: stored.id, serviceId: service.id, mimeType: stored.mimeType },
    'document stored',
  );
  return stored.url;
}
