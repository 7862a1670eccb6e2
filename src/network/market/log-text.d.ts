/**
 * A piece of a log as text, without cutting a character in two. Each byte that is no UTF-8 becomes one `?`, so that the text has
 * exactly as many UTF-8 bytes as it stands for and a reader can go on at `offset + byteLength(text)`.
 * @param complete nothing more will come: an unfinished character at the end is given out too
 */
export declare function logText(bytes: Buffer, complete: boolean): string;
