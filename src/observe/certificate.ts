/** What a certificate says of itself, as far as anybody needs to know when it ends. */
import { X509Certificate } from 'node:crypto';
import type { Certificate } from '../model/observed.ts';

/** The first certificate of the file, which is the host's own (nginx, ssl_certificate); undefined when it is none. */
export function parseCertificate(file: string, text: string): Certificate | undefined {
  try {
    const { subjectAltName = '', subject = '', validTo } = new X509Certificate(text);
    const names = [...subjectAltName.matchAll(/DNS:([^,\s]+)/g)].map(([, name = '']) => name);
    const common = /^CN=(.+)$/m.exec(subject)?.[1];
    const endsAt = Date.parse(validTo);
    if (Number.isNaN(endsAt)) return undefined;
    return { file, names: names.length > 0 || common === undefined ? names : [common], endsAt };
  } catch {
    return undefined;
  }
}
