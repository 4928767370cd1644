import { webcrypto, randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import tls from 'node:tls';
import 'reflect-metadata'; // x509 needs a Reflect polyfill and does not load one
import {
  BasicConstraintsExtension, ExtendedKeyUsage, ExtendedKeyUsageExtension, KeyUsageFlags, KeyUsagesExtension,
  PemConverter, SubjectAlternativeNameExtension, X509Certificate, X509CertificateGenerator, cryptoProvider,
} from '@peculiar/x509'; // prettier-ignore

export interface Certificates {
  /** Our authority's certificate and the file that holds it. Its key is thrown away after signing the one leaf. */
  readonly ca: { readonly pem: string; readonly path: string };
  readonly certificate: string;
  readonly key: string;
}

const dayMs = 86_400_000;
const validDays = 365;
const renewDays = 30;
const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };

/** Certificates for 127.0.0.1 and localhost, made on first use and kept in `folder` until close to their end. */
export async function certificates(folder: string): Promise<Certificates> {
  const path = join(folder, 'ca.pem');
  const certificatePath = join(folder, 'server.pem');
  const keyPath = join(folder, 'server.key.pem');
  const complete = [path, certificatePath, keyPath].every((file) => existsSync(file));
  if (!complete || endsSoon(readFileSync(certificatePath, 'utf8'))) {
    mkdirSync(folder, { recursive: true });
    const made = await make();
    writeFileSync(path, made.ca);
    writeFileSync(certificatePath, made.certificate);
    writeFileSync(keyPath, made.key, { mode: 0o600 });
  }
  return {
    ca: { path, pem: readFileSync(path, 'utf8') },
    certificate: readFileSync(certificatePath, 'utf8'),
    key: readFileSync(keyPath, 'utf8'),
  };
}

/** Lets clients in this process trust the authority too; child processes get NODE_EXTRA_CA_CERTS instead. */
export function trust(caPem: string): void {
  // From Node 24.5 on; a named import would keep older ones from even starting.
  if (typeof tls.setDefaultCACertificates !== 'function') {
    throw new Error(
      `Node ${process.version} cannot trust a new authority while it runs: start it with NODE_EXTRA_CA_CERTS`,
    );
  }
  const trusted = tls.getCACertificates('default');
  if (!trusted.includes(caPem)) tls.setDefaultCACertificates([...trusted, caPem]);
}

function endsSoon(certificate: string): boolean {
  return new X509Certificate(certificate).notAfter.getTime() - Date.now() < renewDays * dayMs;
}

async function make(): Promise<{ ca: string; certificate: string; key: string }> {
  cryptoProvider.set(webcrypto);
  const caKeys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const notBefore = new Date(Date.now() - dayMs);
  const notAfter = new Date(Date.now() + validDays * dayMs);
  const ca = await X509CertificateGenerator.createSelfSigned({
    serialNumber: '01',
    // A name of its own: clients find an issuer by name, and a process may trust several emulators.
    name: `CN=Emulated Azure, local authority ${randomUUID()}`,
    notBefore,
    notAfter,
    signingAlgorithm: algorithm,
    keys: caKeys,
    extensions: [new BasicConstraintsExtension(true, 0, true), new KeyUsagesExtension(KeyUsageFlags.keyCertSign, true)],
  });
  const leaf = await X509CertificateGenerator.create({
    serialNumber: '02',
    subject: 'CN=localhost',
    issuer: ca.subject,
    notBefore,
    notAfter,
    signingAlgorithm: algorithm,
    publicKey: keys.publicKey,
    signingKey: caKeys.privateKey,
    extensions: [
      new BasicConstraintsExtension(false),
      new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth]),
      new SubjectAlternativeNameExtension([
        { type: 'dns', value: 'localhost' },
        { type: 'ip', value: '127.0.0.1' },
      ]),
    ],
  });
  const key = PemConverter.encode(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey), 'PRIVATE KEY');
  return { ca: `${ca.toString('pem')}\n`, certificate: `${leaf.toString('pem')}\n`, key: `${key}\n` };
}
