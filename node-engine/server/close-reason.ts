/** Why a connection was closed, for the log; `client` when the other side did it. */
export type CloseReason =
  | 'client'
  | 'quit'
  | 'protocol-error'
  | 'http-in-stream'
  | 'output-limit'
  | 'output-limit-before-login'
  | 'half-command'
  | 'max-clients'
  | 'closed-by-node'
  | 'shutdown'
  | 'socket-error';
