-- The language somebody reserved in: the letters about their reservation are written in it.
alter table lists.reservations add column locale text;
