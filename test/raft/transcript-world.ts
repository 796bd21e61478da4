import type { RaftConfig } from '../../node-engine/raft/config.ts';
import type { MembershipChange, Proposed } from '../../node-engine/raft/core.ts';
import type { Refusal } from '../../node-engine/raft/errors.ts';
import { lastIndexOf } from '../../node-engine/raft/types.ts';
import { Cluster } from './cluster.ts';
import type { Loss } from './cluster.ts';
import {
  describeMembers,
  describeMessage,
  describeRun,
  describeTrace,
  describeWrite,
} from './describe.ts';
import type { WrittenLog } from './disk.ts';
import { commands, member } from './server.ts';
import type { Server } from './server.ts';

/**
 * What the commands of one transcript act on. Each command returns the lines it prints:
 *
 *   servers 1 2:2,2,3 3@4 [appendsInFlightMax=2 …]   one cluster; 2 has entries of terms 2, 2, 3
 *                                                  (2x4: one run of four), 3 has seen term 4
 *   start 4                                        a server that belongs to no cluster yet
 *   campaign 1 · propose 1 abc · read 1 · transfer 1 [2] · compact 1 8
 *   bootstrap 1                                    makes 1 the first server of a cluster
 *   member 1 add 4 joining · member 1 remove|promote|demote 4
 *   snapshot 1 8 [bytes]                           makes one up to index 8
 *   ready 1                                        takes what the core wants done; writes wait
 *   persist 1 [count]                              makes the oldest writes durable
 *   deliver 1>2 [count] · drop 1>2 [count]         messages on one link, oldest first
 *   keep 1>2 · copy 1>2 · late                     sets messages or copies aside, for later
 *   settle [quiet] [cut=1>2,3] [only=1,2]          all of that, until nothing is left to do
 *   tick 80 [1,2] [quiet] [cut=…]                  moves the clock; all servers, or those named
 *   crash 1 [lose=n]                               restarts without what is not durable; the disk
 *                                                  also loses its last n entries
 *   status · log 1
 */
export class TranscriptWorld {
  #cluster = new Cluster([]);
  #lines: string[] = [];
  #quiet = false;
  #kept: Cluster['network'] = [];

