import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { findRegion, type HierarchyRow } from './region.ts';

const ROWS = new Map<number, HierarchyRow>(
  [
    { id: 1, name: 'North West', parentId: null },
    { id: 2, name: 'Commissioner', parentId: 1 },
    { id: 3, name: 'Pharmacy', parentId: 2 },
    { id: 4, name: 'Loop A', parentId: 5 },
    { id: 5, name: 'Loop B', parentId: 4 },
    { id: 6, name: 'Own parent', parentId: 6 },
    { id: 7, name: 'Orphan', parentId: 99 },
  ].map((row) => [row.id, row]),
);

describe('the region of a service', () => {
  for (const [id, region] of [
    [3, 'North West'],
    [1, 'North West'],
    [4, 'Region not found'],
    [6, 'Region not found'],
    [7, 'Region not found'],
    [99, 'Region not found'],
  ] as const) {
    it(`${id} is ${region}`, () => assert.equal(findRegion(id, ROWS), region));
  }
});
