/** A service in the hierarchy of DoS: pharmacies hang under commissioners, commissioners under regions. */
export interface HierarchyRow {
  id: number;
  name: string;
  parentId: number | null;
}

const NOT_FOUND = 'Region not found';

/** The name of the root above a service; a service without parent is its own region (6.17). */
export function findRegion(serviceId: number, rows: ReadonlyMap<number, HierarchyRow>): string {
  const seen = new Set<number>();
  let row = rows.get(serviceId);
  while (row !== undefined && row.parentId !== null) {
    if (seen.has(row.id)) return NOT_FOUND; // D-18: DoS may hold a cycle
    seen.add(row.id);
    row = rows.get(row.parentId);
  }
  return row?.name ?? NOT_FOUND;
}
