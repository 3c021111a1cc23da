export { readDynamoItem } from './dynamo-item.ts';
export { readRows, type SourceRow, splitRecord, UnknownFileError } from './row-source.ts';
