/**
 * Asks a URL at a steady rate over new connections and prints each answer as a line of JSON, until its standard input ends.
 * Runs in the network of a practice host.
 *
 *   nsenter --net=/run/netns/... tsx test/support/view/sampler.ts http://10.96.0.5:8080/ 100
 */
import { get } from 'node:http';

const [, , url = '', everyMs = '100'] = process.argv;
const ANSWER_LIMIT_MS = 1_000;
const MOST_SAMPLES = 100_000;

let asked = 0;
const timer = setInterval(() => {
  asked += 1;
  if (asked > MOST_SAMPLES) stop();
  else askOnce();
}, Number(everyMs));
process.stdin.on('end', stop).on('error', stop).resume();

function stop(): void {
  clearInterval(timer);
  process.stdin.destroy();
}

function askOnce(): void {
  const sentAt = Date.now();
  let isSaid = false;
  const say = (answer?: string): void => {
    if (isSaid) return;
    isSaid = true;
    const sample = { sentAt, endedAt: Date.now(), ...(answer === undefined ? {} : { answer }) };
    process.stdout.write(`${JSON.stringify(sample)}\n`);
  };
  const request = get(url, { agent: false, timeout: ANSWER_LIMIT_MS }, (response) => {
    let body = '';
    response.setEncoding('utf8').on('data', (chunk: string) => {
      body += chunk;
    });
    response.once('end', () => say(response.statusCode === 200 ? body.trim() : undefined));
    response.once('error', () => say());
  });
  request.once('timeout', () => request.destroy());
  request.once('error', () => say());
  request.once('close', () => say());
}
