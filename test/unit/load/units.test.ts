import { expect, test } from 'vitest';
import {
  formatDuration,
  parseCpus,
  parseDuration,
  parseMode,
  parseNanoseconds,
  parsePortRange,
  parseRatio,
  parseSize,
} from '../../../src/load/units.ts';

test.each([
  ['0', 0],
  ['10s', 10_000],
  ['1m30s', 90_000],
  ['1h2m3s4ms', 3_723_004],
  ['500ms', 500],
  ['1500us', 2],
  ['1.5s', 1500],
  ['.5s', 500],
  ['1d', 86_400_000],
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
  ['.5k', 512],
  ['1pb', 1_125_899_906_842_624],
])('the size %s is %d bytes', (text, bytes) => {
  expect(parseSize(text)).toBe(bytes);
});

test.each(['', '5', 's', '-1s', '1y', '1 s', '.s', '1h30', 'soon'])('"%s" is not a duration', (text) => {
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

test.each([
  ['90s', '1m30s'],
  ['1h', '1h0m0s'],
  ['1d', '24h0m0s'],
  ['1.5h', '1h30m0s'],
  ['61m1.001s', '1h1m1.001s'],
  ['500ms', '500ms'],
  ['1500us', '1.5ms'],
  ['1us', '1µs'],
  ['1ns', '1ns'],
  ['0', '0s'],
])('the duration %s is written %s', (text, written) => {
  expect(formatDuration(parseNanoseconds(text))).toBe(written);
});
