-- How far the changes have been handed to the task that delivers them. One row: whoever hands on holds it.
create table parties.event_publication (
  name text not null,
  transaction_id xid8 not null,
  seq bigint not null,
  constraint event_publication_pkey primary key (name)
);
