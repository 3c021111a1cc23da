import pg from 'pg';

type TypeParser = (text: string) => unknown;

const asText: TypeParser = (text) => text;

// pg names no constant for text[] (1009) in its types.
const textArray: TypeParser = pg.types.getTypeParser(1009 as number, 'text');

// A calendar date has no instant, a bigint or numeric can exceed a double, and a timestamp without a zone means
// whatever its column says: turning any of them into a JavaScript value would lose or invent something.
const PARSERS: Record<number, TypeParser> = {
  1082: asText, // date
  1114: asText, // timestamp without time zone
  20: asText, // int8
  1700: asText, // numeric
  1182: textArray, // date[]
  1115: textArray, // timestamp without time zone[]
  1016: textArray, // int8[]
  1231: textArray, // numeric[]
};

/** Parsers for one pool: `pg.types.setTypeParser` would change every pool of the process, other libraries' too. */
export const valueParsers = {
  getTypeParser(oid: number, format?: 'text' | 'binary'): TypeParser {
    const own = format === 'binary' ? undefined : PARSERS[oid];
    return own ?? pg.types.getTypeParser(oid, format as 'text');
  },
};
