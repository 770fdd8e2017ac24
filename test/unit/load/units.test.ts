import { expect, test } from 'vitest';
import { parseCpus, parseDuration, parseMode, parsePortRange, parseRatio, parseSize } from '../../../src/load/units.ts';

test.each([
  ['0', 0],
  ['10s', 10_000],
  ['1m30s', 90_000],
  ['1h2m3s4ms', 3_723_004],
  ['500ms', 500],
  ['1500us', 2],
  ['1.5s', 1500],
])('the duration %s is %d ms', (text, ms) => {
  expect(parseDuration(text)).toBe(ms);
});

test.each([
  ['1024', 1024],
  ['64b', 64],
  ['2k', 2048],
  ['512m', 536_870_912],
  ['512MB', 536_870_912],
  ['64MiB', 67_108_864],
  ['1.5g', 1_610_612_736],
  ['1 GiB', 1_073_741_824],
])('the size %s is %d bytes', (text, bytes) => {
  expect(parseSize(text)).toBe(bytes);
});

test.each(['', '5', 's', '-1s', '1d', '1 s', 'soon'])('"%s" is not a duration', (text) => {
  expect(() => parseDuration(text)).toThrow('is not a duration');
});

test.each(['', 'm', '-1m', '1x', '1 gigabyte'])('"%s" is not a size', (text) => {
  expect(() => parseSize(text)).toThrow('is not a size');
});

test('CPUs are fractions and never negative', () => {
  expect(parseCpus('0.25')).toBe(0.25);
  expect(() => parseCpus('-1')).toThrow('is not a number of CPUs');
});

test('a share is at most 1', () => {
  expect(parseRatio('0.01')).toBe(0.01);
  expect(() => parseRatio('1.01')).toThrow('is not a share');
});

test('a port range holds both its ends', () => {
  expect(parsePortRange('3000-3005')).toEqual([3000, 3005]);
  expect(parsePortRange('80')).toEqual([80, 80]);
});

test.each([
  ['0440', 0o440],
  ['440', 0o440],
  ['0o600', 0o600],
  ['1777', 0o1777],
])('the file mode %s is octal', (text, bits) => {
  expect(parseMode(text)).toBe(bits);
});
