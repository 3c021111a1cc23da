import type { Domain } from '../engine/domain.ts';
import { type Upstream, UpstreamError } from '../upstreams/index.ts';
import { fillPath, fromMappingJson, nomisFieldsOf, shapeOf, toMappingJson } from './mapping-json.ts';
import type { MappingRow } from './mapping-queries.ts';
import type { MappingStore, Room } from './mapping-store.ts';

/** Another mapping service, called as the original calls it: one request for each record. */
export function createHttpMappingStore(upstream: Upstream): MappingStore {
  async function find(domain: Domain, key: string): Promise<MappingRow | undefined> {
    const shape = shapeOf(domain);
    const json = await upstream.read<Record<string, unknown>>({
      path: fillPath(shape.nomisPath, nomisFieldsOf(shape, key)),
      template: shape.nomisPath,
    });
    return json && fromMappingJson(shape, json);
  }

  return {
    isLocal: false,
    async findAll(domain, keys) {
      const rows = await Promise.all(keys.map(async (key) => [key, await find(domain, key)] as const));
      return new Map(rows.flatMap(([key, row]) => (row ? [[key, row] as const] : [])));
    },
    async create(domain, mapping) {
      const { path } = shapeOf(domain);
      const answer = await upstream.request({
        method: 'POST',
        path,
        template: path,
        body: toMappingJson(shapeOf(domain), mapping),
        accept: [409],
      });
      if (answer.status !== 409) return { status: 'created' };
      const existing = existingIn(answer.text);
      // The service names the row in its way, or (F4) leaves it out and has to be asked.
      const row = existing
        ? fromMappingJson(shapeOf(domain), existing)
        : await find(domain, mapping.nomisKey);
      if (row) return { status: 'duplicate', existing: row };
      throw new UpstreamError(upstream.name, 409, { method: 'POST', template: path, body: answer.text });
    },
    async remove(domain, dpsKey) {
      const { path, dpsPath, dpsField } = shapeOf(domain);
      await upstream.request({
        method: 'DELETE',
        path: fillPath(dpsPath, { [dpsField]: dpsKey }),
        template: `${path} by ${dpsField}`,
        accept: [404],
      });
    },
    async countByLabel(domain, label) {
      const { path, pageShape } = shapeOf(domain);
      const page = await upstream.read<{ totalElements?: number; page?: { totalElements: number } }>({
        path: `${path}/migration-id/${encodeURIComponent(label)}`,
        template: `${path}/migration-id/{migrationId}`,
        query: { size: 1 },
      });
      // A 404 means none (spec section 3.6.4).
      return (pageShape === 'A' ? page?.totalElements : page?.page?.totalElements) ?? 0;
    },
    keysOf: async () => [],
    async move(domain, { from, to, bookingId }) {
      const { path } = shapeOf(domain);
      const template =
        bookingId === undefined
          ? `${path}/merge/from/{from}/to/{to}`
          : `${path}/merge/booking-id/{bookingId}/to/{to}`;
      await upstream.request({ method: 'PUT', path: fillPath(template, { from, to, bookingId }), template });
    },
    async findRoom(prisonId, description) {
      return upstream.read<Room>({
        path: `/prison/${encodeURIComponent(prisonId)}/room/nomis-room-id/${encodeURIComponent(description)}`,
        template: '/prison/{prisonId}/room/nomis-room-id/{nomisRoomDescription}',
      });
    },
  };
}

function existingIn(body: string): Record<string, unknown> | undefined {
  const parsed = JSON.parse(body) as { moreInfo?: { existing?: Record<string, unknown> | null } | null };
  return parsed.moreInfo?.existing ?? undefined;
}
