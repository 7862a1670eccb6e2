/** The values of a stream of JSON texts, one a line, however the lines are cut into chunks. Throws SyntaxError. */
export async function* jsonLines(stream: AsyncIterable<Buffer | string>): AsyncGenerator<unknown, void, void> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of stream) {
    const lines = (rest + (typeof chunk === 'string' ? chunk : decoder.decode(chunk, { stream: true }))).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) if (line.trim() !== '') yield JSON.parse(line);
  }
}
