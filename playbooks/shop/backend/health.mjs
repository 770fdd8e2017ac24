// The health check: asks the server beside it whether it is well, and repeats its answer when it is not.
import http from 'node:http';

const request = http.get({ host: '127.0.0.1', port: Number(process.env.PORT ?? 8080), path: '/up', timeout: 1_500 });
request.on('timeout', () => request.destroy(new Error('no answer within 1.5 s')));
request.on('error', (error) => {
  console.log(error.message);
  process.exit(1);
});
request.on('response', async (response) => {
  let body = '';
  for await (const chunk of response.setEncoding('utf8')) body += chunk;
  if (response.statusCode !== 200) console.log(body.trim());
  process.exit(response.statusCode === 200 ? 0 : 1);
});
