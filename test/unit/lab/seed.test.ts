import { expect, it } from 'vitest';
import { seedFiles } from '../../../src/lab/host/seed.ts';
import { findHost, shapeLab } from '../../../src/lab/shape.ts';

const shape = shapeLab({ hosts: 3 });
const files = seedFiles(shape, findHost(shape, 'vm2'), 'ssh-ed25519 AAAA lab\n');
const textOf = (path: string): string => files.find((file) => file.path === path)?.text ?? '';

it('a host knows of itself and of no other host', () => {
  expect(textOf('etc/hosts')).toBe('127.0.0.1 localhost\n10.88.0.12 vm2\n');
  expect(files.filter((file) => /vm[13]|10\.88\.0\.1[13]/.test(file.text))).toEqual([]);
});

it('docker pulls through the registry of the lab and keeps its containers in a cgroup of the lab', () => {
  expect(JSON.parse(textOf('etc/docker/daemon.json'))).toEqual({
    'cgroup-parent': '/fleet-lab.lab/vm2',
    'exec-opts': ['native.cgroupdriver=cgroupfs'],
    'insecure-registries': ['10.88.0.1:5000'],
    'registry-mirrors': ['http://10.88.0.1:5000'],
    'storage-driver': 'overlay2',
  });
});

it('sshd keeps its stock limits and takes no password', () => {
  const config = textOf('etc/ssh/sshd_config');
  expect(config).not.toMatch(/MaxSessions|MaxStartups/);
  expect(config).toMatch(/^PasswordAuthentication no$/m);
});

it('no shell file that every command would pay for is given to a host', () => {
  expect(files.map((file) => file.path).filter((path) => /bashrc|\.profile/.test(path))).toEqual([]);
});
