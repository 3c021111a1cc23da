-- works with programs since 0006
-- Codes whose events wait for a settle window: since when, and the newest number that waits. Null outside a window.
alter table directory.ods_sequences
  add column settling_since timestamptz,
  add column settling_sequence_number numeric(38, 0);
