-- works with programs since 0002
-- Records of which an event has come and which are read a while later: spec section 4, `transaction_id_buffer`. Events
-- that come while a row is there have nothing to add.
create table migration.gathered_keys (
  migration_type varchar(35) not null,
  nomis_key text not null,
  gathered_at timestamptz not null default now(),
  primary key (migration_type, nomis_key)
);
