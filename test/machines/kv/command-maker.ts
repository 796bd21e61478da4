import type { Pcg32 } from '../../../node-engine/machine/pcg32.ts';

type Word = string | number | Uint8Array;

const STRANGE_KEYS: readonly Word[] = ['', Uint8Array.of(0, 255, 13, 10), 'a*b', '[x]'];

/** 2100: an expiry that no test run reaches. */
const FAR_MS = 4_102_444_800_000;

/** Makes random commands, mostly right ones, over few keys so that they meet. */
export class CommandMaker {
  /** Names of the commands made so far. */
  readonly names = new Set<string>();
  readonly #random: Pcg32;
  /** What must follow the command made last, which must then be right. */
  readonly #following: Word[][] = [];

  constructor(random: Pcg32) {
    this.#random = random;
  }

  /** The next command, as it is sent. */
  next(): readonly Uint8Array[] {
    const words = this.#following.pop() ?? this.#pick(this.#makers)();
    this.names.add(String(words[0]).toLowerCase());
    const sent = this.#following.length === 0 ? this.#spoiled(words) : words;
    return sent.map((word) =>
      typeof word === 'object' ? word : Buffer.from(this.#inAnyCase(String(word), words), 'latin1'),
    );
  }

  /** Now and then something is missing or too much. */
  #spoiled(words: Word[]): Word[] {
    if (this.#below(60) === 0 && words.length > 1) return words.slice(0, -1);
    return this.#below(60) === 0 ? [...words, this.#pick(['', 'x', 'NX', 5, 'k1'])] : words;
  }

  #below(limit: number): number {
    return this.#random.nextUint32() % limit;
  }

  #pick<Item>(items: readonly Item[]): Item {
    const item = items[this.#below(items.length)];
    if (item === undefined) throw new Error('nothing to pick from');
    return item;
  }

