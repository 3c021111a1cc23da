-- works with programs since 0004
-- Brands: internals sections 3.4.17 and 4.1. ---------------------------------------------------------------------------

create table notify.email_brands (
  id uuid primary key,
  name text not null,
  -- `#rrggbb` of the bar or banner.
  colour text,
  -- Name of the file in the bucket of logos.
  logo text,
  text text,
  alt_text text,
  brand_type text not null default 'org',
  active boolean not null default true,
  created_by_id uuid references notify.users (id),
  updated_by_id uuid references notify.users (id),
  created_at timestamptz not null,
  updated_at timestamptz,
  constraint email_brands_name_key unique (name),
  constraint email_brands_type_check check (brand_type in ('org', 'both', 'org_banner')),
  constraint email_brands_one_text_check check ((text is null) <> (alt_text is null))
);

create table notify.letter_brands (
  id uuid primary key,
  name text not null,
  -- Name of the file in the bucket of logos, without its ending.
  filename text not null,
  created_by_id uuid references notify.users (id),
  updated_by_id uuid references notify.users (id),
  created_at timestamptz not null,
  updated_at timestamptz,
  constraint letter_brands_name_key unique (name),
  constraint letter_brands_filename_key unique (filename)
);

-- What an organisation lets its services choose from.
create table notify.email_brand_pools (
  organisation_id uuid not null references notify.organisations (id),
  email_brand_id uuid not null references notify.email_brands (id),
  primary key (organisation_id, email_brand_id)
);
create index email_brand_pools_brand_idx on notify.email_brand_pools (email_brand_id);
create table notify.letter_brand_pools (
  organisation_id uuid not null references notify.organisations (id),
  letter_brand_id uuid not null references notify.letter_brands (id),
  primary key (organisation_id, letter_brand_id)
);
create index letter_brand_pools_brand_idx on notify.letter_brand_pools (letter_brand_id);

alter table notify.organisations
  add column email_branding_id uuid references notify.email_brands (id),
  add column letter_branding_id uuid references notify.letter_brands (id);
create index organisations_email_branding_idx on notify.organisations (email_branding_id)
  where email_branding_id is not null;
create index organisations_letter_branding_idx on notify.organisations (letter_branding_id)
  where letter_branding_id is not null;
alter table notify.services
  add column email_branding_id uuid references notify.email_brands (id),
  add column letter_branding_id uuid references notify.letter_brands (id);
create index services_email_branding_idx on notify.services (email_branding_id) where email_branding_id is not null;
create index services_letter_branding_idx on notify.services (letter_branding_id) where letter_branding_id is not null;

-- Fixed identifiers: internals appendix D.
insert into notify.email_brands (id, name, alt_text, brand_type, created_at)
  values ('a7dc4e56-660b-4db7-8cff-12c37b12b5ea', 'NHS', 'NHS', 'org', now());
insert into notify.letter_brands (id, name, filename, created_at)
  values ('2cd354bb-6b85-eda3-c0ad-6b613150459f', 'NHS', 'nhs', now());
insert into notify.organisations (id, name, crown, organisation_type, created_at)
  values ('477f8870-af2b-4b81-9a2c-1fad12028919', 'NHS Notify', false, 'nhs_notify', now())
  on conflict do nothing;

-- Letters in two languages, and PDFs that are printed after a letter: internals sections 3.4.6, 3.4.7 and 4.2. ---------

create table notify.letter_attachments (
  id uuid primary key,
  service_id uuid not null references notify.services (id),
  original_filename text not null,
  page_count smallint not null,
  created_by_id uuid references notify.users (id),
  archived_at timestamptz,
  archived_by_id uuid references notify.users (id),
  created_at timestamptz not null
);
create index letter_attachments_service_idx on notify.letter_attachments (service_id);

alter table notify.templates
  add column letter_languages text,
  add column letter_welsh_subject text,
  add column letter_welsh_content text,
  add column letter_attachment_id uuid references notify.letter_attachments (id),
  add constraint templates_languages_check
    check (letter_languages is null or (template_type = 'letter' and letter_languages in ('english', 'welsh_then_english'))),
  add constraint templates_attachment_check check (letter_attachment_id is null or template_type = 'letter');
create index templates_attachment_idx on notify.templates (letter_attachment_id) where letter_attachment_id is not null;
alter table notify.templates_history
  add column letter_languages text,
  add column letter_welsh_subject text,
  add column letter_welsh_content text,
  add column letter_attachment_id uuid;

-- The pages offer 3 to 90 days; the API takes any number, like the original's (internals section 3.4.12). -------------
-- `days_of_retention` is what retention goes by, within reason; the number that was given is shown again.
alter table notify.data_retention
  drop constraint data_retention_days_check,
  add constraint data_retention_days_check check (days_of_retention between 0 and 36500),
  add column days_given integer;

-- Who changed a provider, where it was somebody of the website.
alter table notify.providers_history add column created_by_id uuid references notify.users (id);

-- Complaints page by page, and by the day they came.
create index complaints_created_idx on notify.complaints (created_at, id);
-- Requests that somebody has open for a service.
create index service_join_requests_requester_idx on notify.service_join_requests (requester_id, service_id);
