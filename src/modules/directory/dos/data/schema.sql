-- The part of the DoS database that this module reads and writes, for installations without access to the real
-- one. Tables, columns in their order, types, defaults, keys and indexes are those of the published schema; see
-- SOURCES.md. The session search path of the module is `dbo, pathwaysdos`, so both schemas exist.

create schema if not exists dbo;
create schema pathwaysdos;
set local search_path to pathwaysdos;

create sequence services_id_seq as integer;
create table services (
  id integer default nextval('services_id_seq') not null,
  uid varchar(255) not null,
  name varchar(255) not null,
  odscode varchar(255) default null,
  isnational varchar(255) default null,
  openallhours boolean default false not null,
  publicreferralinstructions text,
  telephonetriagereferralinstructions text,
  restricttoreferrals boolean default false not null,
  address varchar(512) default null,
  town varchar(255) default null,
  postcode varchar(255) default null,
  easting integer,
  northing integer,
  publicphone varchar(255) default null,
  nonpublicphone varchar(255) default null,
  fax varchar(255) default null,
  email varchar(255) default null,
  web varchar(512) default null,
  createdby varchar(255) default null,
  createdtime timestamptz(0) default null,
  modifiedby varchar(255) default null,
  modifiedtime timestamptz(0) default null,
  lasttemplatename text,
  lasttemplateid integer,
  typeid integer,
  parentid integer,
  subregionid integer,
  statusid integer,
  organisationid integer,
  returnifopenminutes integer,
  publicname varchar(255),
  latitude double precision,
  longitude double precision,
  professionalreferralinfo text,
  lastverified timestamptz,
  nextverificationdue timestamptz,
  constraint services_pkey primary key (id)
);
alter sequence services_id_seq owned by services.id;

create table servicetypes (
  id integer not null,
  name varchar(255) not null,
  nationalranking varchar(255) default null,
  searchcapacitystatus boolean,
  capacitymodel varchar(255) default null,
  capacityreset varchar(255) default null,
  constraint servicetypes_pkey primary key (id)
);

create sequence servicestatuses_id_seq as integer;
create table servicestatuses (
  id integer default nextval('servicestatuses_id_seq') not null,
  name varchar(255) not null,
  constraint servicestatuses_pkey primary key (id)
);
alter sequence servicestatuses_id_seq owned by servicestatuses.id;

create sequence locations_id_seq as integer;
create table locations (
  id integer default nextval('locations_id_seq') not null,
  postcode varchar(255) default null,
  easting integer,
  northing integer,
  postaltown varchar(255) default null,
  postaladdress varchar(255) default null,
  latitude double precision,
  longitude double precision,
  constraint locations_pkey primary key (id)
);
alter sequence locations_id_seq owned by locations.id;

create sequence openingtimedays_id_seq as integer;
create table openingtimedays (
  id integer default nextval('openingtimedays_id_seq') not null,
  name varchar(255) not null,
  constraint openingtimedays_pkey primary key (id)
);
alter sequence openingtimedays_id_seq owned by openingtimedays.id;

create sequence servicedayopenings_id_seq as integer;
create table servicedayopenings (
  id integer default nextval('servicedayopenings_id_seq') not null,
  serviceid integer not null,
  dayid integer,
  constraint servicedayopenings_pkey primary key (id)
);
alter sequence servicedayopenings_id_seq owned by servicedayopenings.id;

create sequence servicedayopeningtimes_id_seq as integer;
create table servicedayopeningtimes (
  id integer default nextval('servicedayopeningtimes_id_seq') not null,
  starttime time(0) not null,
  endtime time(0) not null,
  servicedayopeningid integer,
  constraint servicedayopeningtimes_pkey primary key (id)
);
alter sequence servicedayopeningtimes_id_seq owned by servicedayopeningtimes.id;

create sequence servicespecifiedopeningdates_id_seq as integer;
create table servicespecifiedopeningdates (
  id integer default nextval('servicespecifiedopeningdates_id_seq') not null,
  date date not null,
  serviceid integer,
  constraint servicespecifiedopeningdates_pkey primary key (id)
);
alter sequence servicespecifiedopeningdates_id_seq owned by servicespecifiedopeningdates.id;

