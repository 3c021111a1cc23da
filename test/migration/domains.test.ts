import { useDomainSetting } from './domain-setting.ts';
import { agencyRegisters } from './domains/agency-registers.ts';
import { alerts } from './domains/alerts.ts';
import { caseNotes } from './domains/case-notes.ts';
import { finance } from './domains/finance.ts';
import { locations } from './domains/locations.ts';
import { staff } from './domains/staff.ts';
import { turns } from './domains/turns.ts';
import { visitBalances } from './domains/visit-balances.ts';

// The domains that are little more than a descriptor: each in bulk, by events, by repair and compared with its target,
// all in one application.
const setting = useDomainSetting({
  CASENOTES_PAGE_SIZE: '4',
  STAFF_PAGE_SIZE: '5',
  PRISONER_BALANCE_PAGE_SIZE: '3',
});
locations(setting);
alerts(setting);
caseNotes(setting);
visitBalances(setting);
staff(setting);
agencyRegisters(setting);
finance(setting);
turns(setting);
