/** Reading the trace, and searching for the fewest. */
import { expect, test } from 'vitest';
import { fewest } from '../../../bench/quality/prefix.ts';
import { prefixOf, traceOf } from '../../../bench/quality/trace.ts';
import { MIB } from '../../../support/compile/worlds.ts';

const NODES = 'sn,cpu_milli,memory_mib,gpu,model\nnode-b,32000,1024,0,\nnode-a,8000,512,2,P100\n';
const PODS = 'name,cpu_milli,memory_mib,num_gpu\npod-0,4000,256,0\npod-1,500,64,1\npod-2,4000,256,2\n';

test('nodes keep the order of the file, and pods that ask for the same are one service', () => {
  const { rooms, loads } = traceOf(NODES, PODS);
  expect(rooms.map(({ name, cpus, memoryBytes }) => [name, cpus, memoryBytes / MIB])).toEqual([
    ['node-b', 32, 1024],
    ['node-a', 8, 512],
  ]);
  expect(loads.map(({ name, replicas, cpus, memoryBytes }) => [name, replicas, cpus, memoryBytes / MIB])).toEqual([
    ['c4000-m256', 2, 4, 256],
    ['c500-m64', 1, 0.5, 64],
  ]);
  expect(prefixOf({ rooms, loads }, 1)).toMatchObject({
    rooms: [{ name: 'node-b' }],
    loads: [{}, { allowed: [true] }],
  });
});

test('a file without one of the columns is refused by the name of what is missing', () => {
  expect(() => traceOf('sn,cpu_milli\nnode,1000', PODS)).toThrow('the trace has no memory_mib');
});

test('the fewest are found by halving where more are always enough', () => {
  for (const least of [1, 7, 50, 100])
    expect(fewest((count) => count >= least, 1, 100)).toEqual({ count: least, isMonotone: true });
});

test('none is named when all are not enough', () => {
  expect(fewest(() => false, 1, 100)).toEqual({ count: undefined, isMonotone: true });
});

test('a smaller count next to the answer of the halving is found, and said', () => {
  const isEnough = (count: number): boolean => count >= 60 || count === 55;
  expect(fewest(isEnough, 1, 100)).toEqual({ count: 55, isMonotone: false });
});
