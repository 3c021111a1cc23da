-- Mappings that name whose their record is are found by it; the others have no extra columns and no place in these.
create index mappings_of_prisoner on migration.mappings (migration_type, (extra->>'offenderNo'))
  where extra is not null;
create index mappings_of_booking on migration.mappings (migration_type, (extra->>'nomisBookingId'))
  where extra is not null;

-- Records whose dead letter stands, some of them with an unknown outcome. The column changes only with a failure, so
-- the four updates of a record's way stay in place.
create index ledger_failed on migration.ledger (migration_type) where failed_in is not null;