  #inAnyCase(word: string, words: readonly Word[]): string {
    return word === words[0] && this.#below(4) === 0 ? word.toLowerCase() : word;
  }

  #key(): Word {
    if (this.#below(50) === 0) return this.#pick(STRANGE_KEYS);
    return `${this.#pick(['k', 'key:', 'n'])}${this.#below(12)}`;
  }

  #keys(): Word[] {
    return Array.from({ length: 1 + this.#below(4) }, () => this.#key());
  }

  #value(): Word {
    switch (this.#below(10)) {
      case 0:
        return Buffer.alloc(this.#below(300), this.#below(256));
      case 1:
        return this.#pick(['9223372036854775807', '-9223372036854775808', '9223372036854775806']);
      case 2:
        return this.#pick([
          '',
          ' 1',
          '01',
          '+1',
          '1.5',
          '-0',
          '1e3',
          'abc',
          '99999999999999999999',
        ]);
      case 3:
        return this.#pick(['0.1', '3.0e3', '-2.25', '10.50', '.5', '5.', '1000000.001']);
      default:
        return this.#below(4) === 0 ? -this.#below(1000) : this.#below(1_000_000);
    }
  }

  #integer(): Word {
    if (this.#below(12) === 0) return this.#value();
    return this.#pick([1, 2, -1, 10, 1000, 2 ** 53, '-9007199254740993', this.#below(100)]);
  }

  #index(): Word {
    return this.#below(15) === 0 ? this.#value() : this.#below(40) - 15;
  }

  /** A relative time far from its end, or a wrong one. */
  #ttl(): Word {
    if (this.#below(6) > 0) return 100_000 * (1 + this.#below(5));
    return this.#pick([0, -1, -100, 'x', '', '1.5', '9223372036854775807', '-9223372036854775808']);
  }

  #timeMs(): Word {
    if (this.#below(6) > 0) return FAR_MS + 1000 * this.#below(5) + this.#below(1000);
    return this.#pick([0, -1, 1, 1000, 'x', '-9223372036854775808']);
  }

  #timeSeconds(): Word {
    if (this.#below(6) > 0) return FAR_MS / 1000 + this.#below(5);
    return this.#pick([0, -5, 1, 'x', '9223372036854775807', '-9223372036854775808']);
  }

  #expiry(): Word[] {
    const [unit, time] = this.#pick([
      ['EX', this.#ttl()],
      ['PX', this.#ttl()],
      ['EXAT', this.#timeSeconds()],
      ['PXAT', this.#timeMs()],
    ] as const);
    return [unit, time];
  }

  #setOptions(): Word[] {
    const options: Word[] = [];
    for (let left = this.#below(4); left > 0; left--) {
      const choice = this.#below(8);
      if (choice < 3) options.push(this.#pick(['NX', 'XX', 'nx']));
      else if (choice === 3) options.push('GET');
      else if (choice === 4) options.push('KEEPTTL');
      else if (choice < 7) options.push(...this.#expiry());
      else options.push(this.#pick(['FOO', 'EX', 'PERSIST', '']));
    }
    return options;
  }

  #conditions(): Word[] {
    if (this.#below(2) === 0) return [];
    const words = ['NX', 'XX', 'GT', 'LT', 'lt', 'foo'];
    return Array.from({ length: 1 + this.#below(2) }, () => this.#pick(words));
  }

  #decimal(): Word {
    return this.#pick([
      1,
      -3,
      '0.1',
      '-2.5',
      '3.0e3',
      '5.',
      '.25',
      '1e2',
      'x',
      'inf',
      '',
      '1 ',
      '0',
    ]);
  }

  /** Redis counts keys that have expired until something looks at them. */
  #countKeys(): Word[] {
    this.#following.push(['DBSIZE']);
    const numbered = Array.from({ length: 12 }, (_, at) => [`k${at}`, `key:${at}`, `n${at}`]);
    return ['EXISTS', ...numbered.flat(), ...STRANGE_KEYS];
  }

  readonly #makers: readonly (() => Word[])[] = [
    () => ['SET', this.#key(), this.#value()],
    () => ['SET', this.#key(), this.#value(), ...this.#setOptions()],
    () => ['SET', this.#key(), this.#value(), ...this.#setOptions()],
    () => ['SETNX', this.#key(), this.#value()],
    () => ['SETEX', this.#key(), this.#ttl(), this.#value()],
    () => ['PSETEX', this.#key(), this.#ttl(), this.#value()],
    () => ['GETSET', this.#key(), this.#value()],
    () => ['GET', this.#key()],
    () => ['GETDEL', this.#key()],
    () => [
      'GETEX',
      this.#key(),
      ...this.#pick([[], ['PERSIST'], this.#expiry(), this.#setOptions()]),
    ],
    () => ['DEL', ...this.#keys()],
    () => ['UNLINK', this.#key()],
    () => ['EXISTS', ...this.#keys()],
    () => ['TOUCH', ...this.#keys()],
    () => ['KEYS', this.#pick(['*', 'k*', 'n?', 'key:[0-4]', '[^k]*', 'k[1', '\\k1', 'a\\*b', ''])],
    () => this.#countKeys(),
    () => ['TYPE', this.#key()],
    () => ['INCR', this.#key()],
    () => ['DECR', this.#key()],
    () => ['INCRBY', this.#key(), this.#integer()],
    () => ['DECRBY', this.#key(), this.#integer()],
    () => ['INCRBYFLOAT', `float${this.#below(3)}`, this.#decimal()],
    () => ['DEL', `float${this.#below(3)}`],
    () => ['APPEND', this.#key(), this.#value()],
    () => ['STRLEN', this.#key()],
    () => ['GETRANGE', this.#key(), this.#index(), this.#index()],
    () => ['SUBSTR', this.#key(), this.#index(), this.#index()],
    () => ['SETRANGE', this.#key(), this.#index(), this.#pick([this.#value(), ''])],
    () => ['MGET', ...this.#keys()],
    () => ['MSET', this.#key(), this.#value(), this.#key(), this.#value()],
    () => ['MSETNX', this.#key(), this.#value(), this.#key(), this.#value()],
    () => ['EXPIRE', this.#key(), this.#ttl(), ...this.#conditions()],
    () => ['PEXPIRE', this.#key(), this.#ttl(), ...this.#conditions()],
    () => ['EXPIREAT', this.#key(), this.#timeSeconds(), ...this.#conditions()],
    () => ['PEXPIREAT', this.#key(), this.#timeMs(), ...this.#conditions()],
    () => ['TTL', this.#key()],
    () => ['PTTL', this.#key()],
    () => ['EXPIRETIME', this.#key()],
    () => ['PEXPIRETIME', this.#key()],
    () => ['PERSIST', this.#key()],
    () => ['RENAME', this.#key(), this.#key()],
    () => ['RENAMENX', this.#key(), this.#key()],
    () => [
      'COPY',
      this.#key(),
      this.#key(),
      ...this.#pick([[], ['REPLACE'], ['DB', 0], ['DB', 'x']]),
    ],
    () => ['SCAN', this.#pick(['0', 'x', '', '-1x', 0]), 'COUNT', 10_000],
    () => ['SCAN', 0, 'MATCH', 'k*', 'COUNT', 10_000, 'TYPE', this.#pick(['string', 'hash'])],
    () => ['SCAN', 0, ...this.#pick([['COUNT', 0], ['COUNT', 'x'], ['MATCH'], ['FOO', 1]])],
    () => this.#pick([['FLUSHALL'], ['FLUSHDB', 'x'], ['FLUSHDB', 'ASYNC'], ['RANDOMKEY']]),
    () => ['NOSUCHCOMMAND', `k${this.#below(9)}`, 'x'.repeat(this.#below(200)), 'last'],
  ];
}
