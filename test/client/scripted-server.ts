import { errorReply, type Reply } from '../../node-engine/resp/value.ts';
import type { Connection } from '../../node-engine/server/connection.ts';
import { listen, type RespServer } from '../../node-engine/server/listener.ts';

/** Answers one command, or undefined to leave it without an answer. */
export type Script = (args: readonly string[], connection: Connection) => Reply | undefined;

/** A RESP server that answers from a script and notes every command. */
export class ScriptedServer {
  readonly commands: string[] = [];
  readonly connections: Connection[] = [];
  readonly server: RespServer;

  private constructor(server: RespServer) {
    this.server = server;
  }

  static async start(script: Script): Promise<ScriptedServer> {
    const server = await listen({
      host: '127.0.0.1',
      port: 0,
      onConnect: (connection) => self.connections.push(connection),
      onCommands: (connection, batch) => {
        for (let i = 0; i < batch.count; i++) {
          const args = batch.args(i).map((arg) => Buffer.from(arg).toString('utf8'));
          self.commands.push(args.join(' '));
          if (args[0] === 'HELLO') {
            if (args[1] === '3') connection.setProtocol(3);
            connection.reply(script(args, connection) ?? { type: 'map', entries: [] });
            continue;
          }
          const reply = script(args, connection);
          const ticket = connection.reserve(1);
          if (reply !== undefined) connection.fill(ticket, reply);
        }
      },
    });
    const self = new ScriptedServer(server);
    return self;
  }

  get address(): string {
    return `127.0.0.1:${this.server.port}`;
  }

  async stop(): Promise<void> {
    await this.server.close({ drainMs: 0 });
  }
}

/** The answer to anything a script does not know. */
export function unknownCommand(args: readonly string[]): Reply {
  return errorReply(`ERR unknown command '${args[0] ?? ''}'`);
}
