/** A channel of an SSH connection as an HTTP server wants a connection: with the settings of a socket, which it has not. */
import type { ServerChannel } from 'ssh2';

/** The same stream. What goes wrong with it concerns only the one who opened it. */
export function connectionOf(stream: ServerChannel): ServerChannel {
  const nothing = () => stream;
  stream.on('error', () => undefined);
  return Object.assign(stream, { setNoDelay: nothing, setKeepAlive: nothing, setTimeout: nothing });
}
