// Reads one schema from the catalogue. Every query runs with an empty search_path, so that what PostgreSQL prints is
// fully qualified, and takes the schema's oid. Members of extensions are left out, and so are partitions: how many
// there are depends on the day.
import { sql, type Transaction } from 'kysely';

// biome-ignore lint/suspicious/noExplicitAny: the catalogue is not in anybody's table types
type CatalogueHandle = Transaction<any>;

export interface Relation {
  oid: string;
  kind: 'r' | 'p' | 'v' | 'm';
  name: string;
  is_unlogged: boolean;
  options: string | null;
  partition_key: string | null;
  view_definition: string | null;
  comment: string | null;
}

export interface Column {
  relation: string;
  name: string;
  type: string;
  collation: string | null;
  is_not_null: boolean;
  identity: '' | 'a' | 'd';
  generated: '' | 's' | 'v';
  default_expression: string | null;
  comment: string | null;
}

export interface Definition {
  relation: string;
  name: string;
  definition: string;
}

export interface Sequence {
  name: string;
  type: string;
  start: string;
  increment: string;
  minimum: string;
  maximum: string;
  cache: string;
  cycles: boolean;
  owner: string | null;
}

export interface TypeDefinition {
  name: string;
  definition: string;
}

export async function isolateSession(trx: CatalogueHandle): Promise<void> {
  await sql`set transaction isolation level repeatable read, read only`.execute(trx);
  await sql`select set_config('search_path', '', true)`.execute(trx);
}

export async function findSchema(trx: CatalogueHandle, name: string): Promise<string | undefined> {
  const { rows } = await sql<{ oid: string }>`
    select oid::text from pg_namespace where nspname = ${name}`.execute(trx);
  return rows[0]?.oid;
}

export async function listRelations(trx: CatalogueHandle, schema: string): Promise<Relation[]> {
  const { rows } = await sql<Relation>`
    select c.oid::text, c.relkind::text as kind, c.oid::regclass::text as name,
           c.relpersistence = 'u' as is_unlogged, array_to_string(c.reloptions, ', ') as options,
           case when c.relkind = 'p' then pg_get_partkeydef(c.oid) end as partition_key,
           case when c.relkind in ('v', 'm') then pg_get_viewdef(c.oid) end as view_definition,
           obj_description(c.oid, 'pg_class') as comment
    from pg_class c
    where c.relnamespace = ${schema}::oid and c.relkind in ('r', 'p', 'v', 'm') and not c.relispartition
      and not exists (select from pg_depend d
                      where d.classid = 'pg_class'::regclass and d.objid = c.oid and d.deptype = 'e')
    order by c.relname collate "C"`.execute(trx);
  return rows;
}

export async function listColumns(trx: CatalogueHandle, schema: string): Promise<Column[]> {
  const { rows } = await sql<Column>`
    select c.oid::text as relation, quote_ident(a.attname) as name, format_type(a.atttypid, a.atttypmod) as type,
           case when a.attcollation <> t.typcollation then a.attcollation::regcollation::text end as collation,
           a.attnotnull as is_not_null, a.attidentity::text as identity, a.attgenerated::text as generated,
           pg_get_expr(d.adbin, d.adrelid) as default_expression, col_description(c.oid, a.attnum) as comment
    from pg_class c
    join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
    join pg_type t on t.oid = a.atttypid
    left join pg_attrdef d on d.adrelid = c.oid and d.adnum = a.attnum
    where c.relnamespace = ${schema}::oid and c.relkind in ('r', 'p')
    order by c.oid, a.attnum`.execute(trx);
  return rows;
}

/** PostgreSQL 18 keeps `not null` as constraints too; the columns say it on every version. */
export async function listConstraints(trx: CatalogueHandle, schema: string): Promise<Definition[]> {
  const { rows } = await sql<Definition>`
    select conrelid::text as relation, quote_ident(conname) as name, pg_get_constraintdef(oid) as definition
    from pg_constraint
    where connamespace = ${schema}::oid and contype in ('p', 'u', 'c', 'f', 'x') and conrelid <> 0 and conparentid = 0
    order by position(contype::text in 'pucfx'), conname collate "C"`.execute(trx);
  return rows;
}

