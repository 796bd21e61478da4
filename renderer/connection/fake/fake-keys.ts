/*
 * What scripted clusters hold. Keys are base64, as on the contract.
 */

interface FakeValue {
  readonly bytes: Uint8Array;
  expiresAtMs: number | null;
}

/** What a scripted cluster holds: some keys that are there, and as many that are only counted. */
export class FakeKeys {
  /** Key and value by the key's base64. */
  readonly known = new Map<string, FakeValue>();
  /** `key:0000000` and so on, beside those that are known. */
  counted = 0;

  set(key: string, value: string | Uint8Array, expiresAtMs: number | null = null): void {
    const bytes = typeof value === 'string' ? new TextEncoder().encode(value) : value;
    this.known.set(encode(new TextEncoder().encode(key)), { bytes, expiresAtMs });
  }

  get total(): number {
    return this.known.size + this.counted;
  }

  find(key: string): FakeValue | undefined {
    const known = this.known.get(key);
    if (known !== undefined) return known;
    const isCounted = this.counted > 0 && atob(key).startsWith('key:');
    return isCounted ? { bytes: new TextEncoder().encode('1'), expiresAtMs: null } : undefined;
  }

  page(from: number, count: number): { readonly keys: readonly string[]; readonly next: number } {
    const known = [...this.known.keys()];
    const to = Math.min(this.total, from + count);
    const keys = Array.from({ length: to - from }, (_, at) => {
      const index = from + at;
      return known[index] ?? btoa(`key:${String(index - known.length).padStart(7, '0')}`);
    });
    return { keys, next: to === this.total ? 0 : to };
  }
}

function encode(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes));
}

/** The keys of a cluster that is shown full of them. */
export function fakeKeys(nowMs: number): FakeKeys {
  const keys = new FakeKeys();
  const rows = Array.from({ length: 600 }, (_, id) => ({
    ...{ id, sku: `A-${String(1_000 + id)}`, qty: id % 7, at: '2026-11-19T08:11:02Z' },
  }));
  for (let at = 0; at < 240; at += 1) {
    keys.set(`user:${String(at)}`, `{"n":"Grace","plan":"team","seats":${String(at)}}`);
    keys.set(`stock:A-${String(1_000 + at)}`, String(at * 3));
    keys.set(`session:${String(at)}:token`, `t-${String(at)}`, nowMs + 58_000 + at * 1_000);
  }
  keys.set('user:8', JSON.stringify({ n: 'Grace', plan: 'team', rows }, null, 1));
  keys.set(
    'picture:8',
    Uint8Array.from({ length: 2_048 }, (_, at) => (at * 37) % 256),
  );
  keys.set('report:2026', 'A line of a long report, which goes on.\n'.repeat(40_000));
  return keys;
}

/** Keys and values that would run, hide or break the layout if anything took them for more than text. */
export function hostileKeys(): FakeKeys {
  const keys = new FakeKeys();
  const texts = [
    '<img src=x onerror=alert(1)>',
    '"><script>alert(1)</script>',
    'javascript:alert(1)',
    '{{constructor.constructor("alert(1)")()}}',
    '\u202ekey turned round\u202c',
    'line\nbreak\r\n\u0000zero\u001b[31mred',
    'x'.repeat(2_000),
    '\u0301\u0301\u0301 combining',
    '👩‍👩‍👧‍👦'.repeat(20),
    '../../etc/passwd',
    '__proto__',
    '',
  ];
  for (let at = 0; at < 100; at += 1) {
    const text = texts[at % texts.length] ?? '';
    keys.set(at < texts.length ? text : `${text} ${String(at)}`, text);
  }
  keys.known.set(btoa('\xff\xfe\x00\x80'), { bytes: Uint8Array.of(255, 0), expiresAtMs: null });
  return keys;
}
