import { readFileSync } from 'node:fs';
import type {
  LoadFnOutput,
  LoadHookContext,
  ResolveFnOutput,
  ResolveHookContext,
} from 'node:module';
import { fileURLToPath } from 'node:url';

/*
 * Hooks for Node's module loader, run in a thread of their own (node:module, `register`). They let a
 * machine's module import `raftdeck` and `raftdeck/testing` and get the framework that runs it, and let
 * it be TypeScript where its folder has the `typescript` package.
 */

/** What `register` hands over. */
export interface MachineLoaderData {
  /** URLs of what this program runs, by the name that a module imports: `raftdeck`. */
  readonly own: Readonly<Record<string, string>>;
  /** URL of the `typescript` package to transpile with; null when no TypeScript is to be read. */
  readonly typescript: string | null;
}

/** The two functions used of the `typescript` package. */
interface Transpiler {
  readonly transpileModule: (
    source: string,
    options: { readonly fileName: string; readonly compilerOptions: Record<string, unknown> },
  ) => { readonly outputText: string };
}

const TYPESCRIPT = /\.m?ts$/;

let own: ReadonlyMap<string, string> = new Map();
let transpiler: Transpiler | null = null;

/** Called once by Node. */
export async function initialize(data: MachineLoaderData): Promise<void> {
  own = new Map(Object.entries(data.own));
  if (data.typescript === null) return;
  const loaded: unknown = await import(data.typescript);
  transpiler = (loaded as { readonly default: Transpiler }).default;
}

/** `raftdeck` is the framework that runs; `./a.js` may be written where `./a.ts` stands. */
export async function resolve(
  specifier: string,
  context: ResolveHookContext,
  next: (specifier: string, context?: Partial<ResolveHookContext>) => Promise<ResolveFnOutput>,
): Promise<ResolveFnOutput> {
  const url = own.get(specifier);
  if (url !== undefined) return { url, shortCircuit: true };
  const isRelative = specifier.startsWith('./') || specifier.startsWith('../');
  if (transpiler === null || !isRelative || !/\.m?js$/.test(specifier)) {
    return next(specifier, context);
  }
  try {
    return await next(specifier, context);
  } catch (error) {
    const isMissing = error instanceof Error && 'code' in error;
    if (!isMissing || error.code !== 'ERR_MODULE_NOT_FOUND') throw error;
    return next(specifier.replace(/js$/, 'ts'), context);
  }
}

/** TypeScript becomes JavaScript, one file at a time and without a check of its types. */
export async function load(
  url: string,
  context: LoadHookContext,
  next: (url: string, context?: Partial<LoadHookContext>) => Promise<LoadFnOutput>,
): Promise<LoadFnOutput> {
  const { protocol, pathname } = new URL(url);
  if (transpiler === null || protocol !== 'file:' || !TYPESCRIPT.test(pathname)) {
    return next(url, context);
  }
  const fileName = fileURLToPath(url);
  const { outputText } = transpiler.transpileModule(readFileSync(fileName, 'utf8'), {
    fileName,
    // 99 is ESNext for both, in every version of TypeScript that has this function.
    compilerOptions: { module: 99, target: 99, inlineSourceMap: true, verbatimModuleSyntax: true },
  });
  return { format: 'module', source: outputText, shortCircuit: true };
}
