/** Keys of test servers and their users, and the check of one at a login. */
import ssh2, { type AuthContext, type ParsedKey } from 'ssh2';

/** A fresh ed25519 key: private text, and public half in both forms. */
export interface TestKey {
  readonly privateText: string;
  readonly publicText: string;
  readonly publicBytes: Buffer;
}

/** Makes a key; `passphrase` encrypts the private text. */
export function makeKey(options: { readonly type?: 'ed25519' | 'rsa'; readonly passphrase?: string } = {}): TestKey {
  const { type = 'ed25519', passphrase } = options;
  let pair = makePair(type, passphrase);
  // ssh2 pads one ed25519 key in 200 wrongly and can then not read it itself.
  while (ssh2.utils.parseKey(pair.private, passphrase) instanceof Error) pair = makePair(type, passphrase);
  const bytes = Buffer.from(pair.public.split(' ')[1] ?? '', 'base64');
  return { privateText: pair.private, publicText: pair.public, publicBytes: bytes };
}

function makePair(type: 'ed25519' | 'rsa', passphrase: string | undefined): { private: string; public: string } {
  if (type === 'rsa') return ssh2.utils.generateKeyPairSync('rsa', { bits: 2048 });
  if (passphrase === undefined) return ssh2.utils.generateKeyPairSync('ed25519', {});
  return ssh2.utils.generateKeyPairSync('ed25519', { passphrase, cipher: 'aes256-cbc', rounds: 1 });
}

/** Lets in who proves to have the key, as sshd does: asked first whether it would do, then with a signature. */
export function authenticate(login: AuthContext, publicText: string): void {
  const key = ssh2.utils.parseKey(publicText) as ParsedKey;
  if (login.method !== 'publickey' || !login.key.data.equals(key.getPublicSSH())) {
    login.reject(['publickey']);
    return;
  }
  if (login.signature === undefined || login.blob === undefined) {
    login.accept();
    return;
  }
  if (key.verify(login.blob, login.signature, login.hashAlgo) === true) login.accept();
  else login.reject();
}
