import { en } from './en.ts';

type Catalogue = typeof en;
export type MessageKey = keyof Catalogue;
type Values<K extends MessageKey> = Catalogue[K] extends (values: infer V) => string ? [values: V] : [];

/** The text for a key; a message with values in it asks for them. */
export function t<K extends MessageKey>(key: K, ...values: Values<K>): string {
  const message: string | ((values: never) => string) = en[key];
  // `Values<K>` has tied the values to this key's message; TypeScript cannot follow that into the body.
  return typeof message === 'string' ? message : message(values[0] as never);
}
