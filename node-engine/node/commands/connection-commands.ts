import { SYNTAX_ERROR } from '../../machine/command-errors.ts';
import { OK, errorReply } from '../../resp/value.ts';
import type { Reply } from '../../resp/value.ts';
import { DEFAULT_USER, NODE_USER } from '../auth/users.ts';
import type { Client } from '../client.ts';
import { LATER, textOf, textsFrom } from './command.ts';
import type { Call, NodeCommand } from './command.ts';
import { logIn, type Login } from './login.ts';
import { nodeCommand } from './spec.ts';
import { commandOfSubcommands } from './subcommands.ts';

const BAD_CLIENT_NAME = errorReply(
  'ERR Client names cannot contain spaces, newlines or special characters.',
);
const HELLO_WITHOUT_AUTH = errorReply(
  'NOAUTH HELLO must be called with the client already authenticated, otherwise the ' +
    'HELLO <proto> AUTH <user> <pass> option can be used to authenticate the client and select the ' +
    'RESP protocol version at the same time',
);

function ping(call: Call): Reply {
  return call.args[1] ?? { type: 'simple', text: 'PONG' };
}

function hello(call: Call): Reply | typeof LATER {
  const [protocol, ...options] = textsFrom(call, 1);
  let version = call.client.protocol;
  if (protocol !== undefined) {
    if (!/^\d+$/u.test(protocol)) {
      return errorReply('ERR Protocol version is not an integer or out of range');
    }
    if (protocol !== '2' && protocol !== '3') {
      return errorReply('NOPROTO unsupported protocol version');
    }
    version = protocol === '2' ? 2 : 3;
  }
  let name: string | null = null;
  let login: Login | null = null;
  for (let at = 0; at < options.length; at += 1) {
    const word = (options[at] ?? '').toUpperCase();
    if (word === 'AUTH' && at + 2 < options.length) {
      login = { username: options[at + 1] ?? '', password: options[at + 2] ?? '' };
      at += 2;
      continue;
    }
    if (word !== 'SETNAME' || at + 1 >= options.length) {
      return errorReply(`ERR Syntax error in HELLO option '${options[at] ?? ''}'`);
    }
    name = options[at + 1] ?? '';
    at += 1;
  }
  if (name !== null && !isClientName(name)) return BAD_CLIENT_NAME;
  const greet = (): Reply => {
    if (call.client.user === null) return HELLO_WITHOUT_AUTH;
    if (name !== null) call.client.name = name;
    call.client.setProtocol(version);
    return greeting(call, version);
  };
  return login === null ? greet() : logIn(call, login, greet);
}

function greeting(call: Call, version: 2 | 3): Reply {
  return {
    type: 'map',
    entries: [
      ['server', 'raftdeck'],
      ['version', call.node.settings.softwareVersion],
      ['proto', version],
      ['id', call.client.id],
      ['mode', 'cluster'],
      ['role', call.node.role() === 'leader' ? 'master' : 'replica'],
      ['modules', []],
    ],
  };
}

/** Names may not hold what would break CLIENT LIST's lines; the error is Redis's. */
function isClientName(name: string): boolean {
  return /^[!-~]*$/u.test(name);
}

function setName(client: Client, name: string): Reply {
  if (!isClientName(name)) return BAD_CLIENT_NAME;
  client.name = name;
  return OK;
}

function describe(client: Client): string {
  const age = Math.floor((Date.now() - client.connectedAtMs) / 1000);
  return [
    `id=${String(client.id)}`,
    `addr=${client.remoteAddress}`,
    `laddr=${client.localAddress}`,
    `name=${client.name}`,
    `age=${String(age)}`,
    'db=0',
    `cmd=${client.lastCommand}`,
    `lib-name=${client.libraryName}`,
    `lib-ver=${client.libraryVersion}`,
    `resp=${String(client.protocol)}`,
  ].join(' ');
}

function setInfo(call: Call, texts: readonly string[]): Reply {
  const [attribute = '', value = ''] = texts;
  if (!/^[!-~]*$/u.test(value)) {
    return errorReply(`ERR ${attribute} cannot contain spaces, newlines or special characters.`);
  }
  switch (attribute.toUpperCase()) {
    case 'LIB-NAME':
      call.client.libraryName = value;
      return OK;
    case 'LIB-VER':
      call.client.libraryVersion = value;
      return OK;
    default:
      return errorReply(`ERR Unrecognized option '${attribute}'`);
  }
}

