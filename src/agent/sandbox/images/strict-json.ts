/** A history of 1000 entries with five members each is a quarter of it, and so is an index of hundreds of images with their annotations. */
const MAX_VALUES = 20_000;
/** The deepest place that an image's documents need is 5: `config.Healthcheck.Test[0]`, or a platform's `os.features[0]` in an index. */
const MAX_DEPTH = 32;

/**
 * Parses JSON that engines are going to read as well. They are written in Go, whose reader takes `Layers` and even `layerſ` for `layers`, and
 * joins what is said twice: a document could say one thing to us and another to them. Here each name may be there once only; for the rest see
 * `foldNames`. A document of more values or depth than an image needs is refused before anything is made of it. Throws SyntaxError.
 */
export function parseStrictJson(bytes: Uint8Array): unknown {
  const text = decodeUtf8(bytes);
  requireBearable(text);
  return JSON.parse(text);
}

/** The object with its names as Go compares them; other values as they are. Throws SyntaxError where two names are the same to Go. */
export function foldNames(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  const folded = new Map<string, unknown>();
  for (const [name, member] of Object.entries(value)) {
    const key = name.toUpperCase().toLowerCase(); // both ways: ſ has an upper case only, the Kelvin sign a lower case only
    if (folded.has(key)) throw new SyntaxError(`it says ${JSON.stringify(key)} twice`);
    folded.set(key, member);
  }
  return Object.fromEntries(folded);
}

function decodeUtf8(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (error) {
    throw new SyntaxError('it is not UTF-8', { cause: error });
  }
}

/** Checks depth, number of values and names. Of what is no JSON it may find anything or nothing: that is for JSON.parse to say. */
function requireBearable(text: string): void {
  const open: Set<string>[] = [];
  let values = 0;
  for (let at = 0; at < text.length; at++) {
    const mark = text[at];
    if (mark === ',' || mark === '{' || mark === '[') values += 1;
    if (values > MAX_VALUES) throw new SyntaxError(`it has more than ${MAX_VALUES} values`);
    if (mark === '{' || mark === '[') open.push(new Set());
    if (open.length > MAX_DEPTH) throw new SyntaxError(`it is more than ${MAX_DEPTH} levels deep`);
    if (mark === '}' || mark === ']') open.pop();
    else if (mark === '"') {
      const end = endOfString(text, at);
      if (isName(text, end)) {
        const name = String(JSON.parse(text.slice(at, end)));
        const names = open.at(-1);
        if (names?.has(name)) throw new SyntaxError(`it says ${JSON.stringify(name.slice(0, 80))} twice`);
        names?.add(name);
      }
      at = end - 1;
    }
  }
}

function endOfString(text: string, start: number): number {
  let at = start + 1;
  while (at < text.length && text[at] !== '"') at += text[at] === '\\' ? 2 : 1;
  return at + 1;
}

function isName(text: string, end: number): boolean {
  let at = end;
  while (text[at] === ' ' || text[at] === '\t' || text[at] === '\n' || text[at] === '\r') at++;
  return text[at] === ':';
}