create sequence servicespecifiedopeningtimes_id_seq as integer;
create table servicespecifiedopeningtimes (
  id integer default nextval('servicespecifiedopeningtimes_id_seq') not null,
  starttime time(0) not null,
  endtime time(0) not null,
  isclosed boolean not null,
  servicespecifiedopeningdateid integer,
  constraint servicespecifiedopeningtimes_pkey primary key (id)
);
alter sequence servicespecifiedopeningtimes_id_seq owned by servicespecifiedopeningtimes.id;

create sequence servicesgsds_id_seq as integer;
create table servicesgsds (
  id integer default nextval('servicesgsds_id_seq') not null,
  serviceid integer not null,
  sdid integer not null,
  sgid integer not null,
  constraint servicesgsds_pkey primary key (id)
);
alter sequence servicesgsds_id_seq owned by servicesgsds.id;

create table symptomgroups (
  id integer not null,
  name varchar(255) not null,
  zcodeexists boolean,
  constraint symptomgroups_pkey primary key (id)
);

create table symptomdiscriminators (
  id integer not null,
  description varchar(255) not null,
  constraint symptomdiscriminators_pkey primary key (id)
);

create sequence symptomgroupsymptomdiscriminators_id_seq as integer;
create table symptomgroupsymptomdiscriminators (
  id integer default nextval('symptomgroupsymptomdiscriminators_id_seq') not null,
  symptomgroupid integer not null,
  symptomdiscriminatorid integer not null,
  constraint symptomgroupsymptomdiscriminators_pkey primary key (id)
);
alter sequence symptomgroupsymptomdiscriminators_id_seq owned by symptomgroupsymptomdiscriminators.id;

create table servicehistories (
  serviceid integer not null,
  history text not null,
  constraint servicehistories_pkey primary key (serviceid)
);

create table changes (
  id varchar(255) not null,
  approvestatus varchar(255) not null,
  type varchar(255) not null,
  initiatorname varchar(255) not null,
  servicename varchar(255) not null,
  servicetype varchar(255) default null,
  value text not null,
  createdtimestamp timestamptz(0) default null,
  creatorsname varchar(255) default null,
  modifiedtimestamp timestamptz(0) default null,
  modifiersname varchar(255) default null,
  serviceid integer,
  externalsystem varchar(100) default null,
  externalref varchar(100) default null,
  message text,
  constraint changes_pkey primary key (id)
);

create sequence users_id_seq as integer;
create table users (
  id integer default nextval('users_id_seq') not null,
  username varchar(255) not null,
  firstname varchar(255) not null,
  lastname varchar(255) not null,
  email varchar(255) default null,
  badpasswordcount integer,
  badpasswordtime timestamptz(0) default null,
  phone varchar(255) default null,
  status varchar(255) default null,
  createdtime timestamptz(0) not null,
  lastlogintime timestamptz(0) default null,
  homeorganisation varchar(255) default null,
  accessreason text,
  approvedby varchar(255) default null,
  approveddate timestamptz(0) default null,
  validationtoken varchar(255) default null,
  passsecure varchar(255),
  webserviceonly boolean default false not null,
  passsecureupdatedat timestamptz,
  passsecurehistory jsonb,
  careidentityid varchar(255) default null,
  constraint users_pkey primary key (id),
  constraint users_uk1 unique (careidentityid)
);
alter sequence users_id_seq owned by users.id;


alter table changes add constraint fk_ef9d81a189697fa8
  foreign key (serviceid) references services(id) on delete cascade;
alter table servicedayopenings add constraint fk_42566457194eb424
  foreign key (dayid) references openingtimedays(id);
alter table servicedayopenings add constraint fk_4256645789697fa8
  foreign key (serviceid) references services(id) on delete cascade;
alter table servicedayopeningtimes add constraint fk_e835fd1f6ebd7092
  foreign key (servicedayopeningid) references servicedayopenings(id) on delete cascade;
alter table services add constraint fk_8a44833f10ee4cee
  foreign key (parentid) references services(id);
alter table services add constraint fk_8a44833f6b848fb5
  foreign key (subregionid) references services(id);
alter table services add constraint fk_8a44833f9bf49490
  foreign key (typeid) references servicetypes(id);
alter table services add constraint fk_8a44833ff112f078
  foreign key (statusid) references servicestatuses(id);
alter table servicesgsds add constraint fk_32508c7f7c74e29f
  foreign key (sdid) references symptomdiscriminators(id) on delete cascade;