const client = commandOfSubcommands(
  { name: 'client', summary: 'About client connections.', group: 'connection' },
  [
    {
      words: 'ID',
      argumentsMin: 0,
      argumentsMax: 0,
      summary: "Returns this connection's number.",
      usage: 'CLIENT ID',
      run: (call) => call.client.id,
    },
    {
      words: 'GETNAME',
      argumentsMin: 0,
      argumentsMax: 0,
      summary: "Returns this connection's name, or nil.",
      usage: 'CLIENT GETNAME',
      run: (call) => (call.client.name === '' ? null : call.client.name),
    },
    {
      words: 'SETNAME',
      argumentsMin: 1,
      argumentsMax: 1,
      summary: 'Names this connection.',
      usage: 'CLIENT SETNAME name',
      run: (call, texts) => setName(call.client, texts[0] ?? ''),
    },
    {
      words: 'SETINFO',
      argumentsMin: 2,
      argumentsMax: 2,
      summary: "Tells the client library's name or version.",
      usage: 'CLIENT SETINFO LIB-NAME|LIB-VER value',
      run: setInfo,
    },
    {
      words: 'LIST',
      argumentsMin: 0,
      argumentsMax: 2,
      summary: 'Returns a line for each connection of this node.',
      usage: 'CLIENT LIST',
      run: (call) => ({
        type: 'verbatim',
        text: call.node
          .clients()
          .map((one) => `${describe(one)}\n`)
          .join(''),
      }),
    },
    {
      words: 'INFO',
      argumentsMin: 0,
      argumentsMax: 0,
      summary: 'Returns the line for this connection.',
      usage: 'CLIENT INFO',
      run: (call) => ({ type: 'verbatim', text: `${describe(call.client)}\n` }),
    },
    {
      words: 'NO-EVICT',
      argumentsMin: 1,
      argumentsMax: 1,
      summary: 'Accepted; connections are never evicted.',
      usage: 'CLIENT NO-EVICT ON|OFF',
      run: () => OK,
    },
    {
      words: 'NO-TOUCH',
      argumentsMin: 1,
      argumentsMax: 1,
      summary: 'Accepted; access times are not kept.',
      usage: 'CLIENT NO-TOUCH ON|OFF',
      run: () => OK,
    },
  ],
);

function auth(call: Call): Reply | typeof LATER {
  const texts = textsFrom(call, 1);
  const { dialect } = call.node;
  if (texts.length > 2) return SYNTAX_ERROR;
  // Uhaha knows passwords only; its nodes here still say who they are.
  if (texts.length === 2 && dialect.name === 'uhaha' && texts[0] !== NODE_USER) {
    return dialect.wrongArity('auth', 'auth');
  }
  const password = texts.at(-1) ?? '';
  const username = texts.length === 2 ? (texts[0] ?? '') : DEFAULT_USER;
  return logIn(call, { username, password }, () => OK);
}

function select(call: Call): Reply {
  const index = textOf(call, 1);
  if (!/^-?\d+$/u.test(index)) {
    return errorReply('ERR value is not an integer or out of range');
  }
  return index === '0' ? OK : errorReply('ERR DB index is out of range');
}

function reset(call: Call): Reply {
  call.client.name = '';
  call.client.readLevel = null;
  call.node.monitors.remove(call.client);
  if (call.node.users !== null) call.client.setUser(null);
  call.client.setProtocol(2);
  return { type: 'simple', text: 'RESET' };
}

/** PING, ECHO, HELLO, CLIENT, SELECT, AUTH, RESET. QUIT is the server's. */
export const CONNECTION_COMMANDS: readonly NodeCommand[] = [
  nodeCommand({
    name: 'ping',
    arity: -1,
    summary: 'Returns PONG, or its argument.',
    group: 'connection',
    arguments: [{ name: 'message', type: 'string', optional: true }],
    run: (call) =>
      call.args.length > 2 ? call.node.dialect.wrongArity('ping', textOf(call, 0)) : ping(call),
  }),
  nodeCommand({
    name: 'echo',
    arity: 2,
    summary: 'Returns its argument.',
    group: 'connection',
    arguments: [{ name: 'message', type: 'string' }],
    run: (call) => call.args[1] ?? null,
  }),
  nodeCommand({
    name: 'hello',
    arity: -1,
    summary: 'Chooses RESP2 or RESP3 and introduces both sides.',
    group: 'connection',
    arguments: [
      { name: 'protover', type: 'integer', optional: true },
      { name: 'username-password', type: 'string', token: 'AUTH', optional: true },
      { name: 'clientname', type: 'string', token: 'SETNAME', optional: true },
    ],
    run: hello,
  }),
  client,
  nodeCommand({
    name: 'select',
    arity: 2,
    summary: 'Accepts database 0, the only one.',
    group: 'connection',
    arguments: [{ name: 'index', type: 'integer' }],
    run: select,
  }),
  nodeCommand({
    name: 'auth',
    arity: -2,
    summary: 'Says who the client is; a password alone is that of the default user.',
    group: 'connection',
    arguments: [
      { name: 'username', type: 'string', optional: true },
      { name: 'password', type: 'string' },
    ],
    run: auth,
  }),
  nodeCommand({
    name: 'reset',
    arity: 1,
    summary: 'Puts the connection back to its first state.',
    group: 'connection',
    run: reset,
  }),
];
