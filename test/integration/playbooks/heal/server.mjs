// Every part of the app that answers HTTP: it says which container it is, after a moment of work, whatever it is asked.
import http from 'node:http';
import { hostname } from 'node:os';

const WORK_MS = 20;
const server = http.createServer((request, response) => {
  request.resume();
  request.on('end', () => {
    setTimeout(() => {
      response.setHeader('x-shop-version', process.env.HEAL_VERSION ?? '1');
      response.end(`${hostname()}\n`);
    }, WORK_MS);
  });
});
server.keepAliveTimeout = 75_000;
server.listen(8080);
process.on('SIGTERM', () => {
  server.close(() => process.exit(0));
  server.closeIdleConnections();
});
