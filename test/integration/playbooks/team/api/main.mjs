/** Tells what a container finds around it: files, variables, and whether the cache answers. */
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { connect } from 'node:net';

function ask(host) {
  return new Promise((resolve) => {
    const socket = connect(6379, host, () => socket.write('PING\r\n'));
    socket.setTimeout(2_000, () => socket.destroy(new Error('silent')));
    socket.once('data', (data) => {
      resolve(String(data).trim());
      socket.destroy();
    });
    socket.once('error', (error) => resolve(error.message));
  });
}

const server = createServer(async (_request, response) => {
  const { GREETING, TIER, QUOTED, FROM_OTHER } = process.env;
  const said = {
    environment: { GREETING, TIER, QUOTED, FROM_OTHER },
    limits: readFileSync('/limits', 'utf8').trim(),
    banner: readFileSync('/etc/api/banner.txt', 'utf8').trim(),
    cache: [await ask('cache'), await ask('team-redis')],
  };
  response.setHeader('content-type', 'application/json').end(JSON.stringify(said));
});
server.listen(3000);
process.once('SIGINT', () => {
  server.close(() => process.exit(0));
  server.closeIdleConnections();
});
