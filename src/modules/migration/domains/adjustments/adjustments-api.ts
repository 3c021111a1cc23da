// Calls to the adjustments API: spec appendix B.4. It cannot be asked for an adjustment by anything but its own id.
import type { CallContext, CreateContext, CreateResult } from '../../engine/domain.ts';
import type { Upstream } from '../../upstreams/index.ts';
import type { LegacyAdjustment } from './legacy-adjustment.ts';

const PATH = '/legacy/adjustments';
const ONE = `${PATH}/{adjustmentId}`;
const MEDIA_TYPE = 'application/vnd.nomis-offence+json';

export async function createAdjustment(
  target: Upstream,
  body: unknown,
  call: CreateContext,
): Promise<CreateResult> {
  const { idempotencyKey, isBulk, ...rest } = call;
  // On the path for bulk runs the target raises no events.
  const path = isBulk ? `${PATH}/migration` : PATH;
  const answer = await target.request({
    method: 'POST',
    path,
    template: path,
    body,
    contentType: MEDIA_TYPE,
    headers: { 'idempotency-key': idempotencyKey },
    ...rest,
  });
  const { adjustmentId } = JSON.parse(answer.text) as { adjustmentId: string };
  return { status: 'accepted', targetId: adjustmentId };
}

/** A 404 is a failure: the mapping is stale and a person has to look. */
export async function updateAdjustment(
  target: Upstream,
  adjustmentId: string,
  body: unknown,
  call: CallContext,
): Promise<void> {
  await target.request({
    method: 'PUT',
    path: pathOf(adjustmentId),
    template: ONE,
    body,
    contentType: MEDIA_TYPE,
    ...call,
  });
}

export async function removeAdjustment(
  target: Upstream,
  adjustmentId: string,
  call: CallContext,
): Promise<void> {
  await target.request({
    method: 'DELETE',
    path: pathOf(adjustmentId),
    template: ONE,
    headers: { 'content-type': MEDIA_TYPE },
    accept: [404],
    ...call,
  });
}

export function readAdjustment(
  target: Upstream,
  adjustmentId: string,
  call: CallContext,
): Promise<LegacyAdjustment | undefined> {
  return target.read<LegacyAdjustment>({ path: pathOf(adjustmentId), template: ONE, ...call });
}

function pathOf(adjustmentId: string): string {
  return `${PATH}/${encodeURIComponent(adjustmentId)}`;
}
