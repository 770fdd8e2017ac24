import { expect, test } from 'vitest';
import { attemptsOf, byStart, replicaName } from '../../../src/model/labels.ts';

const ID = { app: 'shop', service: 'web', release: 7, slot: 2 };

test('a replica beside a former one of its slot has a greater number than that one, also when numbers in between are free', () => {
  expect(replicaName(ID, attemptsOf([]))).toBe('shop.web.7.2');
  expect(replicaName(ID, attemptsOf(['shop.web.7.2']))).toBe('shop.web.7.2-2');
  expect(replicaName(ID, attemptsOf(['shop.web.7.2-3', 'shop.web.7.20', 'shop.web.6.2-9']))).toBe('shop.web.7.2-4');
});

test('names tell who was started first: by release, then by the number after the dash', () => {
  const names = ['shop.web.10.2', 'shop.web.7.2-10', 'shop.web.7.2', 'shop.web.7.2-9'];
  expect(names.toSorted(byStart)).toEqual(['shop.web.7.2', 'shop.web.7.2-9', 'shop.web.7.2-10', 'shop.web.10.2']);
});

test('names that somebody gave by hand are no attempts', () => {
  expect(replicaName(ID, attemptsOf(['shop.web.7.2-old', 'old-shop', 'web']))).toBe('shop.web.7.2');
  expect(replicaName(ID, attemptsOf(['shop.web.7.2-old', 'shop.web.7.2']))).toBe('shop.web.7.2-2');
});
