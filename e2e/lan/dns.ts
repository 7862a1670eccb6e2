import { isIPv4 } from 'node:net';
import { EXFILTRATION_DOMAIN, FOREIGN, type Zone } from './topology.ts';

const TYPE = { A: 1, AAAA: 28 } as const;
const HEADER_BYTES = 12;

export interface Question {
  readonly name: string;
  readonly type: number;
}

/** The first question of a DNS message (RFC 1035, 4.1.2). */
export function readQuestion(message: Buffer): Question {
  const labels: string[] = [];
  let at = HEADER_BYTES;
  for (let length = message[at] ?? 0; length > 0; length = message[at] ?? 0) {
    labels.push(message.toString('latin1', at + 1, at + 1 + length));
    at += 1 + length;
  }
  return { name: labels.join('.'), type: message.readUInt16BE(at + 1) };
}

/** A server for a zone: turns a query into its answer; names it does not know do not exist. Answers must not be kept (TTL 0). */
export function answerFrom(zone: Zone): (query: Buffer) => Buffer {
  const turns = new Map<string, number>();
  return (query) => {
    const question = readQuestion(query);
    const name = question.name.toLowerCase();
    const lists = name.endsWith(`.${EXFILTRATION_DOMAIN}`) ? [[FOREIGN.v4]] : zone[name];
    const isV4 = question.type === TYPE.A;
    let addresses: readonly string[] = [];
    if (lists !== undefined && (isV4 || question.type === TYPE.AAAA)) {
      const key = `${name} ${question.type}`;
      const turn = turns.get(key) ?? 0;
      turns.set(key, turn + 1);
      addresses = (lists[turn % lists.length] ?? []).filter((address) => isIPv4(address) === isV4);
    }
    const head = Buffer.alloc(HEADER_BYTES);
    query.copy(head, 0, 0, 2);
    head.writeUInt16BE(lists === undefined ? 0x8583 : 0x8580, 2); // answer, authoritative, recursion available; 3: no such name
    head.writeUInt16BE(1, 4);
    head.writeUInt16BE(addresses.length, 6);
    const questionEnd = HEADER_BYTES + question.name.length + 2 + 4;
    return Buffer.concat([head, query.subarray(HEADER_BYTES, questionEnd), ...addresses.map((address) => record(address, question.type))]);
  };
}

function record(address: string, type: number): Buffer {
  const data = isIPv4(address) ? Buffer.from(address.split('.').map(Number)) : v6Bytes(address);
  const head = Buffer.alloc(12);
  head.writeUInt16BE(0xc000 + HEADER_BYTES, 0); // the name of the question
  head.writeUInt16BE(type, 2);
  head.writeUInt16BE(1, 4);
  head.writeUInt16BE(data.length, 10);
  return Buffer.concat([head, data]);
}

function v6Bytes(address: string): Buffer {
  const dotted = address.replace(/(\d+)\.(\d+)\.(\d+)\.(\d+)$/, (_, a, b, c, d) =>
    [a * 256 + Number(b), c * 256 + Number(d)].map((group) => group.toString(16)).join(':'),
  );
  const [left = '', right] = dotted.split('::');
  const groupsOf = (text: string): string[] => (text === '' ? [] : text.split(':'));
  const head = groupsOf(left);
  const tail = right === undefined ? [] : groupsOf(right);
  const groups = [...head, ...Array<string>(8 - head.length - tail.length).fill('0'), ...tail];
  return Buffer.from(groups.map((group) => group.padStart(4, '0')).join(''), 'hex');
}
