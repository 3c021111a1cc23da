-- The reference data of DoS that the module depends on, and a few sample postcodes; see SOURCES.md.

set local search_path to pathwaysdos;

insert into servicestatuses (id, name) values
  (1, 'active'),
  (2, 'closed'),
  (3, 'commissioning'),
  (4, 'pending'),
  (5, 'suspended'),
  (6, 'retired'),
  (7, 'template')
on conflict do nothing;

insert into servicetypes (id, name, nationalranking, searchcapacitystatus, capacitymodel, capacityreset) values
  (-2, 'Local Template', null, true, 'n/a', 'interval'),
  (-1, 'DoS Region', null, true, 'n/a', 'interval'),
  (4, 'Therapy', '10', true, 'n/a', 'interval'),
  (6, 'Commissioning Cluster', null, true, 'n/a', 'interval'),
  (7, 'Mental Health', '2', true, 'n/a', 'interval'),
  (8, 'Social Care', '3', true, 'n/a', 'interval'),
  (11, 'Voluntary', '3', true, 'n/a', 'interval'),
  (12, 'Dental Practice', '4', true, 'n/a', 'interval'),
  (13, 'Pharmacy', '1', true, 'n/a', 'interval'),
  (14, 'Optical', '2', true, 'n/a', 'interval'),
  (17, 'Clinic', '10', true, 'n/a', 'interval'),
  (18, 'Health Visitor', '3', true, 'n/a', 'interval'),
  (19, 'Midwifery', '3', true, 'n/a', 'interval'),
  (20, 'Community Based', '3', true, 'n/a', 'interval'),
  (21, 'Retired', null, true, 'n/a', 'interval'),
  (22, 'Commissioning Organisation', null, true, 'n/a', 'interval'),
  (24, 'Care Home', '10', true, 'n/a', 'interval'),
  (25, 'Integrated Urgent Care (IUC) Treatment', '7', true, 'n/a', 'interval'),
  (27, 'Intermediate Care', '3', true, 'n/a', 'interval'),
  (28, 'Community Hospital', '10', true, 'n/a', 'interval'),
  (29, 'Sexual Health', '2', true, 'n/a', 'interval'),
  (38, 'Community/District Nursing', '3', true, 'n/a', 'interval'),
  (40, 'Emergency Department (ED) Catch-All', '9', true, 'n/a', 'interval'),
  (41, 'Hospital Acute Assessment Unit (AAU)', '8', true, 'n/a', 'interval'),
  (46, 'Urgent Care', '5', true, 'n/a', 'interval'),
  (47, 'Dental Emergency', '8', true, 'n/a', 'interval'),
  (48, 'Specialist', '2', true, 'n/a', 'interval'),
  (50, 'Palliative Care', '3', true, 'n/a', 'interval'),
  (100, 'GP Practice', '4', true, 'n/a', 'interval'),
  (105, 'Emergency Department (ED)', '9', true, 'n/a', 'interval'),
  (107, '(Capacity) Critical Care (CC)', null, true, 'n/a', 'interval'),
  (108, '(Capacity) Paediatrics Intensive Care Unit (PICU)', null, true, 'n/a', 'interval'),
  (109, '(Capacity) Burns (B)', null, true, 'n/a', 'interval'),
  (110, '(Capacity) Maternity and Neonate (MN)', null, true, 'n/a', 'interval'),
  (111, '(Capacity) Paediatrics (PDR)', null, true, 'n/a', 'interval'),
  (112, 'Optical Enhanced', '2', true, 'n/a', 'interval'),
  (113, 'Health Information', '2', true, 'n/a', 'interval'),
  (114, '(Capacity) Acute Hospital', null, true, 'n/a', 'interval'),
  (115, '(Capacity) Provider Escalation/RAG', null, true, 'n/a', 'interval'),
  (120, 'Emergency Department (ED) Eye Casualty', '8', true, 'n/a', 'interval'),
  (121, 'Primary Percutaneous Coronary Intervention (PPCI)', '8', true, 'n/a', 'interval'),
  (122, 'Hyper-Acute Stroke Unit (HASU)', '8', true, 'n/a', 'interval'),
  (129, 'Safeguarding', '2', true, 'n/a', 'interval'),
  (130, 'Integrated Urgent Care (IUC) NHS 111 Call Handling', '8', true, 'n/a', 'interval'),
  (131, 'Pharmacy Urgent Medicines Supply', '2', true, 'n/a', 'interval'),
  (132, 'Pharmacy Enhanced', '1', true, 'n/a', 'interval'),
  (133, 'Integrated Urgent Care (IUC) Clinical Assessment', '6', true, 'n/a', 'interval'),
  (134, 'Pharmacy Distance Selling', '1', true, 'n/a', 'interval'),
  (135, 'Urgent Treatment Centre (UTC)', '5', true, 'n/a', 'interval'),
  (136, 'GP Access Hub', '4', true, 'n/a', 'interval'),
  (137, 'Integrated Urgent Care (IUC) Pharmacy Clinical Assessment', '6', true, 'n/a', 'interval'),
  (138, 'Emergency National Response', '3', true, 'n/a', 'interval'),
  (139, 'Integrated Urgent Care (IUC) Validation', '6', true, 'n/a', 'interval'),
  (140, 'Same Day Emergency Care (SDEC)', '8', true, 'n/a', 'interval'),
  (141, 'Hospital Streaming', '1', true, 'n/a', 'interval'),
  (142, 'Mental Health Crisis', '6', true, 'n/a', 'interval'),
  (143, 'Sexual Assault Referral Centre (SARC)', '1', true, 'n/a', 'interval'),
  (144, 'Integrated Urgent Care (IUC) Dental Clinical Assessment', '6', true, 'n/a', 'interval'),
  (145, 'Integrated Urgent Care (IUC) Paediatric Clinical Assessment', '6', true, 'n/a', 'interval'),
  (146, 'Urgent Community Response (UCR)', '3', true, 'n/a', 'interval'),
  (147, 'Covid Medicines Delivery Unit (CMDU)', '1', true, 'n/a', 'interval'),
  (148, 'Pharmacy Blood Pressure Check', '1', true, 'n/a', 'interval'),
  (149, 'Pharmacy Contraception', '1', true, 'n/a', 'interval'),
  (150, 'Urgent Treatment Centre (UTC) Co-Located with ED', '6', true, 'n/a', 'interval'),
  (151, 'Primary Care Network (PCN)', '6', true, 'n/a', 'interval'),
  (152, 'Primary Care Network (PCN) Enhanced Service', '6', true, 'n/a', 'interval'),
  (153, 'Maternity and Neonatal', '6', true, 'n/a', 'interval'),
  (154, 'Early Pregnancy Assessment Unit (EPAU)', '6', true, 'n/a', 'interval'),
  (155, 'Virtual Ward', '6', true, 'n/a', 'interval'),
  (156, 'Dental Urgent Care', '6', true, 'n/a', 'interval'),
  (157, 'Infection Hub', '6', true, 'n/a', 'interval'),
  (158, 'Ambulance Service Pathway', '2', true, 'n/a', 'interval'),
  (159, 'Primary Care Clinic', '2', true, 'n/a', 'interval'),
  (160, 'Care Transfer Hub', '10', true, 'n/a', 'interval')
