const HEADER_BYTES = 8;

/**
 * Takes the engine's multiplexed stream apart (Docker API, "Attach to a container": 1 byte stream, 3 bytes zero, 4 bytes big-endian length).
 * Feed it chunks as they come; it returns the payload bytes, stdout and stderr in their order, without waiting for a frame to be whole.
 */
export function createFrameParser(): (chunk: Buffer) => Buffer {
  const header = Buffer.alloc(HEADER_BYTES);
  let headerBytes = 0;
  let payloadLeft = 0;

  return (chunk) => {
    const payload: Buffer[] = [];
    let at = 0;
    while (at < chunk.length) {
      if (payloadLeft > 0) {
        const piece = chunk.subarray(at, at + payloadLeft);
        payload.push(piece);
        payloadLeft -= piece.length;
        at += piece.length;
        continue;
      }
      const copied = chunk.copy(header, headerBytes, at, at + HEADER_BYTES - headerBytes);
      headerBytes += copied;
      at += copied;
      if (headerBytes === HEADER_BYTES) {
        headerBytes = 0;
        payloadLeft = header.readUInt32BE(4);
      }
    }
    return Buffer.concat(payload);
  };
}
