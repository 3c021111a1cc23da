import type { Database } from './database.ts';
import {
  type Column,
  type Definition,
  findSchema,
  isolateSession,
  listColumns,
  listConstraints,
  listFunctions,
  listIndexes,
  listRelations,
  listSequences,
  listTriggers,
  listTypes,
  type Relation,
  type Sequence,
} from './schema-dump-queries.ts';

/**
 * What a schema looks like after its schema migrations, as text for review and for comparing. The same schema gives
 * the same text on every supported version of PostgreSQL; the data, partitions and grants are not in it.
 */
export async function dumpSchema(db: Database, schema: string): Promise<string> {
  return db.kysely.transaction().execute(async (trx) => {
    await isolateSession(trx);
    const oid = await findSchema(trx, schema);
    if (oid === undefined)
      throw new Error(`The database has no schema "${schema}"; run its schema migrations first.`);
    const types = await listTypes(trx, oid);
    const sequences = await listSequences(trx, oid);
    const functions = await listFunctions(trx, oid);
    const relations = await listRelations(trx, oid);
    const parts = {
      columns: Map.groupBy(await listColumns(trx, oid), (column) => column.relation),
      constraints: Map.groupBy(await listConstraints(trx, oid), (constraint) => constraint.relation),
      indexes: Map.groupBy(await listIndexes(trx, oid), (index) => index.relation),
      triggers: Map.groupBy(await listTriggers(trx, oid), (trigger) => trigger.relation),
    };
    const sections = [
      `create schema ${schema};`,
      ...types.map((type) => `create ${typeKeyword(type.definition)} ${type.name} as ${type.definition};`),
      ...sequences.map(printSequence),
      ...relations.map((relation) => printRelation(relation, parts)),
      ...functions.map((definition) => `${withoutTrailingSpace(definition)};`),
    ];
    return `${sections.join('\n\n')}\n`;
  });
}

interface RelationParts {
  columns: Map<string, Column[]>;
  constraints: Map<string, Definition[]>;
  indexes: Map<string, Definition[]>;
  triggers: Map<string, Definition[]>;
}

function printRelation(relation: Relation, parts: RelationParts): string {
  const columns = parts.columns.get(relation.oid) ?? [];
  const head =
    relation.view_definition === null
      ? printTable(relation, columns, parts.constraints.get(relation.oid) ?? [])
      : printView(relation, relation.view_definition);
  const comments = columns.filter((column) => column.comment !== null);
  return [
    head,
    ...(relation.comment === null
      ? []
      : [`comment on ${kindOf(relation)} ${relation.name} is ${quote(relation.comment)};`]),
    ...comments.map(
      (column) => `comment on column ${relation.name}.${column.name} is ${quote(column.comment ?? '')};`,
    ),
    ...(parts.indexes.get(relation.oid) ?? []).map((index) => `${index.definition};`),
    ...(parts.triggers.get(relation.oid) ?? []).map((trigger) => `${trigger.definition};`),
  ].join('\n');
}

function printTable(table: Relation, columns: Column[], constraints: Definition[]): string {
  const lines = [
    ...columns.map(printColumn),
    ...constraints.map((constraint) => `constraint ${constraint.name} ${constraint.definition}`),
  ];
  const tail = [
    table.partition_key === null ? '' : ` partition by ${table.partition_key}`,
    table.options === null ? '' : ` with (${table.options})`,
  ];
  const body = lines.map((line) => `\n  ${line}`).join(',');
  return `create ${table.is_unlogged ? 'unlogged ' : ''}table ${table.name} (${body}\n)${tail.join('')};`;
}

function printColumn(column: Column): string {
  return [
    column.name,
    column.type,
    column.collation === null ? '' : `collate ${column.collation}`,
    column.identity === ''
      ? ''
      : `generated ${column.identity === 'a' ? 'always' : 'by default'} as identity`,
    printDefault(column),
    column.is_not_null ? 'not null' : '',
  ]
    .filter((word) => word !== '')
    .join(' ');
}

function printDefault(column: Column): string {
  if (column.default_expression === null) return '';
  if (column.generated === '') return `default ${column.default_expression}`;
  return `generated always as (${column.default_expression}) ${column.generated === 's' ? 'stored' : 'virtual'}`;
}

// PostgreSQL 16 stopped qualifying columns in views over one table, and the line breaks differ as well.
function printView(view: Relation, definition: string): string {
  const query = definition.replace(/\s+/g, ' ').replace(/;\s*$/, '').trim();
  const isOverOneTable = !/\bjoin\b|\bfrom [^()]*,|\(select\b/i.test(query);
  const [, alias] =
    /\bFROM (?:[\w"]+\.)?([\w"]+)(?: (?!WHERE|GROUP|ORDER|LIMIT|HAVING|UNION)([\w"]+))?/.exec(query) ?? [];
  const text =
    isOverOneTable && alias ? query.replaceAll(new RegExp(`(?<![\\w".])${alias}\\.`, 'g'), '') : query;
  return `create ${kindOf(view)} ${view.name} as ${text};`;
}

function kindOf(relation: Relation): string {
  return { r: 'table', p: 'table', v: 'view', m: 'materialized view' }[relation.kind];
}

function printSequence(sequence: Sequence): string {
  return [
    `create sequence ${sequence.name} as ${sequence.type} start ${sequence.start} increment ${sequence.increment}`,
    ` minvalue ${sequence.minimum} maxvalue ${sequence.maximum} cache ${sequence.cache}`,
    sequence.cycles ? ' cycle' : '',
    sequence.owner === null ? '' : ` owned by ${sequence.owner}`,
    ';',
  ].join('');
}

function typeKeyword(definition: string): string {
  return definition.startsWith('enum (') || definition.startsWith('(') ? 'type' : 'domain';
}

function withoutTrailingSpace(text: string): string {
  return text.replace(/[ \t]+$/gm, '').trimEnd();
}

function quote(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
