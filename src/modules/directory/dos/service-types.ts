/** The service types, statuses and Z codes that change events are about; data, so that a cohort can be added. */

export const PHARMACY = 13;
export const BLOOD_PRESSURE = 148;
export const CONTRACEPTION = 149;

/** Matched only while active (6.5). */
export const ALWAYS_ACTIVE_TYPES: readonly number[] = [PHARMACY, 131, 132, 134, 137];
/** Switched on and off through their status (6.5). */
export const SWITCHED_TYPES: readonly number[] = [BLOOD_PRESSURE, CONTRACEPTION];
export const PHARMACY_TYPES: readonly number[] = [...ALWAYS_ACTIVE_TYPES, ...SWITCHED_TYPES];

export const ACTIVE = 1;
export const CLOSED = 2;
export const COMMISSIONING = 3;
/** The statuses in which a switched service is matched. */
export const SWITCHABLE_STATUSES: readonly number[] = [ACTIVE, CLOSED, COMMISSIONING];

/** A symptom group and a symptom discriminator: how DoS says that a service offers something. */
export interface ZCode {
  symptomGroupId: number;
  symptomDiscriminatorId: number;
}

/** A clinical service of a pharmacy: how NHS.uk and how DoS name it (section 2). */
export interface CommissionedService {
  name: 'Palliative Care' | 'Blood Pressure' | 'Contraception';
  nhsCode: string;
  typeId: number;
  zCode: ZCode;
}

export const palliativeCare: CommissionedService = {
  name: 'Palliative Care',
  nhsCode: 'SRV0559',
  typeId: PHARMACY,
  zCode: { symptomGroupId: 360, symptomDiscriminatorId: 14167 },
};

export const bloodPressure: CommissionedService = {
  name: 'Blood Pressure',
  nhsCode: 'SRV0560',
  typeId: BLOOD_PRESSURE,
  zCode: { symptomGroupId: 360, symptomDiscriminatorId: 14207 },
};

export const contraception: CommissionedService = {
  name: 'Contraception',
  nhsCode: 'SRV2000',
  typeId: CONTRACEPTION,
  zCode: { symptomGroupId: 360, symptomDiscriminatorId: 14210 },
};

export const COMMISSIONED_SERVICES: readonly CommissionedService[] = [
  palliativeCare,
  bloodPressure,
  contraception,
];

/** `360=14167` */
export function formatZCode({ symptomGroupId, symptomDiscriminatorId }: ZCode): string {
  return `${symptomGroupId}=${symptomDiscriminatorId}`;
}

/** Whether an ODS code is that of a pharmacy itself: the codes of its derived services are longer. */
export function isMainOdsCode(odsCode: string | null): boolean {
  return odsCode !== null && [...odsCode].length === 5;
}
