/** A signal that follows others, and lets go of them when it is not needed any more. */

/**
 * Aborts the controller as soon as any of the signals does, with its reason; returns how to let go of them. Not
 * AbortSignal.any(): on Node 20 it may be collected before it fires, and who lives long keeps what it made of it for ever.
 */
export function follow(controller: AbortController, ...signals: readonly AbortSignal[]): () => void {
  const stops = signals.map((signal) => {
    const abort = (): void => controller.abort(signal.reason);
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort, { once: true });
    return () => signal.removeEventListener('abort', abort);
  });
  return () => {
    for (const stop of stops) stop();
  };
}
