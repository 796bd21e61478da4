import { CommandError, defineMachine } from 'raftdeck';

/*
 * The machine that the nemesis puts under load: transactions over lists, sets, registers with
 * compare-and-set, identifiers, and a bank. Loaded with `--machine test/nemesis/suite-machine.mjs`,
 * as any user's machine is.
 */

const ACCOUNTS = 8;
const INITIAL = 100;

/** @param {string} text */
function whole(text) {
  if (!/^\d{1,15}$/u.test(text)) throw new CommandError('ERR value is not an integer');
  return Number(text);
}

/** Own properties only: a key may have any name. @param {object} record @param {string} key */
function at(record, key) {
  return Object.hasOwn(record, key) ? record[key] : undefined;
}

export default defineMachine({
  name: 'nemesis-suite',
  version: '1.0.0',
  initial: () => ({ lists: {}, sets: {}, registers: {}, banks: {}, ids: 0, newest: '' }),
  commands: {
    LTXN: {
      kind: 'write',
      summary: 'Runs steps `a key element` and `r key -` over lists, all at once.',
      run: ({ state, args }) => {
        const answers = [];
        for (let step = 0; step + 2 < args.length; step += 3) {
          const [f, key, element] = args.slice(step, step + 3);
          const list = at(state.lists, key) ?? [];
          if (f === 'a') {
            const value = whole(element);
            state.lists[key] = [...list, value];
            answers.push(value);
          } else {
            answers.push([...list]);
          }
        }
        return answers;
      },
    },
    LREAD: {
      kind: 'read',
      summary: 'Returns lists.',
      run: ({ state, args }) => args.map((key) => [...(at(state.lists, key) ?? [])]),
    },
    SADD: {
      kind: 'write',
      arity: 3,
      summary: 'Puts a number into a set.',
      run: ({ state, args: [key, member] }) => {
        const members = at(state.sets, key) ?? [];
        const value = whole(member);
        if (!members.includes(value)) state.sets[key] = [...members, value];
        return 1;
      },
    },
    SMEMBERS: {
      kind: 'read',
      arity: 2,
      summary: 'Returns a set.',
      run: ({ state, args: [key] }) => [...(at(state.sets, key) ?? [])],
    },
    RGET: {
      kind: 'read',
      arity: 2,
      summary: 'Returns a register.',
      run: ({ state, args: [key] }) => at(state.registers, key) ?? null,
    },
    RSET: {
      kind: 'write',
      arity: 3,
      summary: 'Sets a register.',
      run: ({ state, args: [key, value] }) => {
        state.registers[key] = whole(value);
        return 1;
      },
    },
    RCAS: {
      kind: 'write',
      arity: 4,
      summary: 'Sets a register when it has the value expected.',
      run: ({ state, args: [key, expected, next] }) => {
        if (at(state.registers, key) !== whole(expected)) return 0;
        state.registers[key] = whole(next);
        return 1;
      },
    },
    NEWID: {
      kind: 'write',
      arity: 1,
      summary: 'Returns an identifier that nobody else has.',
      run: ({ state, uuid }) => {
        state.ids += 1;
        state.newest = uuid();
        return state.newest;
      },
    },
    TRANSFER: {
      kind: 'write',
      arity: 5,
      summary: 'Moves money between two accounts of a bank.',
      run: ({ state, args: [key, from, to, amount] }) => {
        const balances = [...(at(state.banks, key) ?? Array(ACCOUNTS).fill(INITIAL))];
        const money = whole(amount);
        if (balances[whole(from)] < money) return 0;
        balances[whole(from)] -= money;
        balances[whole(to)] += money;
        state.banks[key] = balances;
        return 1;
      },
    },
    BALANCES: {
      kind: 'read',
      arity: 2,
      summary: 'Returns all balances of a bank.',
      run: ({ state, args: [key] }) => [...(at(state.banks, key) ?? Array(ACCOUNTS).fill(INITIAL))],
    },
  },
  snapshot: 'json',
});