  run(command: string): readonly string[] {
    this.#lines = [];
    const [name = '', ...words] = command.split(/ +/);
    this.#quiet = words.includes('quiet');
    this.#act(name, words);
    for (const server of this.#cluster.servers.values()) this.#drain(server);
    return this.#lines;
  }

  #act(name: string, words: readonly string[]): void {
    const [first = '', second = '', third = '', fourth = ''] = words;
    switch (name) {
      case 'servers':
        this.#servers(words);
        return;
      case 'start':
        this.#cluster.start(first);
        return;
      case 'campaign':
        this.#result(this.#at(first).raft.campaign());
        return;
      case 'bootstrap':
        this.#result(this.#at(first).raft.bootstrap(member(first)));
        return;
      case 'propose':
        this.#result(this.#at(first).raft.propose(commands(second)));
        return;
      case 'read':
        this.#result(this.#at(first).raft.readIndex());
        return;
      case 'transfer':
        this.#result(this.#at(first).raft.transferLeadership(second === '' ? null : second));
        return;
      case 'member':
        this.#result(this.#at(first).raft.proposeMembership(changeOf(second, third, fourth)));
        return;
      case 'snapshot':
        this.#at(first).takeSnapshot(Number(second), new Uint8Array(Number(third || '4')));
        return;
      case 'compact':
        this.#at(first).raft.compact(Number(second));
        return;
      case 'ready':
        this.#ready(this.#at(first));
        return;
      case 'persist':
        this.#persist(this.#at(first), Number(second || '1'));
        return;
      case 'crash':
        this.#crash(this.#at(first), words);
        return;
      case 'settle':
        this.#settle(lossOf(words));
        return;
      case 'tick':
        this.#tick(Number(first), words);
        return;
      case 'status':
        for (const server of this.#cluster.servers.values()) this.#status(server);
        return;
      case 'log':
        for (const record of this.#at(first).disk.records) this.#lines.push(describeRun(record));
        return;
      default:
        this.#network(name, first, Number(second || '1'));
    }
  }

  #network(name: string, link: string, count: number): void {
    if (name === 'late') {
      for (const message of this.#kept.splice(0)) this.#step(message);
      return;
    }
    for (let number = 0; number < count; number += 1) {
      const { network } = this.#cluster;
      const place = network.findIndex((message) => `${message.from}>${message.to}` === link);
      const message = network[place];
      if (message === undefined) throw new Error(`no message on ${link}`);
      if (name !== 'copy') network.splice(place, 1);
      if (name === 'drop') this.#say(`lost: ${describeMessage(message)}`);
      else if (name === 'keep' || name === 'copy') this.#kept.push(message);
      else if (name === 'deliver') this.#step(message);
      else throw new Error(`no command ${name}`);
    }
  }

  #at(id: string): Server {
    return this.#cluster.at(id);
  }

  #say(line: string): void {
    if (!this.#quiet) this.#lines.push(line);
  }

  /** Writes down what a server has told since it was last asked. */
  #drain(server: Server): void {
    for (const event of server.trace.splice(0)) {
      const line = describeTrace(event);
      if (line !== null) this.#say(`  ${server.id} ${line}`);
    }
    for (const read of server.reads.splice(0))
      this.#say(`  ${server.id} reads at ${read.readIndex}`);
    const failed = server.failedReads.splice(0).length;
    if (failed > 0) this.#say(`  ${server.id} fails ${failed} reads`);
  }

