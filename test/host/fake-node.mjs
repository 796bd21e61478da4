/*
 * A process that behaves towards a host as a node does: the command line, the RESP port with RAFT WATCH,
 * the administrative commands, signals. It replicates nothing: whoever is first leads, and tells the
 * others. For tests of what the host does to processes and makes of what they say.
 */
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

const STATE_INTERVAL_MS = 50;
/** Traced events are sent together for so long. */
const EMIT_MS = 20;
/**
 * Without word from its leader for this long a follower says that it knows none; far longer than a busy
 * machine keeps a process waiting.
 */
const LEADER_LOST_MS = 10_000;
/** So long a message is worth waiting for that is sent again soon. */
const STATE_TIMEOUT_MS = 1_000;
/** So long a question is waited for that is asked once. */
const ASK_TIMEOUT_MS = 20_000;

/**
 * @typedef {object} FakeNodeOptions
 * @property {string} id
 * @property {string} address
 * @property {string} directory
 * @property {string | null} join
 * @property {boolean} wait
 */

/**
 * @param {FakeNodeOptions} options
 * @returns {Promise<{ close: () => Promise<void> }>}
 */
export async function startFakeNode(options) {
  const node = new FakeNode(options);
  await node.listen();
  return { close: () => node.close() };
}

class FakeNode {
  #connections = new Set();
  #watchers = new Set();
  #timers = [];
  #startedAtMs = Date.now();
  #sequence = 0;
  #traceSequence = 0;
  #heardAtMs = 0;

  constructor({ id, address, directory, join: joinAddress, wait }) {
    this.id = id;
    this.address = address;
    this.directory = directory;
    mkdirSync(directory, { recursive: true });
    this.path = join(directory, 'fake.json');
    this.shared = this.#load() ?? {
      term: wait || joinAddress !== null ? 0 : 1,
      leaderId: wait || joinAddress !== null ? null : id,
      members: wait || joinAddress !== null ? [] : [member(id, address, true)],
      lastIndex: 1,
    };
    this.joinAddress = this.shared.members.length === 0 ? joinAddress : null;
    this.server = createServer((socket) => this.#serve(socket));
  }

  async listen() {
    const [host, port] = this.address.split(':');
    await new Promise((resolve, reject) => {
      this.server.once('error', reject);
      this.server.listen({ host, port: Number(port) }, () => resolve(undefined));
    });
    this.#timers.push(setInterval(() => this.#turn(), STATE_INTERVAL_MS));
    if (this.joinAddress !== null) void this.#join(this.joinAddress);
  }

