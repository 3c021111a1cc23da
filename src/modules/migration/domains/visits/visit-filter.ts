import { type Static, Type } from 'typebox';
import { readLocalDateTime, shortDateTime } from '../../engine/local-time.ts';
import { InvalidRequestError } from '../../errors.ts';

const nullable = <T extends Parameters<typeof Type.Union>[0][number]>(schema: T) =>
  Type.Optional(Type.Union([schema, Type.Null()]));

/** Body of `POST /migrate/visits`: spec section 3.2. */
export const VisitFilter = Type.Object({
  prisonIds: nullable(Type.Array(Type.String())),
  visitTypes: nullable(
    Type.Array(Type.String(), { description: '`SCON` social, `OFFI` official; [] is all' }),
  ),
  fromDateTime: nullable(Type.String({ description: 'Creation time, inclusive' })),
  toDateTime: nullable(Type.String({ description: 'Creation time, inclusive' })),
  endDateTime: nullable(Type.String({ description: 'Former name of toDateTime, which wins' })),
  ignoreMissingRoom: nullable(Type.Boolean()),
});
export type VisitFilter = Static<typeof VisitFilter>;

/** The effective filter; null members are left out. */
export function readVisitFilter(body: VisitFilter): Record<string, unknown> {
  const fromDateTime = readTime('fromDateTime', body.fromDateTime);
  const toDateTime = readTime('toDateTime', body.toDateTime) ?? readTime('endDateTime', body.endDateTime);
  return {
    prisonIds: body.prisonIds ?? [],
    visitTypes: body.visitTypes ?? ['SCON'],
    ...(fromDateTime === undefined ? {} : { fromDateTime }),
    ...(toDateTime === undefined ? {} : { toDateTime }),
    ignoreMissingRoom: body.ignoreMissingRoom ?? false,
  };
}

/** Of `GET /visits/ids`: absent filters are left out (spec section 6.3). */
export function visitQuery(filter: Record<string, unknown>) {
  const { prisonIds, visitTypes, fromDateTime, toDateTime, ignoreMissingRoom } = filter as {
    prisonIds?: string[];
    visitTypes?: string[];
    fromDateTime?: string;
    toDateTime?: string;
    ignoreMissingRoom?: boolean;
  };
  return {
    prisonIds: prisonIds ?? [],
    visitTypes: visitTypes ?? [],
    fromDateTime: fromDateTime && shortDateTime(fromDateTime),
    toDateTime: toDateTime && shortDateTime(toDateTime),
    ignoreMissingRoom,
  };
}

function readTime(name: string, text: string | null | undefined): string | undefined {
  if (text === null || text === undefined) return undefined;
  const time = readLocalDateTime(text);
  if (time === undefined)
    throw new InvalidRequestError(`${name} must be a local date-time, such as 2031-05-04T09:12:33`);
  return time;
}
