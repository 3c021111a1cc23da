import { roll } from './dice.ts';

/** A service that DoS holds for a pharmacy: its type, its status and the ODS code it goes under. */
export interface ServiceProfile {
  odsCode: string;
  typeId: number;
  statusId: number;
  /** Whether the service carries the Z code of its type. */
  hasZCode: boolean;
}

const [ACTIVE, CLOSED, COMMISSIONING] = [1, 2, 3];

/** The DoS services of a pharmacy, about 1.7 on average: itself first, then what is derived from it. */
export function servicesOf(odsCode: string): ServiceProfile[] {
  const services = [
    { odsCode, typeId: 13, statusId: ACTIVE, hasZCode: roll(100, odsCode, 'palliative care') < 30 },
  ];
  const bloodPressure = switchedService(odsCode, 148, 'A', roll(100, odsCode, 'blood pressure'), 34, 42);
  const contraception = switchedService(odsCode, 149, 'B', roll(100, odsCode, 'contraception'), 17, 24);
  if (bloodPressure !== null) services.push(bloodPressure);
  if (contraception !== null) services.push(contraception);
  const further = [131, 132, 134, 137][roll(50, odsCode, 'further service')];
  if (further !== undefined) {
    services.push({ odsCode: `${odsCode}C`, typeId: further, statusId: ACTIVE, hasZCode: false });
  }
  return services;
}

function switchedService(
  pharmacy: string,
  typeId: number,
  suffix: string,
  rolled: number,
  activeBelow: number,
  existsBelow: number,
): ServiceProfile | null {
  if (rolled >= existsBelow) return null;
  const odsCode = `${pharmacy}${suffix}`;
  if (rolled < activeBelow) return { odsCode, typeId, statusId: ACTIVE, hasZCode: true };
  // One that was open before keeps its Z code, one that is being set up has none yet.
  return rolled % 2 === 0
    ? { odsCode, typeId, statusId: CLOSED, hasZCode: true }
    : { odsCode, typeId, statusId: COMMISSIONING, hasZCode: false };
}
