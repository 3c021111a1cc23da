-- works with programs since 0005
-- How far retention has walked over texts and emails, by the days they are kept: ids sort by the time they were made, so a
-- walk in their order meets rows where they lie together, whatever service they belong to.
create table notify.retention_walks (
  days integer primary key,
  walked_to uuid not null
);
