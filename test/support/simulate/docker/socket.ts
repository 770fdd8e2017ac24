/** Docker's socket on a simulated host: the API's answers, /_ping, and an event stream in which nothing happens. */
import { createServer } from 'node:http';
import type { ServerChannel } from 'ssh2';
import type { SimulatedHost } from '../host/host.ts';
import { connectionOf } from '../stream.ts';
import { dockerAnswer } from './api.ts';

/** Serves the streams that lead to one host's socket. */
export function dockerSocket(host: SimulatedHost): (stream: ServerChannel) => void {
  const server = createServer({ keepAliveTimeout: 0 }, (request, response) => {
    const path = request.url ?? '';
    if (path === '/_ping') return response.end('OK');
    if (path.startsWith('/events')) return response.writeHead(200).flushHeaders();
    const body = dockerAnswer(host.report(), path);
    return response.writeHead(body === undefined ? 404 : 200).end(JSON.stringify(body ?? {}));
  });
  return (stream) => server.emit('connection', connectionOf(stream));
}
