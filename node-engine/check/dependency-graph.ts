/**
 * Why one transaction must come before another: it wrote the version before (`ww`), the version that
 * the other read (`wr`), the other overwrote what it had read (`rw`), or it was answered before the
 * other was sent (`rt`).
 */
export type Dependency = 'ww' | 'wr' | 'rw' | 'rt';

/** One edge; nodes are numbers from 0. */
export interface Edge {
  readonly from: number;
  readonly to: number;
  readonly dependency: Dependency;
}

/** A graph of what must come before what. */
export class DependencyGraph {
  readonly #out: Edge[][];

  constructor(size: number) {
    this.#out = Array.from({ length: size }, () => []);
  }

  get size(): number {
    return this.#out.length;
  }

  /** A node never depends on itself. */
  add(from: number, to: number, dependency: Dependency): void {
    if (from !== to) this.#out[from]?.push({ from, to, dependency });
  }

  /** The edges out of a node that are of the given kinds. */
  edges(from: number, kinds: ReadonlySet<Dependency>): readonly Edge[] {
    return (this.#out[from] ?? []).filter(({ dependency }) => kinds.has(dependency));
  }

  /**
   * Groups of nodes that all come before each other, by edges of the given kinds: in a serial history
   * there is none. Tarjan's algorithm, with a stack of its own because histories are long.
   */
  knots(kinds: ReadonlySet<Dependency>): readonly (readonly number[])[] {
    const search = new KnotSearch(this, kinds);
    for (let node = 0; node < this.size; node += 1) search.visit(node);
    return search.knots;
  }

  /** A shortest way from one node to another by edges of the given kinds, or null. */
  path(
    from: number,
    to: number,
    kinds: ReadonlySet<Dependency>,
    within: ReadonlySet<number>,
  ): readonly Edge[] | null {
    const cameBy = new Map<number, Edge | null>([[from, null]]);
    let reached = [from];
    while (reached.length > 0 && !cameBy.has(to)) {
      const next: number[] = [];
      for (const edge of reached.flatMap((node) => this.edges(node, kinds))) {
        if (cameBy.has(edge.to) || !within.has(edge.to)) continue;
        cameBy.set(edge.to, edge);
        next.push(edge.to);
      }
      reached = next;
    }
    if (!cameBy.has(to)) return null;
    const path: Edge[] = [];
    for (let edge = cameBy.get(to) ?? null; edge !== null; edge = cameBy.get(edge.from) ?? null) {
      path.unshift(edge);
    }
    return path;
  }
}

class KnotSearch {
  readonly knots: number[][] = [];
  readonly #graph: DependencyGraph;
  readonly #kinds: ReadonlySet<Dependency>;
  readonly #order: Int32Array;
  readonly #low: Int32Array;
  readonly #onStack: Uint8Array;
  readonly #stack: number[] = [];
  #count = 0;

  constructor(graph: DependencyGraph, kinds: ReadonlySet<Dependency>) {
    this.#graph = graph;
    this.#kinds = kinds;
    this.#order = new Int32Array(graph.size).fill(-1);
    this.#low = new Int32Array(graph.size);
    this.#onStack = new Uint8Array(graph.size);
  }

  visit(root: number): void {
    if (this.#order[root] !== -1) return;
    const calls = [this.#enter(root)];
    for (let call = calls.at(-1); call !== undefined; call = calls.at(-1)) {
      const edge = call.edges[call.next];
      call.next += 1;
      if (edge === undefined) {
        calls.pop();
        this.#leave(call.node);
        const caller = calls.at(-1);
        if (caller !== undefined) this.#lower(caller.node, this.#low[call.node] ?? 0);
      } else if (this.#order[edge.to] === -1) {
        calls.push(this.#enter(edge.to));
      } else if (this.#onStack[edge.to] === 1) {
        this.#lower(call.node, this.#order[edge.to] ?? 0);
      }
    }
  }

  #enter(node: number): { readonly node: number; readonly edges: readonly Edge[]; next: number } {
    this.#order[node] = this.#count;
    this.#low[node] = this.#count;
    this.#count += 1;
    this.#stack.push(node);
    this.#onStack[node] = 1;
    return { node, edges: this.#graph.edges(node, this.#kinds), next: 0 };
  }

  #lower(node: number, to: number): void {
    this.#low[node] = Math.min(this.#low[node] ?? 0, to);
  }

  #leave(node: number): void {
    if (this.#low[node] !== this.#order[node]) return;
    const knot = this.#stack.splice(this.#stack.lastIndexOf(node));
    for (const member of knot) this.#onStack[member] = 0;
    if (knot.length > 1) this.knots.push(knot);
  }
}
