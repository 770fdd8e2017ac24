/** A webhook: each report as a POST of JSON that Slack and its like understand. */
import { FleetError } from '../model/error.ts';
import type { Channel } from './notify.ts';

/** Sends a body to the URL and tells the status of the answer. The real one is Node's fetch. */
export type Post = (url: URL, body: string, signal: AbortSignal) => Promise<number>;

/**
 * The channel to this URL, which is a secret: it has a token in it, so no message ever shows it.
 * Throws FleetError E_VALUE when it is none.
 */
export function webhook(text: string, post: Post = postByFetch): Channel {
  const url = parseUrl(text);
  return {
    way: 'webhook',
    async send(record, signal) {
      const status = await post(url, JSON.stringify(record), signal).catch((error: unknown) => {
        throw new Error(reasonOf(error));
      });
      if (status < 200 || status > 299) throw new Error(`it answered HTTP ${status}`);
    },
  };
}

function parseUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol === 'https:' || url?.protocol === 'http:') return url;
  throw new FleetError('E_VALUE', 'the webhook is no http or https URL', {
    hint: 'fleet watch --webhook https://hooks.example/…   or in the environment: FLEET_WEBHOOK',
  });
}

/** A redirect would carry the report to where nobody sent it. */
async function postByFetch(url: URL, body: string, signal: AbortSignal): Promise<number> {
  const headers = { 'content-type': 'application/json' };
  const response = await fetch(url, { method: 'POST', body, headers, signal, redirect: 'error' });
  await response.body?.cancel();
  return response.status;
}

/** The system's code alone (ECONNREFUSED): messages may have the URL in them. */
function reasonOf(error: unknown): string {
  const cause = error instanceof Error ? (error.cause ?? error) : error;
  const code = typeof cause === 'object' && cause !== null && 'code' in cause ? String(cause.code) : '';
  return /^[A-Z][A-Z0-9_]+$/.test(code) ? `no connection (${code})` : 'no connection';
}
