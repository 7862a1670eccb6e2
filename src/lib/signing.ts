import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, sign, verify } from 'node:crypto';
import canonicalizeJson from 'canonicalize';

/** An Ed25519 key that signs. `publicKey` is the raw 32-byte key in base64url. */
export interface Signer {
  readonly publicKey: string;
  /** Signs a JSON value under a context, so that a signature for one purpose never serves another. Returns base64url. */
  sign(context: string, value: unknown): string;
}

/** RFC 8785 canonical JSON. Throws on what JSON cannot say. */
export function canonicalJson(value: unknown): string {
  const text = canonicalizeJson(value);
  if (text === undefined) throw new TypeError('value has no JSON form');
  return text;
}

/** SHA-256 of the value's canonical JSON, as `sha256:<hex>`. */
export function digestOf(value: unknown): string {
  return `sha256:${createHash('sha256').update(canonicalJson(value)).digest('hex')}`;
}

const message = (context: string, value: unknown): Buffer => Buffer.from(`nightshift/${context}\n${canonicalJson(value)}`, 'utf8');

/** A new private key as PKCS#8 PEM. */
export function newPrivateKeyPem(): string {
  return generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
}

/** Opens a PKCS#8 PEM private key. Throws when it is no Ed25519 key. */
export function openSigner(privateKeyPem: string): Signer {
  const key = createPrivateKey(privateKeyPem);
  if (key.asymmetricKeyType !== 'ed25519') throw new TypeError('the private key is not an Ed25519 key');
  const jwk = createPublicKey(key).export({ format: 'jwk' });
  if (typeof jwk.x !== 'string') throw new TypeError('the private key has no public part');
  return { publicKey: jwk.x, sign: (context, value) => sign(null, message(context, value), key).toString('base64url') };
}

/** Whether `signature` is that of `value` under `context` by the holder of `publicKey`. Malformed input is false, never an exception. */
export function verifySignature(publicKey: string, context: string, value: unknown, signature: string): boolean {
  let key: KeyObject;
  let signed: Buffer;
  try {
    key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: publicKey }, format: 'jwk' });
    signed = message(context, value);
  } catch {
    return false; // no key, or nothing that anybody can have signed
  }
  return verify(null, signed, key, Buffer.from(signature, 'base64url'));
}