on conflict do nothing;

insert into openingtimedays (id, name) values
  (1, 'Monday'),
  (2, 'Tuesday'),
  (3, 'Wednesday'),
  (4, 'Thursday'),
  (5, 'Friday'),
  (6, 'Saturday'),
  (7, 'Sunday'),
  (8, 'BankHoliday')
on conflict do nothing;

insert into symptomgroups (id, name, zcodeexists) values
  (360, 'z2.0 - Service Types', true)
on conflict do nothing;

insert into symptomdiscriminators (id, description) values
  (14167, 'Pharmacy Palliative Care Medication Stockholder'),
  (14207, 'NHS Community Pharmacy Blood Pressure Check Service'),
  (14210, 'NHS Community Pharmacy Contraception Service')
on conflict do nothing;

insert into symptomgroupsymptomdiscriminators (id, symptomgroupid, symptomdiscriminatorid) values
  (3525, 360, 14167),
  (6388, 360, 14207),
  (6389, 360, 14210)
on conflict do nothing;

insert into locations (id, postcode, easting, northing, postaltown, latitude, longitude) values
  (900001, 'LS1 4AP', 430201, 433396, 'LEEDS', 53.796, -1.543),
  (900002, 'EX2 5SE', 294904, 91656, 'EXETER', 50.715, -3.49),
  (900003, 'E14 4PU', 537590, 180156, 'LONDON', 51.5036, -0.019),
  (900004, 'PR8 2HH', 332838, 414977, 'SOUTHPORT', 53.627, -3.017),
  (900005, 'TA3 7QY', 324949, 118387, 'TAUNTON', 50.96, -3.07),
  (900006, 'ZZ99 1AA', 434039, 289239, 'SAMPLETON', 52.5, -1.5),
  (900007, 'ZZ99 1AB', 433971, 289350, 'SAMPLETON', 52.501, -1.501),
  (900100, 'ZZ99 1AC', null, null, 'SAMPLETON', null, null)
on conflict do nothing;

-- The rows above bring their own ids, so rows inserted without one must start after them.
select setval('servicestatuses_id_seq', (select max(id) from servicestatuses)),
  setval('openingtimedays_id_seq', (select max(id) from openingtimedays)),
  setval('symptomgroupsymptomdiscriminators_id_seq', (select max(id) from symptomgroupsymptomdiscriminators)),
  setval('locations_id_seq', (select max(id) from locations));
