import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { JsonObject } from '../change-events/lossless-json.ts';
import type { DosService } from '../dos/dos-service.ts';
import { dosService, entity, surroundings } from '../testing/builders.ts';
import { compareService } from './compare-service.ts';

const PALLIATIVE = { UecServices: [{ ServiceCode: 'SRV0559' }] };
const WITH_CODE = { zCodes: new Set(['360=14167']) };
const NO_CODES = surroundings({ knownZCodes: new Set() });

function compare(record: JsonObject, dos: Partial<DosService>, around = surroundings()) {
  return compareService(dosService(dos), entity(record), around);
}

function hasMessage({ remarks }: ReturnType<typeof compare>, message: string): boolean {
  return remarks.some((remark) => remark.message === message);
}

describe('comparing palliative care', () => {
  const zCode = { symptomGroupId: 360, symptomDiscriminatorId: 14167 };

  it('adds the Z code', () => {
    const comparison = compare(PALLIATIVE, {});
    assert.deepEqual(comparison.changes, [{ kind: 'z_code', action: 'add', zCode }]);
    assert.ok(hasMessage(comparison, "Palliative Care is not equal, DoS='False' != NHS UK='True'"));
  });

  it('deletes the Z code', () => {
    const comparison = compare({ UecServices: [] }, WITH_CODE);
    assert.deepEqual(comparison.changes, [{ kind: 'z_code', action: 'delete', zCode }]);
    assert.ok(hasMessage(comparison, "Palliative Care is not equal, DoS='True' != NHS UK='False'"));
  });

  it('finds nothing when both agree', () => {
    const comparison = compare(PALLIATIVE, WITH_CODE);
    assert.deepEqual(comparison.changes, []);
    assert.ok(hasMessage(comparison, "Palliative Care is equal, DoS='True' == NHS UK='True'"));
    assert.deepEqual(
      comparison.remarks.find(({ message }) => message.startsWith('No change / Not')),
      {
        level: 'INFO',
        message: 'No change / Not suitable for palliative care comparison',
        fields: {
          nhs_uk_palliative_care: true,
          dos_palliative_care: true,
          dos_odscode: 'FZX01',
          skip_palliative_care_check: false,
        },
      },
    );
  });

  it('skips a list that was never set', () => {
    const comparison = compare({ UecServices: null }, WITH_CODE);
    assert.deepEqual(comparison.changes, []);
    assert.ok(hasMessage(comparison, "Palliative Care is not equal, DoS='True' != NHS UK='None'"));
    assert.deepEqual(
      comparison.remarks.find(({ message }) => message.startsWith('No change / Not'))?.fields,
      {
        nhs_uk_palliative_care: 'Never been updated on Profile Manager, skipped palliative care checks',
        dos_palliative_care: true,
        dos_odscode: 'FZX01',
        skip_palliative_care_check: true,
      },
    );
  });

  for (const [claim, dos] of [
    ['a secondary pharmacy service', { odsCode: 'FZX01A' }],
    ['another type', { typeId: 131 }],
    ['no ODS code', { odsCode: null }],
  ] as [string, Partial<DosService>][]) {
    it(`is not suitable for ${claim}`, () => {
      const comparison = compare(PALLIATIVE, dos);
      assert.deepEqual(comparison.changes, []);
      assert.ok(hasMessage(comparison, 'No change / Not suitable for palliative care comparison'));
      assert.ok(!comparison.remarks.some(({ message }) => message.startsWith('Palliative Care is')));
    });
  }

  it('reports a Z code that DoS does not have, and saves nothing for it', () => {
    const comparison = compare(PALLIATIVE, {}, NO_CODES);
    assert.deepEqual(comparison.changes, []);
    assert.deepEqual(comparison.reports, [
      {
        key: 'GENERIC_CHANGE_EVENT_ERROR',
        message: 'Palliative Care Z code does not exist in the DoS database',
        fields: {
          error_reason: 'Palliative Care Z code does not exist',
          error_info: 'symptom_group_symptom_discriminator=False',
        },
        regionOf: 101,
      },
    ]);
    assert.deepEqual(
      comparison.remarks.find(({ level }) => level === 'ERROR'),
      {
        level: 'ERROR',
        message:
          'Unable to save palliative care changes for service id 101 as the palliative care Z code does not ' +
          'exist in the DoS database',
        fields: { palliative_care_is_set_to: true },
        metric: 'DoSPalliativeCareZCodeDoesNotExist',
      },
    );
  });
});

