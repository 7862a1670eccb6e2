import { describe, expect, it } from 'vitest';
import { canonicalJson, digestOf, newPrivateKeyPem, openSigner, verifySignature } from './signing.ts';

describe('signing', () => {
  const signer = openSigner(newPrivateKeyPem());

  it('signs a value whatever the order of its members', () => {
    const signature = signer.sign('receipt', { a: 1, b: [2, { c: 3 }] });
    expect(verifySignature(signer.publicKey, 'receipt', { b: [2, { c: 3 }], a: 1 }, signature)).toBe(true);
    expect(digestOf({ a: 1, b: 2 })).toBe(digestOf({ b: 2, a: 1 }));
  });

  it('does not let a signature serve for another value, purpose or key', () => {
    const signature = signer.sign('receipt', { a: 1 });
    expect(verifySignature(signer.publicKey, 'receipt', { a: 2 }, signature)).toBe(false);
    expect(verifySignature(signer.publicKey, 'invoice', { a: 1 }, signature)).toBe(false);
    expect(verifySignature(openSigner(newPrivateKeyPem()).publicKey, 'receipt', { a: 1 }, signature)).toBe(false);
  });

  it('calls malformed input not genuine', () => {
    expect(verifySignature('not a key', 'receipt', {}, 'x')).toBe(false);
    expect(verifySignature(signer.publicKey, 'receipt', {}, 'not a signature')).toBe(false);
  });

  it('writes JSON in one way (RFC 8785)', () => {
    expect(canonicalJson({ b: 1.0, a: 'é', c: [true, null] })).toBe('{"a":"é","b":1,"c":[true,null]}');
    expect(() => canonicalJson(undefined)).toThrow(TypeError);
  });
});
