/** Small traffic to a published port: a new connection for each request, as TCP ports are cut over by connections. */
import { get } from 'node:http';

/** What came of it. */
export interface Answers {
  /** Why requests failed, each one. */
  readonly failed: readonly string[];
  /** Body -> how often. */
  readonly answers: Readonly<Record<string, number>>;
}

const EVERY_MS = 20;
const LIMIT_MS = 5_000;

/** Asks the addresses in turn, 50 times a second, until it is stopped. */
export function countAnswers(urls: readonly string[]): { readonly stop: () => Promise<Answers> } {
  const failed: string[] = [];
  const answers: Record<string, number> = {};
  const asked: Promise<void>[] = [];
  const timer = setInterval(() => {
    const url = urls[asked.length % urls.length] ?? '';
    asked.push(
      askOnce(url).then(
        (body) => {
          answers[body] = (answers[body] ?? 0) + 1;
        },
        (error: unknown) => {
          failed.push(`${url}: ${String(error)}`);
        },
      ),
    );
  }, EVERY_MS);
  return {
    stop: async () => {
      clearInterval(timer);
      await Promise.all(asked);
      return { failed, answers };
    },
  };
}

function askOnce(url: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const request = get(url, { agent: false, timeout: LIMIT_MS }, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (chunk: string) => {
        body += chunk;
      });
      response.once('error', reject);
      response.once('end', () => {
        if (response.statusCode === 200) resolve(body.trim());
        else reject(new Error(`answered with ${response.statusCode}`));
      });
    });
    request.once('timeout', () => request.destroy(new Error(`no answer in ${LIMIT_MS} ms`)));
    request.once('error', reject);
  });
}