alter table servicesgsds add constraint fk_32508c7f7e325cc6
  foreign key (sgid) references symptomgroups(id) on delete cascade;
alter table servicesgsds add constraint fk_32508c7f89697fa8
  foreign key (serviceid) references services(id) on delete cascade;
alter table servicespecifiedopeningdates add constraint fk_b1f9f8f589697fa8
  foreign key (serviceid) references services(id) on delete cascade;
alter table servicespecifiedopeningtimes add constraint fk_75adf67a6f27795
  foreign key (servicespecifiedopeningdateid) references servicespecifiedopeningdates(id) on delete cascade;
alter table symptomgroupsymptomdiscriminators add constraint fk_49630122bacd168f
  foreign key (symptomgroupid) references symptomgroups(id);
alter table symptomgroupsymptomdiscriminators add constraint fk_49630122d648d605
  foreign key (symptomdiscriminatorid) references symptomdiscriminators(id) on delete cascade;

create index idx_ef9d81a11ced5b0a9c0b752 on changes (serviceid, approvestatus);
create index idx_ef9d81a189697fa8 on changes (serviceid);
create index idx_ef9d81a1961eaf4a on changes (createdtimestamp);
create index idx_locations_postaltown on locations (postaltown);
create index idx_locations_postcode on locations (postcode);
create index idx_42566457194eb424 on servicedayopenings (dayid);
create index idx_4256645789697fa8 on servicedayopenings (serviceid);
create index idx_servicedayopeningtimes_servicedayopeningid on servicedayopeningtimes (servicedayopeningid);
create unique index un_servicehistories_serviceid on servicehistories (serviceid);
create index idx_8a44833f10ee4cee on services (parentid);
create index idx_8a44833f3be6749b on services (odscode);
create index idx_8a44833f539b0606 on services (uid);
create index idx_8a44833f5e237e06 on services (name);
create index idx_8a44833f62c39f2f on services (organisationid);
create index idx_8a44833f6b848fb5 on services (subregionid);
create index idx_8a44833f98f62385 on services (createdtime);
create index idx_8a44833f9bf49490 on services (typeid);
create index idx_8a44833fa2156f24 on services (lasttemplateid);
create index idx_8a44833fb2cb8f6a63926b8 on services (easting, northing);
create index idx_8a44833ff112f078 on services (statusid);
create index idx_8a44833ff40b5d8b on services (modifiedtime);
create index idx_32508c7f7c74e29f on servicesgsds (sdid);
create index idx_32508c7f7e325cc6 on servicesgsds (sgid);
create index idx_32508c7f89697fa8 on servicesgsds (serviceid);
create unique index uniq_32508c7f89697fa87c74e29f7e325cc6 on servicesgsds (serviceid, sdid, sgid);
create index idx_servicespecifiedopeningdates_serviceid on servicespecifiedopeningdates (serviceid);
create index idx_servicespecifiedopeningtimes_servicespecifiedopeningdateid on servicespecifiedopeningtimes (servicespecifiedopeningdateid);
create index idx_13a6b93b5e237e06 on servicetypes (name);
create index idx_c0db61886de44026 on symptomdiscriminators (description);
create unique index uniq_673868f15e237e06 on symptomgroups (name);
create index idx_49630122bacd168f on symptomgroupsymptomdiscriminators (symptomgroupid);
create index idx_49630122d648d605 on symptomgroupsymptomdiscriminators (symptomdiscriminatorid);
create unique index uniq_49630122bacd168fd648d605 on symptomgroupsymptomdiscriminators (symptomgroupid, symptomdiscriminatorid);
create index idx_d5428aed28cf5be6 on users (lastlogintime);
create index idx_d5428aed7b00651c on users (status);
create index idx_d5428aed870c850a on users (approveddate);
create index idx_d5428aed91161a882392a156 on users (lastname, firstname);
create index idx_d5428aed98f62385 on users (createdtime);
create index idx_d5428aeddd2bbc4d on users (approvedby);
create index idx_d5428aede7927c74 on users (email);
create index idx_users_username_lower on users (lower((username)::text));
create unique index uniq_d5428aedf85e0677 on users (username);

create function assign_service_uid() returns trigger language plpgsql as $$
begin
  new.uid := (2000000000 + new.id)::text;
  return new;
end
$$;

create trigger assign_service_uid before insert on services
  for each row when (new.uid is null) execute function assign_service_uid();
