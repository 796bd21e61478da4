import type { RaftCore } from '../raft/core.ts';
import { errorReply } from '../resp/value.ts';
import type { Reply } from '../resp/value.ts';
import type { ServedClient } from './served-client.ts';

/** Sends a command to the leader; rejects when no answer came. */
export type Forward = (args: readonly Uint8Array[]) => Promise<Reply>;

/** What forwarding needs of the dispatcher. */
export interface ForwardingPorts {
  answer(client: ServedClient, ticket: number, reply: Reply): void;
  /** Goes on with what was held back. */
  resume(client: ServedClient): void;
}

/** Has the leader answer, with `--redirect forward`, what this node cannot. */
export class Forwarding {
  readonly #core: RaftCore;
  readonly #forward: Forward | null;
  readonly #ports: ForwardingPorts;

  /** @param forward null unless redirecting by forwarding */
  constructor(core: RaftCore, forward: Forward | null, ports: ForwardingPorts) {
    this.#core = core;
    this.#forward = forward;
    this.#ports = ports;
  }

  /** Whether commands may have to go to the leader one by one. */
  get isOn(): boolean {
    return this.#forward !== null;
  }

  /** Forwards a command where that is wanted and a leader is known. False: nothing was done. */
  take(client: ServedClient, args: readonly Uint8Array[], ticket: number): boolean {
    const core = this.#core;
    if (this.#forward === null || core.role() === 'leader' || core.leaderId() === null)
      return false;
    const own = args.map((argument) => argument.slice());
    const answered = (reply: Reply): void => {
      client.pendingForwards -= 1;
      this.#ports.answer(client, ticket, reply);
      this.#ports.resume(client);
    };
    client.pendingForwards += 1;
    this.#forward(own).then(answered, (error: unknown) => {
      const cause = error instanceof Error ? error.message : String(error);
      answered(errorReply(`UNKNOWN the leader did not answer: ${cause}`));
    });
    return true;
  }
}
