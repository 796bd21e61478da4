import type { Reply } from '../../node-engine/resp/value.ts';

/** An open RESP connection. */
export interface RespConnection {
  /** Sends a command; rejects when no reply came in time or the connection ended. */
  command(args: readonly string[], timeoutMs: number): Promise<Reply>;
  /** Calls `listener` with every push, whole: its first item is its kind. */
  onPush(listener: (items: readonly Reply[]) => void): void;
  /** Calls `listener` once when the connection has ended, with the reason in words. */
  onClose(listener: (reason: string) => void): void;
  close(): void;
}

/** Opens a RESP connection to `host:port`; rejects with the reason in words. */
export type RespDial = (address: string, timeoutMs: number) => Promise<RespConnection>;