  async close() {
    for (const timer of this.#timers) clearInterval(timer);
    this.joinAddress = null;
    for (const socket of this.#connections) socket.destroy();
    await new Promise((resolve) => this.server.close(() => resolve(undefined)));
  }

  get leads() {
    return this.shared.leaderId === this.id;
  }

  async #join(address) {
    while (this.joinAddress !== null && this.shared.members.length === 0) {
      const reply = await ask(address, ['RAFTADDPEER', this.address]).catch(() => '');
      if (reply === 'OK') return;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  #turn() {
    if (this.leads) {
      for (const { id, peerAddress } of this.shared.members) {
        if (id === this.id) continue;
        const words = ['FAKE', 'STATE', JSON.stringify(this.shared)];
        void ask(peerAddress, words, STATE_TIMEOUT_MS).catch(() => '');
      }
    } else if (this.shared.leaderId !== null && Date.now() - this.#heardAtMs > LEADER_LOST_MS) {
      this.#change({ leaderId: null });
    }
  }

  #change(change) {
    const before = this.shared;
    this.shared = { ...this.shared, ...change };
    const text = JSON.stringify(this.shared);
    if (JSON.stringify(before) === text) return;
    // Whole or not at all: it may be killed while it writes.
    writeFileSync(`${this.path}.new`, text);
    renameSync(`${this.path}.new`, this.path);
    const role = before.leaderId !== this.shared.leaderId || before.term !== this.shared.term;
    const event = {
      type: 'role',
      role: this.leads ? 'leader' : 'follower',
      term: this.shared.term,
    };
    for (const watcher of this.#watchers) {
      watcher.push('status', this.#status());
      if (role) watcher.push('trace', [this.#trace(event)]);
    }
  }

  /** Each message comes on a connection of its own: what was said earlier may be heard later. */
  #hear(state) {
    const { term, lastIndex } = this.shared;
    if (state.term < term || (state.term === term && state.lastIndex < lastIndex)) return;
    this.#heardAtMs = Date.now();
    this.#change(state);
  }

  /** Traces `count` events as a busy leader does, so many a second, evenly. */
  async #emit(count, perSecond) {
    const startedMs = Date.now();
    let done = 0;
    while (done < count) {
      const due = Math.min(
        count,
        Math.ceil(((Date.now() - startedMs + EMIT_MS) * perSecond) / 1000),
      );
      const traces = [];
      for (; done < due; done += 1) {
        // One in five thousand is of the rare kind that is kept for long and drawn on the lanes.
        traces.push(
          this.#trace(
            done % 5_000 === 0
              ? { type: 'vote-requested', from: this.id, to: '2', term: this.shared.term }
              : { type: 'committed', commitIndex: done, leaderId: this.id },
          ),
        );
      }
      for (const watcher of this.#watchers) watcher.push('trace', traces);
      await new Promise((resolve) => setTimeout(resolve, EMIT_MS));
    }
  }

  #trace(event) {
    this.#traceSequence += 1;
    return { sequence: this.#traceSequence, timeMs: Date.now(), event };
  }

  #serve(socket) {
    this.#connections.add(socket);
    socket.setNoDelay(true);
    let text = '';
    socket.on('data', (chunk) => {
      text += chunk.toString('latin1');
      for (let parsed = takeCommand(text); parsed !== null; parsed = takeCommand(text)) {
        text = text.slice(parsed.length);
        this.#answer(socket, parsed.args);
      }
    });
    socket.on('error', () => socket.destroy());
    socket.on('close', () => {
      this.#connections.delete(socket);
      for (const watcher of this.#watchers) if (watcher.socket === socket) this.#unwatch(watcher);
    });
  }

  #unwatch(watcher) {
    clearInterval(watcher.timer);
    this.#watchers.delete(watcher);
  }

  #answer(socket, args) {
    const [name = '', second = '', third] = args.map((word, at) =>
      at < 2 ? word.toUpperCase() : word,
    );
    const write = (reply) => socket.writable && socket.write(reply);
    const isAdmin = name === 'RAFTADDPEER' || name === 'RAFTREMOVEPEER' || name === 'SET';
    if (name === 'HELLO') write('%1\r\n$6\r\nserver\r\n$4\r\nfake\r\n');
    else if (name === 'RAFT' && second === 'WATCH') this.#watch(socket);
    else if (name === 'FAKE' && second === 'ID') write(`+${this.id}\r\n`);
    else if (name === 'FAKE' && second === 'STATE') {
      this.#hear(JSON.parse(third));
      write('+OK\r\n');
    } else if (name === 'FAKE' && second === 'LEAD') {
      this.#change({ term: this.shared.term + 1, leaderId: this.id });
      write('+OK\r\n');
    } else if (name === 'FAKE' && second === 'EMIT') {
      void this.#emit(Number(third), Number(args[3])).then(() => write('+OK\r\n'));
    } else if (name === 'RAFT' && second === 'STATUS') {
      write(bulk(JSON.stringify(this.#status())));
    } else if (name === 'FAKE' && second === 'SILENCE') {
      // Takes the command and never answers.
    } else if (name === 'RAFTSNAPSHOT' || name === 'PING') write('+OK\r\n');
    else if (name === 'RAFTSHRINKLOG') write('-ERR nothing to shrink\r\n');
    else if (name === 'SHUTDOWN') process.exit(0);
    else if (!this.leads && (isAdmin || second === 'SERVER')) write(this.#redirect());
    else if (name === 'SET') {
      this.#change({ lastIndex: this.shared.lastIndex + 1 });
      write('+OK\r\n');
    } else if (name === 'RAFTADDPEER') void this.#add(args[1]).then(write);
    else if (name === 'RAFTREMOVEPEER') write(this.#remove(args[1]));
    else if (name === 'RAFT' && second === 'SERVER') void this.#transfer(args[3]).then(write);
    else write(`-ERR unknown command '${name}'\r\n`);
  }

  #redirect() {
    const leader = this.shared.members.find(({ id }) => id === this.shared.leaderId);
    return leader === undefined
      ? '-CLUSTERDOWN no leader is known\r\n'
      : `-MOVED 0 ${leader.clientAddress}\r\n`;
  }

  async #add(address) {
    const isMember = () => this.shared.members.some(({ peerAddress }) => peerAddress === address);
    if (isMember()) return '+OK\r\n';
    const id = await ask(address, ['FAKE', 'ID']).catch(() => null);
    if (id === null) return `-ERR cannot reach ${address}: connection refused\r\n`;
    // Somebody else may have asked for the same meanwhile.
    if (isMember()) return '+OK\r\n';
    const members = [...this.shared.members, member(id, address, true)];
    this.#change({ members, lastIndex: this.shared.lastIndex + 1 });
    return '+OK\r\n';
  }

  #remove(address) {
    const members = this.shared.members.filter(({ peerAddress }) => peerAddress !== address);
    if (members.length === this.shared.members.length) return '-ERR peer is unknown\r\n';
    const lastIndex = this.shared.lastIndex + 1;
    const [heir] = members;
    if (members.some(({ id }) => id === this.id)) this.#change({ members, lastIndex });
    else {
      this.#change({ members, lastIndex, leaderId: heir.id });
      void ask(heir.peerAddress, ['FAKE', 'STATE', JSON.stringify(this.shared)])
        .then(() => ask(heir.peerAddress, ['FAKE', 'LEAD']))
        .catch(() => '');
    }
    return '+OK\r\n';
  }

  async #transfer(wanted) {
    const others = this.shared.members.filter(({ id }) => id !== this.id);
    const heir = wanted === undefined ? others[0] : others.find(({ id }) => id === wanted);
    if (heir === undefined) return '-ERR server not found\r\n';
    await ask(heir.peerAddress, ['FAKE', 'LEAD']).catch(() => '');
    return '+OK\r\n';
  }

  #watch(socket) {
    const watcher = {
      socket,
      push: (kind, document) => {
        if (socket.writable) socket.write(pushOf(kind, JSON.stringify(document)));
      },
      timer: setInterval(() => {
        this.#sequence += 1;
        watcher.push('figures', { timeMs: Date.now(), sequence: this.#sequence, keys: 7 });
      }, 100),
    };
    this.#watchers.add(watcher);
    watcher.push('status', this.#status());
    watcher.push('trace', [this.#trace({ type: 'started' })]);
  }

  #load() {
    try {
      return JSON.parse(readFileSync(this.path, 'utf8'));
    } catch {
      // Its first start.
      return null;
    }
  }

  #status() {
    this.#sequence += 1;
    const { term, leaderId, members, lastIndex } = this.shared;
    const self = members.find(({ id }) => id === this.id);
    const leader = members.find(({ id }) => id === leaderId);
    return {
      ...FIXED,
      timeMs: Date.now(),
      sequence: this.#sequence,
      id: this.id,
      pid: process.pid,
      startedAtMs: this.#startedAtMs,
      clientAddress: this.address,
      peerAddress: this.address,
      directory: this.directory,
      health: self === undefined ? 'waiting' : 'ok',
      healthReason: null,
      role: this.leads ? 'leader' : 'follower',
      voter: self?.voter ?? false,
      term,
      votedFor: leaderId,
      leaderId,
      leaderClientAddress: leader?.clientAddress ?? null,
      leaderContactMs: this.leads || leaderId === null ? null : Date.now() - this.#heardAtMs,
      stateAgeMs: null,
      members,
      membershipIndex: lastIndex,
      lastIndex,
      lastTerm: term,
      stableIndex: lastIndex,
      commitIndex: lastIndex,
      appliedIndex: lastIndex,
      followers: this.leads
        ? members.filter(({ id }) => id !== this.id).map(({ id }) => progress(id, lastIndex))
        : [],
      clocks: [],
      links: [],
    };
  }
}

function member(id, address, voter) {
  return { id, peerAddress: address, clientAddress: address, voter, promote: !voter };
}

function progress(id, matchIndex) {
  return {
    id,
    state: 'replicate',
    matchIndex,
    nextIndex: matchIndex + 1,
    appendsInFlight: 0,
    lastContactMs: null,
    roundTripMs: null,
    snapshotSentBytes: null,
    snapshotSizeBytes: null,
    connected: true,
  };
}

const FIXED = {
  version: 1,
  clusterId: 'fake',
  softwareVersion: '0.0.0',
  machine: 'kv',
  backend: 'leveldb',
  durability: 'high',
  consistency: 'high',
  redirect: 'moved',
  dialect: 'redis',
  transferTarget: null,
  membershipCommitted: true,
  firstIndex: 1,
  snapshotIndex: 0,
  snapshotTerm: 0,
  snapshots: [],
  snapshotInProgress: false,
  restore: null,
  logBytes: 0,
  keys: 0,
  electionTimeoutMinMs: 400,
  electionTimeoutMaxMs: 800,
  heartbeatIntervalMs: 80,
  faultsAllowed: true,
  faults: [],
  counters: {
    commands: 0,
    writes: 0,
    reads: 0,
    errors: 0,
    elections: 0,
    logWrites: 0,
    logWriteBytes: 0,
    snapshotsTaken: 0,
    snapshotsInstalled: 0,
    messagesSent: 0,
    messagesReceived: 0,
    connections: 0,
  },
  figures: {
    writesPerSecond: 0,
    readsPerSecond: 0,
    commitP50Ms: null,
    commitP99Ms: null,
    fsyncP50Ms: null,
    fsyncP99Ms: null,
    residentBytes: 1,
    heapBytes: 1,
    cpuPercent: 0,
  },
};

/** The first whole command of a stream: an array of bulk strings, in Latin-1 text. */
function takeCommand(text) {
  const head = /^\*(\d+)\r\n/.exec(text);
  if (head === null) return null;
  let at = head[0].length;
  const args = [];
  for (let left = Number(head[1]); left > 0; left -= 1) {
    const bulk = /^\$(\d+)\r\n/.exec(text.slice(at, at + 20));
    if (bulk === null) return null;
    at += bulk[0].length;
    const length = Number(bulk[1]);
    if (text.length < at + length + 2) return null;
    args.push(Buffer.from(text.slice(at, at + length), 'latin1').toString('utf8'));
    at += length + 2;
  }
  return { args, length: at };
}

function bulk(text) {
  return `$${Buffer.byteLength(text)}\r\n${text}\r\n`;
}

function pushOf(kind, json) {
  return `>3\r\n${bulk('raft-watch')}${bulk(kind)}${bulk(json)}`;
}

/** Sends one command to another fake node; the text of its one-line answer. */
function ask(address, args, timeoutMs = ASK_TIMEOUT_MS) {
  const [host, port] = address.split(':');
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port: Number(port) }, () => {
      socket.write(`*${args.length}\r\n${args.map(bulk).join('')}`);
    });
    let text = '';
    socket.setTimeout(timeoutMs, () => socket.destroy());
    socket.on('data', (chunk) => {
      text += chunk.toString('latin1');
      if (!text.endsWith('\r\n')) return;
      socket.destroy();
      if (text.startsWith('+')) resolve(text.slice(1, -2));
      else reject(new Error(text.slice(1, -2)));
    });
    socket.on('error', reject);
    socket.on('close', () => reject(new Error('closed')));
  });
}

/** The command line of a node, as the host writes it. */
async function main() {
  const { values } = parseArgs({
    args: process.argv.slice(3),
    options: {
      n: { type: 'string', short: 'n' },
      a: { type: 'string', short: 'a' },
      d: { type: 'string', short: 'd' },
      j: { type: 'string', short: 'j' },
      wait: { type: 'boolean' },
      home: { type: 'string' },
      machine: { type: 'string' },
      backend: { type: 'string' },
      durability: { type: 'string' },
      faults: { type: 'boolean' },
    },
  });
  if (values.machine === 'broken') {
    console.error('the machine is broken');
    process.exit(3);
  }
  const node = await startFakeNode({
    id: values.n ?? '1',
    address: values.a ?? '',
    directory: values.d ?? '',
    join: values.j ?? null,
    wait: values.wait ?? false,
  });
  process.on('SIGTERM', () => {
    if (values.machine === 'stubborn') return;
    console.log('ending');
    void node.close().then(() => process.exit(0));
  });
  console.log(`node ${values.n ?? ''} listens on ${values.a ?? ''}`);
}

if (process.argv[2] === 'node') await main();
