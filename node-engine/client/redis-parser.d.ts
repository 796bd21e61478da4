/** npm `redis-parser` brings no types of its own. */
declare module 'redis-parser' {
  export default class RedisParser {
    constructor(options: {
      readonly returnReply: (reply: unknown) => void;
      readonly returnError: (error: Error) => void;
      /** The stream is no RESP: nothing more comes out of this parser. */
      readonly returnFatalError: (error: Error) => void;
      /** Bulk and simple strings as Buffers; they may share memory with the chunks. */
      readonly returnBuffers?: boolean;
      /** Integers as strings, so that none loses digits. */
      readonly stringNumbers?: boolean;
    });
    execute(chunk: Buffer): void;
    reset(): void;
  }
}
