/** The user's ssh-agent: which keys it holds, and how it signs with one of them. */
import ssh2, { type OpenSSHAgent, type ParsedKey, type SignCallback, type SigningRequestOptions } from 'ssh2';

/** The keys of the agent at a socket; none when it does not answer within the limit (milliseconds). */
export function agentKeys(socket: string, limitMs: number): Promise<readonly ParsedKey[]> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve([]), limitMs);
    new ssh2.OpenSSHAgent(socket).getIdentities((_error, keys) => {
      clearTimeout(timer);
      resolve((keys ?? []).filter((key) => key instanceof Object && 'getPublicSSH' in key));
    });
  });
}

/** The agent, reduced to one of its keys: sshd counts each key that is offered, so none is offered unasked. */
export class OneKeyAgent extends ssh2.BaseAgent<ParsedKey> {
  readonly #agent: OpenSSHAgent;
  readonly #key: ParsedKey;

  constructor(socket: string, key: ParsedKey) {
    super();
    this.#agent = new ssh2.OpenSSHAgent(socket);
    this.#key = key;
  }

  override getIdentities(callback: (error: Error | undefined, keys?: ParsedKey[]) => void): void {
    callback(undefined, [this.#key]);
  }

  override sign(
    key: ParsedKey,
    data: Buffer,
    options: SigningRequestOptions | SignCallback,
    callback?: SignCallback,
  ): void {
    if (typeof options === 'function') this.#agent.sign(key, data, options);
    else this.#agent.sign(key, data, options, callback);
  }
}