  #result(result: Proposed | Refusal | { readonly ok: true }): void {
    if (!result.ok) this.#say(`refused: ${result.reason}`);
    else if ('firstIndex' in result) this.#say(`proposed at ${result.firstIndex}`);
    else this.#say('ok');
  }

  #servers(words: readonly string[]): void {
    const config: Partial<Record<keyof RaftConfig, number>> = {};
    const logs: Record<string, WrittenLog> = {};
    for (const word of words) {
      const [key = '', value = ''] = word.split('=');
      if (word.includes('=')) {
        config[key as keyof RaftConfig] = Number(value);
        continue;
      }
      const [position = '', term = '0'] = word.split('@');
      const [id = '', entries = ''] = position.split(':');
      const runs = entries === '' ? [] : entries.split(',').map(runOf);
      logs[id] = { runs, term: Number(term) };
    }
    this.#cluster = new Cluster(Object.keys(logs), config, logs);
  }

  #step(message: Cluster['network'][number]): void {
    this.#say(describeMessage(message));
    const server = this.#at(message.to);
    server.raft.step(message);
    this.#drain(server);
  }

  #ready(server: Server): void {
    while (server.raft.hasReady()) {
      const ready = server.takeReady();
      const write = describeWrite(ready);
      this.#drain(server);
      if (write !== null) this.#say(`  ${server.id} write ${ready.sequence}: ${write}`);
      for (const message of ready.messages) this.#say(`  sends ${describeMessage(message)}`);
      for (const fetch of ready.fetches) {
        this.#say(`  ${server.id} reads its disk for ${fetch.to} from ${fetch.fromIndex}`);
      }
      this.#cluster.network.push(...ready.messages);
    }
  }

  #persist(server: Server, count: number): void {
    for (let number = 0; number < count; number += 1) {
      const sequence = server.writing[0]?.sequence;
      if (sequence === undefined) throw new Error(`${server.id} has nothing to write`);
      const messages = server.persistOne();
      this.#say(`  ${server.id} write ${sequence} is durable`);
      this.#drain(server);
      for (const message of messages) this.#say(`  sends ${describeMessage(message)}`);
      this.#cluster.network.push(...messages);
    }
  }

  #crash(server: Server, words: readonly string[]): void {
    const lost = Number(words.find((word) => word.startsWith('lose='))?.slice(5) ?? '0');
    if (lost > 0) server.disk.loseEntries(lost);
    server.restart(this.#cluster.nowMs);
  }

  #settle(loss: Loss): void {
    const { servers, network } = this.#cluster;
    for (let step = 0; step < 10_000; step += 1) {
      for (const server of servers.values()) {
        network.push(...server.takeReadys());
        while (server.writing.length > 0) network.push(...server.persistOne());
        this.#drain(server);
      }
      const waiting = network.splice(0);
      const idle = [...servers.values()].every((server) => !server.raft.hasReady());
      if (waiting.length === 0 && idle) return;
      for (const message of waiting) {
        if (!loss(message)) this.#step(message);
      }
    }
    throw new Error('the cluster does not come to rest');
  }

  #tick(ms: number, words: readonly string[]): void {
    this.#cluster.nowMs += ms;
    const named = words.slice(1).find((word) => /^[\d,]+$/.test(word));
    const ids = named === undefined ? [...this.#cluster.servers.keys()] : named.split(',');
    for (const id of ids) {
      this.#at(id).raft.tick(this.#cluster.nowMs);
      this.#drain(this.#at(id));
    }
    if (words.some((word) => /^(cut|only)=/.test(word))) this.#settle(lossOf(words));
  }

  #status(server: Server): void {
    const status = server.raft.status();
    const { role, term, votedFor, leaderId, lastIndex, lastTerm, stableIndex, firstIndex } = status;
    const log = `log ${firstIndex}-${lastIndex}/t${lastTerm} durable ${stableIndex}`;
    const vote = `vote ${votedFor ?? 'nobody'} leader ${leaderId ?? 'nobody'}`;
    this.#lines.push(
      `${server.id} ${role} t${term} ${vote} ${log} commit ${status.commitIndex} ` +
        `members ${describeMembers(status.membership)}`,
    );
    for (const follower of status.followers) {
      const { id, state, matchIndex, nextIndex, appendsInFlight } = follower;
      const flight = appendsInFlight === 0 ? '' : ` ${appendsInFlight} in flight`;
      this.#lines.push(`  ${id}: ${state} match ${matchIndex} next ${nextIndex}${flight}`);
    }
    const last = server.disk.records.at(-1);
    if (last !== undefined && lastIndexOf(last) < server.raft.status().stableIndex) {
      throw new Error('the core believes durable what is not on disk');
    }
  }
}

/** `3` is one entry of term 3, `2x4` one run of four entries of term 2. */
function runOf(text: string): WrittenLog['runs'][number] {
  const [term = '', count = '1'] = text.split('x');
  return { term: Number(term), count: Number(count) };
}

function changeOf(type: string, id: string, rights: string): MembershipChange {
  switch (type) {
    case 'add':
      return {
        type,
        member: member(id, rights === 'joining' || rights === 'non-voter' ? rights : 'voter'),
      };
    case 'remove':
    case 'promote':
    case 'demote':
      return { type, id };
    default:
      throw new Error(`no change ${type}`);
  }
}

/**
 * `cut=1>2` loses one direction of a link, `cut=3` everything from and to 3, `cut=TimeoutNow` all
 * messages of that kind; `only=1,3` loses everything that is not between these.
 */
function lossOf(words: readonly string[]): Loss {
  const only = words.find((word) => word.startsWith('only='));
  if (only !== undefined) {
    const ids = only.slice(5).split(',');
    return ({ from, to }) => !ids.includes(from) || !ids.includes(to);
  }
  const cuts = (words.find((word) => word.startsWith('cut=')) ?? 'cut=').slice(4).split(',');
  return ({ from, to, type }) =>
    [from, to, type, `${from}>${to}`].some((cut) => cuts.includes(cut));
}
