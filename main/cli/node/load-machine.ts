import { statSync } from 'node:fs';
import { createRequire, register } from 'node:module';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

import type { MachineDefinition } from '../../../node-engine/machine/machine.ts';
import { kv } from '../../../node-engine/machines/kv/kv.ts';
import { ticket } from '../../../node-engine/machines/ticket/ticket.ts';
import { timeseries } from '../../../node-engine/machines/timeseries/timeseries.ts';
import { didYouMean } from '../args/suggestion.ts';
import { CommandError, reasonOf, UsageError } from '../args/usage-error.ts';
import type { Program } from '../program.ts';
import type { MachineLoaderData } from './machine-loader.ts';

/** The machines that come with the program. */
export const BUILT_IN_MACHINES: ReadonlyMap<string, MachineDefinition> = new Map(
  [kv, ticket, timeseries].map((machine) => [machine.name, machine]),
);

const MODULE = /[/\\]|\.(js|mjs|ts|mts)$/;
const TYPESCRIPT = /\.m?ts$/;

/** Whether a machine's name is that of a module and not of a built-in machine. */
export function isModule(name: string): boolean {
  return MODULE.test(name);
}

/**
 * The machine of that name, or of the module at that path: its default export, or the one named
 * `machine`. A module runs with all rights of this process.
 *
 * @throws UsageError when there is no such machine or the module cannot be one
 * @throws CommandError when the module itself fails
 */
export async function loadMachine(name: string, program: Program): Promise<MachineDefinition> {
  if (!isModule(name)) {
    const builtIn = BUILT_IN_MACHINES.get(name);
    if (builtIn !== undefined) return builtIn;
    const names = [...BUILT_IN_MACHINES.keys()];
    throw new UsageError(
      `unknown machine '${name}'${didYouMean(name, names)}; there is ${names.join(', ')}, ` +
        'or the path of a .js, .mjs or .ts module',
    );
  }
  const path = resolve(name);
  if (statSync(path, { throwIfNoEntry: false })?.isFile() !== true) {
    throw new UsageError(`the machine module ${path} does not exist`);
  }
  const built = (name: string): string =>
    pathToFileURL(join(program.root, 'out', 'node', name)).href;
  const data: MachineLoaderData = {
    own: { raftdeck: built('framework.js'), 'raftdeck/testing': built('testing.js') },
    typescript: TYPESCRIPT.test(path) ? typescriptFor(path) : null,
  };
  register(built('machine-loader.js'), { data });
  return machineIn(await importModule(path), path);
}

async function importModule(path: string): Promise<Readonly<Record<string, unknown>>> {
  try {
    const module: unknown = await import(pathToFileURL(path).href);
    return module as Readonly<Record<string, unknown>>;
  } catch (error) {
    throw new CommandError(`the machine module ${path} failed: ${reasonOf(error)}`, {
      cause: error,
    });
  }
}

/** Where the module's folder finds `typescript`: the version its author compiles with. */
function typescriptFor(path: string): string {
  const compile = `compile it first (npx tsc --module nodenext ${path}) and give the .js file`;
  let found: string;
  try {
    found = createRequire(path).resolve('typescript');
  } catch {
    throw new UsageError(
      `${path} is TypeScript and its folder has no 'typescript' package; ${compile}`,
    );
  }
  const typescript: unknown = createRequire(path)(found);
  const isTranspiler =
    typeof typescript === 'object' && typescript !== null && 'transpileModule' in typescript;
  if (!isTranspiler) {
    throw new UsageError(`the 'typescript' package at ${found} cannot transpile; ${compile}`);
  }
  return pathToFileURL(found).href;
}

function machineIn(module: Readonly<Record<string, unknown>>, path: string): MachineDefinition {
  const candidate = module['default'] ?? module['machine'];
  if (isMachine(candidate)) return candidate;
  const exported = Object.keys(module).join(', ');
  throw new UsageError(
    `${path} exports no machine: its default export, or the one named machine, must come from ` +
      `defineMachine (it exports ${exported === '' ? 'nothing' : exported})`,
  );
}

function isMachine(value: unknown): value is MachineDefinition {
  if (typeof value !== 'object' || value === null) return false;
  const { name, version, commands, create } = value as Partial<Record<string, unknown>>;
  return (
    typeof name === 'string' &&
    typeof version === 'string' &&
    commands instanceof Map &&
    typeof create === 'function'
  );
}