export async function listIndexes(trx: CatalogueHandle, schema: string): Promise<Definition[]> {
  const { rows } = await sql<Definition>`
    select i.indrelid::text as relation, c.relname as name, pg_get_indexdef(c.oid) as definition
    from pg_index i
    join pg_class c on c.oid = i.indexrelid
    where c.relnamespace = ${schema}::oid and not c.relispartition
      and not exists (select from pg_constraint k where k.conindid = c.oid and k.contype in ('p', 'u', 'x'))
    order by c.relname collate "C"`.execute(trx);
  return rows;
}

export async function listTriggers(trx: CatalogueHandle, schema: string): Promise<Definition[]> {
  const { rows } = await sql<Definition>`
    select t.tgrelid::text as relation, t.tgname as name, pg_get_triggerdef(t.oid) as definition
    from pg_trigger t
    join pg_class c on c.oid = t.tgrelid
    where c.relnamespace = ${schema}::oid and not t.tgisinternal and t.tgparentid = 0
    order by t.tgname collate "C"`.execute(trx);
  return rows;
}

/** Sequences behind identity columns belong to the column's own text. */
export async function listSequences(trx: CatalogueHandle, schema: string): Promise<Sequence[]> {
  const { rows } = await sql<Sequence>`
    select c.oid::regclass::text as name, format_type(s.seqtypid, null) as type, s.seqstart::text as start,
           s.seqincrement::text as increment, s.seqmin::text as minimum, s.seqmax::text as maximum,
           s.seqcache::text as cache, s.seqcycle as cycles,
           (select d.refobjid::regclass::text || '.' || quote_ident(a.attname)
            from pg_depend d
            join pg_attribute a on a.attrelid = d.refobjid and a.attnum = d.refobjsubid
            where d.classid = 'pg_class'::regclass and d.objid = c.oid and d.deptype = 'a') as owner
    from pg_class c
    join pg_sequence s on s.seqrelid = c.oid
    where c.relnamespace = ${schema}::oid
      and not exists (select from pg_depend d
                      where d.classid = 'pg_class'::regclass and d.objid = c.oid and d.deptype in ('i', 'e'))
    order by c.relname collate "C"`.execute(trx);
  return rows;
}

export async function listTypes(trx: CatalogueHandle, schema: string): Promise<TypeDefinition[]> {
  const { rows } = await sql<TypeDefinition>`
    select t.oid::regtype::text as name,
           case t.typtype
             when 'e' then (select 'enum (' || string_agg(quote_literal(e.enumlabel), ', ' order by e.enumsortorder) || ')'
                            from pg_enum e where e.enumtypid = t.oid)
             when 'd' then concat_ws(' ', format_type(t.typbasetype, t.typtypmod), 'default ' || t.typdefault,
                            case when t.typnotnull then 'not null' end,
                            (select string_agg('constraint ' || quote_ident(k.conname) || ' ' || pg_get_constraintdef(k.oid),
                                               ' ' order by k.conname)
                             from pg_constraint k where k.contypid = t.oid and k.contype = 'c'))
             else '(' || (select string_agg(quote_ident(a.attname) || ' ' || format_type(a.atttypid, a.atttypmod), ', '
                                            order by a.attnum)
                          from pg_attribute a
                          where a.attrelid = t.typrelid and a.attnum > 0 and not a.attisdropped) || ')'
           end as definition
    from pg_type t
    left join pg_class c on c.oid = t.typrelid
    where t.typnamespace = ${schema}::oid and (t.typtype in ('e', 'd') or c.relkind = 'c')
      and not exists (select from pg_depend d
                      where d.classid = 'pg_type'::regclass and d.objid = t.oid and d.deptype = 'e')
    order by t.typname collate "C"`.execute(trx);
  return rows;
}

export async function listFunctions(trx: CatalogueHandle, schema: string): Promise<string[]> {
  const { rows } = await sql<{ definition: string }>`
    select pg_get_functiondef(p.oid) as definition
    from pg_proc p
    where p.pronamespace = ${schema}::oid and p.prokind in ('f', 'p', 'w')
      and not exists (select from pg_depend d
                      where d.classid = 'pg_proc'::regclass and d.objid = p.oid and d.deptype = 'e')
    order by p.proname collate "C", pg_get_function_identity_arguments(p.oid) collate "C"`.execute(trx);
  return rows.map((row) => row.definition);
}
