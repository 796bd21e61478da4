import type { ErrorReply, Reply } from '../../node-engine/resp/value.ts';

/** An open RESP connection. */
export interface RespConnection {
  /** Sends one command and resolves with its reply; rejects with `RespFailure`. */
  call(
    args: readonly (string | Uint8Array)[],
    options: { readonly timeoutMs: number },
  ): Promise<Reply>;
  /** Begins RAFT WATCH; the error reply that refused it, or null. */
  watch(
    options: { readonly events: boolean; readonly intervalMs: number },
    onMessage: (kind: string, json: string) => void,
  ): Promise<ErrorReply | null>;
  close(): void;
}

/** How to connect. */
export interface DialOptions {
  /** `host:port`. */
  readonly address: string;
  readonly connectTimeoutMs: number;
  /** The connection ended; null when it was closed from this side. */
  readonly onClose?: (reason: Error | null) => void;
}

/** Opens a RESP connection; rejects with the reason. */
export type RespDial = (options: DialOptions) => Promise<RespConnection>;

/** What a command rejects with when it gets no reply. */
export interface RespFailure {
  readonly code: 'REFUSED' | 'TIMEOUT' | 'CLOSED' | 'PROTOCOL';
  readonly message: string;
  /** Whether the command may have reached the server. */
  readonly sent: boolean;
}
