/** Docker's Engine API on a simulated host, as far as a watcher asks: /_ping, and an event stream in which nothing happens. */
import { createServer } from 'node:http';
import type { ServerChannel } from 'ssh2';

const docker = createServer({ keepAliveTimeout: 0 }, (request, response) => {
  if (request.url === '/_ping') response.end('OK');
  else if (request.url?.startsWith('/events')) response.writeHead(200).flushHeaders();
  else response.writeHead(404).end();
});

/** Serves one stream to the socket. */
export function serveDocker(stream: ServerChannel): void {
  const nothing = () => stream;
  stream.on('error', () => undefined);
  docker.emit('connection', Object.assign(stream, { setNoDelay: nothing, setKeepAlive: nothing, setTimeout: nothing }));
}