for (const [name, typeId, nhsCode, symptomDiscriminatorId, metric, key] of [
  ['Blood Pressure', 148, 'SRV0560', 14207, 'BloodPressureZCodeDoesNotExist', 'new_blood_pressure_status'],
  ['Contraception', 149, 'SRV2000', 14210, 'ContraceptionZCodeDoesNotExist', 'new_contraception_status'],
] as const) {
  describe(`comparing ${name.toLowerCase()}`, () => {
    const zCode = { symptomGroupId: 360, symptomDiscriminatorId };
    const on = { typeId, odsCode: 'FZX01A' };
    const off = { ...on, statusId: 3, statusName: 'commissioning' };
    const offered = { Services: [{ ServiceCode: nhsCode }] };
    const zCodes = new Set([`360=${symptomDiscriminatorId}`]);
    const activation = { kind: 'status', statusId: 1, previous: 'commissioning', value: 'active' };

    it('does not suit other types', () => {
      const comparison = compare(offered, {});
      assert.deepEqual(comparison.changes, []);
      assert.deepEqual(
        comparison.remarks.find(
          ({ message }) => message === `Not Suitable for ${name.toLowerCase()} comparison`,
        )?.fields,
        { dos_service_type_id: 13 },
      );
    });

    it('finds nothing when it is on in both', () => {
      const comparison = compare(offered, on);
      assert.deepEqual(comparison.changes, []);
      assert.ok(hasMessage(comparison, `${name} is equal, DoS='True' == NHS UK='True'`));
      assert.ok(hasMessage(comparison, `No change to ${name.toLowerCase()}`));
    });

    it('finds nothing when it is off in both', () => {
      assert.deepEqual(compare({}, off).changes, []);
      assert.deepEqual(compare({ Services: null }, off).changes, []);
    });

    it('switches it on and adds the missing Z code', () => {
      const comparison = compare(offered, off);
      assert.deepEqual(comparison.changes, [activation, { kind: 'z_code', action: 'add', zCode }]);
      assert.ok(hasMessage(comparison, `${name} is not equal, DoS='False' != NHS UK='True'`));
    });

    it('switches it on and leaves a Z code that is there', () => {
      assert.deepEqual(compare(offered, { ...off, zCodes }).changes, [activation]);
    });

    it('switches it on even when DoS does not have the Z code, and reports that', () => {
      const comparison = compare(offered, off, NO_CODES);
      assert.deepEqual(comparison.changes, [activation]);
      assert.equal(comparison.reports[0]?.message, `${name} Z code does not exist in the DoS database`);
      assert.deepEqual(
        comparison.remarks.find(({ level }) => level === 'ERROR'),
        {
          level: 'ERROR',
          message:
            `Unable to save z code ${name.toLowerCase()} changes for service id 101 as the ${name.toLowerCase()} ` +
            'Z code does not exist in the DoS database',
          fields: { [key]: 'active' },
          metric,
        },
      );
    });

    it('closes it and leaves the Z code', () => {
      const closing = { kind: 'status', statusId: 2, previous: 'active', value: 'closed' };
      assert.deepEqual(compare({}, { ...on, zCodes }).changes, [closing]);
    });

    it('closes it with a warning when the list was never set', () => {
      const comparison = compare({ Services: null }, on);
      assert.deepEqual(comparison.changes, [
        { kind: 'status', statusId: 2, previous: 'active', value: 'closed' },
      ]);
      const warnings = comparison.remarks.filter(({ level }) => level === 'WARNING');
      assert.ok(
        warnings.some(({ message }) => message.startsWith(`Closing the ${name.toLowerCase()} service`)),
      );
    });

    it('goes on with the other attributes of the service', () => {
      const comparison = compare({ ...offered, Address1: 'UNIT 9' }, off);
      assert.deepEqual(
        comparison.changes.map(({ kind }) => kind),
        ['column', 'status', 'z_code'],
      );
    });
  });
}
