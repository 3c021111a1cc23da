import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { visitJson } from './visit-json.ts';
import { countSelected, createVisitPlan, selectedAt, type VisitFilter } from './visit-plan.ts';
import { DEFAULT_SHARES } from './visit-shares.ts';

const ALL: VisitFilter = {
  prisonIds: [],
  visitTypes: [],
  from: undefined,
  to: undefined,
  ignoreMissingRoom: false,
};
const SHARES = { ...DEFAULT_SHARES, official: 0.1, future: 0.1, missingRoom: 0.1 };
const planOf = (planned: number) => createVisitPlan({ shares: SHARES, anchorDay: 22_000, planned });

describe('visit plan', () => {
  it('enters every visit later than the one before, and finds it by that second', () => {
    for (const planned of [1, 7, 200_000, 80_000_000]) {
      const plan = planOf(planned);
      const last = Math.min(planned, 5000);
      for (let index = 0; index < last; index += 1) {
        const seconds = plan.createdSeconds(index);
        assert.ok(index === 0 || seconds > plan.createdSeconds(index - 1));
        assert.equal(plan.indexCreatedAt(seconds), index);
      }
      assert.ok(plan.createdSeconds(planned - 1) < 22_000 * 86_400);
    }
  });

  it('finds exactly those that a search through all of them finds', () => {
    const count = 4321;
    const plan = planOf(count);
    const filters: VisitFilter[] = [
      ALL,
      { ...ALL, visitTypes: ['SCON'] },
      { ...ALL, prisonIds: ['HEI', 'WLI'], visitTypes: ['OFFI'] },
      { ...ALL, ignoreMissingRoom: true, from: plan.createdSeconds(777), to: plan.createdSeconds(3001) },
      { ...ALL, from: plan.createdSeconds(777) + 1, to: plan.createdSeconds(3001) - 1 },
      { ...ALL, prisonIds: ['XXX'] },
      { ...ALL, from: plan.createdSeconds(count - 1) + 86_400 },
    ];
    for (const filter of filters) {
      const selection = plan.select(filter, count);
      const found = Array.from({ length: countSelected(selection) }, (_, nth) => selectedAt(selection, nth));
      const searched = Array.from({ length: count }, (_, index) => index).filter((index) => {
        const slot = plan.slotOf(index);
        const seconds = plan.createdSeconds(index);
        return (
          (filter.prisonIds.length === 0 || filter.prisonIds.includes(slot.prison)) &&
          (filter.visitTypes.length === 0 || filter.visitTypes.includes(slot.official ? 'OFFI' : 'SCON')) &&
          (filter.from === undefined || seconds >= filter.from) &&
          (filter.to === undefined || seconds <= filter.to) &&
          !(filter.ignoreMissingRoom && slot.room === undefined)
        );
      });
      assert.deepEqual(found, searched);
    }
  });

  it('prints visits as the contract has them', () => {
    const plan = planOf(20_000);
    for (let index = 0; index < 2000; index += 1) {
      const slot = plan.slotOf(index);
      const visit = JSON.parse(visitJson(plan, index, 500)) as Record<string, unknown>;
      assert.equal(visit.prisonId, slot.prison);
      assert.match(String(visit.offenderNo), /^[A-Z]\d{4}[A-Z]{2}$/);
      assert.equal('agencyInternalLocation' in visit, slot.room !== undefined);
      assert.equal('leadVisitor' in visit, slot.leadVisitor);
      const day = Date.parse(`${String(visit.startDateTime).slice(0, 10)}T00:00:00Z`) / 86_400_000;
      assert.equal(day >= plan.anchorDay, slot.time !== 'past');
    }
  });
});
