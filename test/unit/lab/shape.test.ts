import { describe, expect, it } from 'vitest';
import { findHost, gatewayLink, hostNamespace, shapeLab } from '../../../src/lab/shape.ts';

describe('shapeLab', () => {
  it('makes six hosts, of which two are edges, when nothing is asked for', () => {
    const shape = shapeLab({});
    expect(shape.gateway).toBe('10.88.0.1');
    expect(shape.hosts).toHaveLength(6);
    expect(shape.hosts[0]).toEqual({ name: 'vm1', address: '10.88.0.11', roles: ['edge', 'worker'], zone: 'a' });
    expect(shape.hosts[1]).toEqual({ name: 'vm2', address: '10.88.0.12', roles: ['edge', 'worker'], zone: 'b' });
    expect(shape.hosts[5]).toEqual({ name: 'vm6', address: '10.88.0.16', roles: ['worker'], zone: 'b' });
  });

  it('gives a lab of another name another network, always the same', () => {
    const subnets = ['lab', 'trial', 'spare'].map((name) => shapeLab({ name }).subnet);
    expect(new Set(subnets).size).toBe(3);
    expect(shapeLab({ name: 'trial' }).subnet).toBe(subnets[1]);
  });

  it('makes a lab of one host with one edge', () => {
    expect(shapeLab({ hosts: 1 }).hosts.map((host) => host.roles)).toEqual([['edge', 'worker']]);
  });

  it.each([
    [{ hosts: 0 }, 'a lab has 1 to 200 hosts, not 0'],
    [{ hosts: 2.5 }, 'a lab has 1 to 200 hosts, not 2.5'],
    [{ hosts: 3, edges: 4 }, '4 of 3 hosts can not be edges'],
    [{ name: '../etc' }, '"../etc" can not be the name of a lab'],
    [{ name: 'cache' }, '"cache" can not be the name of a lab'],
    [{ name: 'waytoolongname' }, '"waytoolongname" can not be the name of a lab'],
    [{ subnet: '10.88.0.0/16' }, '"10.88.0.0/16" is not a network that a lab can use'],
    [{ subnet: '10.300.0.0/24' }, '"10.300.0.0/24" is not a network that a lab can use'],
  ])('refuses %j', (options, message) => {
    expect(() => shapeLab(options)).toThrow(message);
  });
});

describe('names', () => {
  it('fit what the kernel takes for a link', () => {
    expect(gatewayLink('abcdefghijkl').length).toBeLessThanOrEqual(15);
  });

  it('of one lab never start with those of another', () => {
    expect(hostNamespace('lab2', 'vm1').startsWith('fleet-lab.lab.')).toBe(false);
  });

  it('of a host that is not there are answered with those that are', () => {
    expect(() => findHost(shapeLab({ hosts: 2 }), 'vm9')).toThrow('lab "lab" has no host "vm9"');
  });
});
