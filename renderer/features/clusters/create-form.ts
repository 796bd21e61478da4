import type { CreateClusterRequest } from '../../../main/contract/host-api.ts';
import { quorumOf } from '../membership/quorum.ts';

/** The sizes offered: an even number of voters costs a node and tolerates nothing more. */
export const SIZES = [1, 3, 5, 7, 9] as const;

export type Size = (typeof SIZES)[number];

export interface CreateForm {
  readonly nodes: Size;
  readonly name: string;
  /** As typed; empty means the host's suggestion. */
  readonly basePort: string;
  readonly machine: string;
  readonly backend: 'leveldb' | 'fastlog' | 'memory';
  readonly durability: 'low' | 'medium' | 'high';
}

export const EMPTY_FORM: CreateForm = {
  nodes: 3,
  name: '',
  basePort: '',
  machine: '',
  backend: 'leveldb',
  durability: 'high',
};

const PORT_MAX = 65_535;

/** What is wrong with the first port as typed, or null. */
export function portProblem({ basePort, nodes }: CreateForm): string | null {
  if (basePort === '') return null;
  const first = Number(basePort);
  const last = first + nodes - 1;
  if (!/^\d+$/.test(basePort) || first < 1) return 'A port is a number from 1 to 65535.';
  if (last > PORT_MAX) {
    return `${String(nodes)} nodes need ports up to ${String(last)}; the last one is 65535.`;
  }
  return first < 1024 ? 'Ports below 1024 belong to the system.' : null;
}

/** The ports it will use, or null while they are not known. */
export function portsOf(
  form: CreateForm,
  suggested: number | null,
): readonly [first: number, last: number] | null {
  const typed = form.basePort === '' || portProblem(form) !== null ? null : Number(form.basePort);
  const first = typed ?? suggested;
  return first === null ? null : [first, first + form.nodes - 1];
}

/** What is asked of the host: only what the user has chosen, the rest is the host's choice. */
export function createRequest(form: CreateForm, suggested: number | null): CreateClusterRequest {
  const first = portsOf(form, suggested)?.[0];
  return {
    nodes: form.nodes,
    ...(form.name.trim() === '' ? {} : { name: form.name.trim() }),
    ...(first === undefined ? {} : { basePort: first }),
    ...(form.machine.trim() === '' ? {} : { machine: form.machine.trim() }),
    ...(form.backend === EMPTY_FORM.backend ? {} : { backend: form.backend }),
    ...(form.durability === EMPTY_FORM.durability ? {} : { durability: form.durability }),
  };
}

/** `can lose 1`, under a size. */
export function spareText(nodes: number): string {
  const tolerance = nodes - quorumOf(nodes);
  return tolerance === 0 ? 'no spare' : `can lose ${String(tolerance)}`;
}

/** `7481–7483`, or one port. */
export function portRange(first: number, last: number): string {
  return first === last ? String(first) : `${String(first)}–${String(last)}`;
}
