import { isErrorReply } from '../client/reply-text.ts';
import type { FilteredReply, MachineService } from '../machine/intermediate.ts';
import type { Reply } from '../resp/value.ts';
import { replyOf } from './intermediates.ts';
import { ownArguments } from './own-arguments.ts';
import type { ServedClient } from './served-client.ts';

/** Lets the machine change its own answers before clients get them. */
export class ResponseFilter {
  readonly #filter: NonNullable<MachineService['filter']>;

  constructor(filter: NonNullable<MachineService['filter']>) {
    this.#filter = filter;
  }

  /** Remembers what the answer of this ticket will belong to. `args` with the name. */
  note(client: ServedClient, command: Pick<FilteredReply, 'name' | 'args'>, ticket: number): void {
    const args = ownArguments(command.args.slice(1));
    client.filtered.set(ticket, { name: command.name, args });
  }

  /** What the machine makes of its own answer; errors, and what the node answered, stay. */
  apply(client: ServedClient, ticket: number, reply: Reply): Reply {
    const command = client.filtered.get(ticket);
    if (command === undefined) return reply;
    client.filtered.delete(ticket);
    if (isErrorReply(reply)) return reply;
    return replyOf(() => this.#filter({ ...command, reply, client: client.info }));
  }
}
