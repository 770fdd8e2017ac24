import { expect, test } from 'vitest';
import { attribute, complaints } from './read.ts';

const port = (more: Readonly<Record<string, unknown>>) => ({ mode: 'ingress', protocol: 'tcp', ...more });

test.each<[string, readonly unknown[]]>([
  ['"80"', [port({ target: 80 })]],
  ['80', [port({ target: 80 })]],
  ['"8080:80"', [port({ target: 80, published: '8080' })]],
  ['"0080:80/TCP"', [port({ target: 80, published: '80' })]],
  ['"53:53/udp"', [{ ...port({ target: 53, published: '53' }), protocol: 'udp' }]],
  ['"127.0.0.1:8080:80"', [port({ host_ip: '127.0.0.1', target: 80, published: '8080' })]],
  ['"127.0.0.1::80"', [port({ host_ip: '127.0.0.1', target: 80 })]],
  ['"[::1]:8080:80"', [port({ host_ip: '::1', target: 80, published: '8080' })]],
  ['":80"', [port({ target: 80 })]],
  ['"0:80"', [port({ target: 80, published: '0' })]],
  ['"80-81"', [port({ target: 80 }), port({ target: 81 })]],
  ['"90-91:80-81"', [port({ target: 80, published: '90' }), port({ target: 81, published: '91' })]],
  ['"90-99:80"', [port({ target: 80, published: '90-99' })]],
  ['{ target: "80" }', [port({ target: 80 })]],
  ['{ target: 80, published: 8080, mode: host }', [{ ...port({ target: 80, published: '8080' }), mode: 'host' }]],
  ['{ target: 80, published: 90-99, host_ip: "::1" }', [port({ target: 80, published: '90-99', host_ip: '::1' })]],
  ['{ target: 80, name: web, app_protocol: http }', [port({ target: 80, name: 'web', app_protocol: 'http' })]],
  ['{ target: 80, published: "" }', [port({ target: 80 })]],
])('the port %s has a long form', (text, long) => {
  expect(attribute(`ports: [${text}]`)).toEqual(long);
});

test.each([
  ['"80:81:82:83"', 'is not a port mapping'],
  ['""', 'is not a port mapping'],
  ['"::1:80:80"', 'put an IPv6 address in brackets'],
  ['"localhost:80:80"', '"localhost" is not an IP address'],
  ['"70000:80"', '"70000" is not a port'],
  ['"80-90:80-81"', 'two ranges of the same length'],
  ['"81-80"', 'write 80-81'],
  ['"80:80/icmp"', 'tcp, udp or sctp'],
  ['{ published: 80 }', 'has no target'],
  ['{ target: 0 }', '"0" is not a port'],
  ['{ target: 80, mode: both }', 'ingress or host'],
])('the port %s is refused', (text, reason) => {
  const [first, ...rest] = complaints(`ports: [${text}]`);
  expect(first).toContain(reason);
  expect(first).toContain('E_VALUE services.web.ports[0]');
  expect(rest).toEqual([]);
});

test('ports to expose are text, also where they are numbers', () => {
  expect(attribute('expose: [80, "90/udp", "100-102"]')).toEqual(['80', '90/udp', '100-102']);
  expect(complaints('expose: ["x", "80/tcp/udp"]')).toEqual([
    '3:14 E_VALUE services.web.expose[0]: "x" is not a port (a port number or a range such as 3000-3005)',
    '3:19 E_VALUE services.web.expose[1]: "80/tcp/udp" is not a port (a port such as "80" or "80/udp")',
  ]);
});
