import {
  argumentError,
  fieldsOf,
  flag,
  integer,
  nullable,
  oneOf,
  text,
  textList,
  type Check,
} from './argument.ts';
import type { Result } from './errors.ts';
import { checkFault, checkLease } from './fault.ts';
import { clusterName, id } from './field-checks.ts';
import type {
  AppTopic,
  CreateClusterRequest,
  HostApi,
  HostCall,
  HostTopic,
  NodeRef,
  Subscription,
} from './host-api.ts';
import { KEY_CHECKS, SNAPSHOT_CHECKS } from './key-checks.ts';
import { checkStartLoad } from './load.ts';
import { OUTSIDE_CHECKS } from './outside.ts';
import { RECORDING_CHECKS } from './recording-checks.ts';
import { RECORDING_FILE_CHECKS } from './recording-file.ts';
import { checkSettings } from './settings.ts';

/** The request of one call. */
export type CallRequest<C extends HostCall> = Parameters<HostApi[C]>[0];

/** Most voters a new cluster may have. */
const VOTERS_MAX = 9;
/** Most characters of one console command, all arguments together. */
const COMMAND_SIZE_MAX = 512 * 1024;

const backends = oneOf(['leveldb', 'fastlog', 'memory'] as const);
const durabilities = oneOf(['low', 'medium', 'high'] as const);
const voters = oneOf([1, 3, 5, 7, VOTERS_MAX]);
// A built-in name or a path to a module; which of them exist is the node's to say.
const machine = text({
  minLength: 1,
  maxLength: 4096,
  pattern: /^(?!-)\P{Cc}*$/u,
  rule: 'must be the name of a machine or the path of a module',
});

const nothing: Check<Record<string, never>> = (value) => {
  const fields = fieldsOf(value, { required: [], optional: [] });
  return fields.ok ? { ok: true, value: {} } : fields;
};

const cluster: Check<{ readonly clusterId: string }> = (value) => {
  const fields = fieldsOf(value, { required: ['clusterId'], optional: [] });
  if (!fields.ok) return fields;
  const clusterId = id(fields.value.get('clusterId'), 'clusterId');
  return clusterId.ok ? { ok: true, value: { clusterId: clusterId.value } } : clusterId;
};

const node: Check<NodeRef> = (value) => {
  const fields = fieldsOf(value, { required: ['clusterId', 'nodeId'], optional: [] });
  return fields.ok ? nodeOf(fields.value) : fields;
};

const shrinkLog: Check<CallRequest<'shrinkLog'>> = (value) => {
  const fields = fieldsOf(value, { required: ['clusterId', 'nodeId'], optional: ['upTo'] });
  if (!fields.ok) return fields;
  const of = nodeOf(fields.value);
  if (!of.ok) return of;
  const upTo = optionalField(
    fields.value,
    'upTo',
    integer({ min: 0, max: Number.MAX_SAFE_INTEGER }),
  );
  if (!upTo.ok) return upTo;
  return {
    ok: true,
    value: { ...of.value, ...(upTo.value === undefined ? {} : { upTo: upTo.value }) },
  };
};

const quit: Check<CallRequest<'quit'>> = (value) => {
  const fields = fieldsOf(value, { required: ['nodes'], optional: [] });
  if (!fields.ok) return fields;
  const nodes = oneOf(['keep', 'stop'] as const)(fields.value.get('nodes'), 'nodes');
  return nodes.ok ? { ok: true, value: { nodes: nodes.value } } : nodes;
};

const suggestPorts: Check<{ readonly nodes: number }> = (value) => {
  const fields = fieldsOf(value, { required: ['nodes'], optional: [] });
  if (!fields.ok) return fields;
  const nodes = integer({ min: 1, max: VOTERS_MAX })(fields.value.get('nodes'), 'nodes');
  return nodes.ok ? { ok: true, value: { nodes: nodes.value } } : nodes;
};

const createCluster: Check<CreateClusterRequest> = (value) => {
  const optional = ['name', 'basePort', 'machine', 'backend', 'durability'];
  const fields = fieldsOf(value, { required: ['nodes'], optional });
  if (!fields.ok) return fields;
  const count = voters(fields.value.get('nodes'), 'nodes');
  if (!count.ok) return count;
  // The last node's port must exist too.
  const basePortCheck = integer({ min: 1024, max: 65_536 - count.value });
  const name = optionalField(fields.value, 'name', clusterName);
  if (!name.ok) return name;
  const basePort = optionalField(fields.value, 'basePort', basePortCheck);
  if (!basePort.ok) return basePort;
  const kind = optionalField(fields.value, 'machine', machine);
  if (!kind.ok) return kind;
  const backend = optionalField(fields.value, 'backend', backends);
  if (!backend.ok) return backend;
  const durability = optionalField(fields.value, 'durability', durabilities);
  if (!durability.ok) return durability;
  return {
    ok: true,
    value: {
      nodes: count.value,
      ...(name.value === undefined ? {} : { name: name.value }),
      ...(basePort.value === undefined ? {} : { basePort: basePort.value }),
      ...(kind.value === undefined ? {} : { machine: kind.value }),
      ...(backend.value === undefined ? {} : { backend: backend.value }),
      ...(durability.value === undefined ? {} : { durability: durability.value }),
    },
  };
};

const renameCluster: Check<{ readonly clusterId: string; readonly name: string }> = (value) => {
  const fields = fieldsOf(value, { required: ['clusterId', 'name'], optional: [] });
  if (!fields.ok) return fields;
  const clusterId = id(fields.value.get('clusterId'), 'clusterId');
  if (!clusterId.ok) return clusterId;
  const name = clusterName(fields.value.get('name'), 'name');
  if (!name.ok) return name;
  return { ok: true, value: { clusterId: clusterId.value, name: name.value } };
};

const deleteCluster: Check<CallRequest<'deleteCluster'>> = (value) => {
  const fields = fieldsOf(value, { required: ['clusterId', 'confirmName'], optional: [] });
  if (!fields.ok) return fields;
  const clusterId = id(fields.value.get('clusterId'), 'clusterId');
  if (!clusterId.ok) return clusterId;
  // Any text is a well-formed answer; whether it is the right one is the host's to say (E_CONFIRM).
  const anyText = text({ minLength: 0, maxLength: 200 });
  const confirmName = anyText(fields.value.get('confirmName'), 'confirmName');
  if (!confirmName.ok) return confirmName;
  return { ok: true, value: { clusterId: clusterId.value, confirmName: confirmName.value } };
};

const transferLeadership: Check<CallRequest<'transferLeadership'>> = (value) => {
  const fields = fieldsOf(value, { required: ['clusterId', 'nodeId'], optional: [] });
  if (!fields.ok) return fields;
  const clusterId = id(fields.value.get('clusterId'), 'clusterId');
  if (!clusterId.ok) return clusterId;
  const nodeId = nullable(id)(fields.value.get('nodeId'), 'nodeId');
  if (!nodeId.ok) return nodeId;
  return { ok: true, value: { clusterId: clusterId.value, nodeId: nodeId.value } };
};

const leaseProcess: Check<CallRequest<'leaseProcess'>> = (value) => {
  const required = ['clusterId', 'nodeId', 'leaseMs'];
  const fields = fieldsOf(value, { required, optional: [] });
  if (!fields.ok) return fields;
  const ref = nodeOf(fields.value);
  if (!ref.ok) return ref;
  const leaseMs = checkLease(fields.value.get('leaseMs'), 'leaseMs');
  return leaseMs.ok ? { ok: true, value: { ...ref.value, leaseMs: leaseMs.value } } : leaseMs;
};

const faultId = text({ minLength: 1, maxLength: 20, pattern: /^f[0-9]+$/ });

const setFault: Check<CallRequest<'setFault'>> = (value) => {
  const required = ['clusterId', 'nodeId', 'fault', 'leaseMs'];
  const fields = fieldsOf(value, { required, optional: [] });
  if (!fields.ok) return fields;
  const ref = nodeOf(fields.value);
  if (!ref.ok) return ref;
  const fault = checkFault(fields.value.get('fault'), 'fault');
  if (!fault.ok) return fault;
  const leaseMs = checkLease(fields.value.get('leaseMs'), 'leaseMs');
  if (!leaseMs.ok) return leaseMs;
  return { ok: true, value: { ...ref.value, fault: fault.value, leaseMs: leaseMs.value } };
};

const extendFault: Check<CallRequest<'extendFault'>> = (value) => {
  const required = ['clusterId', 'nodeId', 'faultId', 'leaseMs'];
  const fields = fieldsOf(value, { required, optional: [] });
  if (!fields.ok) return fields;
  const ref = nodeOf(fields.value);
  if (!ref.ok) return ref;
  const fault = faultId(fields.value.get('faultId'), 'faultId');
  if (!fault.ok) return fault;
  const leaseMs = checkLease(fields.value.get('leaseMs'), 'leaseMs');
  if (!leaseMs.ok) return leaseMs;
  return { ok: true, value: { ...ref.value, faultId: fault.value, leaseMs: leaseMs.value } };
};

const healFaults: Check<CallRequest<'healFaults'>> = (value) => {
  const fields = fieldsOf(value, { required: ['clusterId', 'nodeId', 'faultId'], optional: [] });
  if (!fields.ok) return fields;
  const clusterId = id(fields.value.get('clusterId'), 'clusterId');
  if (!clusterId.ok) return clusterId;
  const nodeId = nullable(id)(fields.value.get('nodeId'), 'nodeId');
  if (!nodeId.ok) return nodeId;
  const fault = nullable(faultId)(fields.value.get('faultId'), 'faultId');
  if (!fault.ok) return fault;
  if (nodeId.value === null && fault.value !== null) {
    return argumentError('nodeId', 'must name the node of that fault');
  }
  const request = { clusterId: clusterId.value, nodeId: nodeId.value, faultId: fault.value };
  return { ok: true, value: request };
};

const commandArguments = textList({
  minItems: 1,
  maxItems: 1024,
  maxTotal: COMMAND_SIZE_MAX,
  item: text({ minLength: 0, maxLength: COMMAND_SIZE_MAX }),
});

const sendCommand: Check<CallRequest<'sendCommand'>> = (value) => {
  const required = ['clusterId', 'nodeId', 'args', 'followRedirects'];
  const fields = fieldsOf(value, { required, optional: [] });
  if (!fields.ok) return fields;
  const clusterId = id(fields.value.get('clusterId'), 'clusterId');
  if (!clusterId.ok) return clusterId;
  const nodeId = nullable(id)(fields.value.get('nodeId'), 'nodeId');
  if (!nodeId.ok) return nodeId;
  const args = commandArguments(fields.value.get('args'), 'args');
  if (!args.ok) return args;
  if (args.value[0] === '') return argumentError('args[0]', 'must be the name of a command');
  const followRedirects = flag(fields.value.get('followRedirects'), 'followRedirects');
  if (!followRedirects.ok) return followRedirects;
  return {
    ok: true,
    value: {
      clusterId: clusterId.value,
      nodeId: nodeId.value,
      args: args.value,
      followRedirects: followRedirects.value,
    },
  };
};

/** Every call and the check of its request: the one table that both bindings go by. */
export const CALL_CHECKS: { readonly [C in HostCall]: Check<CallRequest<C>> } = {
  appInfo: nothing,
  secretFile: nothing,
  getSettings: nothing,
  setSettings: checkSettings,
  quit,
  suggestPorts,
  createCluster,
  startCluster: cluster,
  stopCluster: cluster,
  renameCluster,
  deleteCluster,
  startNode: node,
  stopNode: node,
  killNode: node,
  freezeNode: node,
  resumeNode: node,
  restartNode: node,
  addPeer: cluster,
  removePeer: node,
  returnPeer: node,
  rebuildPeer: node,
  transferLeadership,
  takeSnapshot: node,
  shrinkLog,
  setFault,
  extendFault,
  healFaults,
  leaseProcess,
  startLoad: checkStartLoad,
  stopLoad: cluster,
  saveLoadHistory: cluster,
  sendCommand,
  nodeOutput: node,
  ...RECORDING_CHECKS,
  ...RECORDING_FILE_CHECKS,
  ...OUTSIDE_CHECKS,
  ...KEY_CHECKS,
  ...SNAPSHOT_CHECKS,
};

/** Whether there is a call of that name; safe for names such as 'constructor'. */
export function isHostCall(name: unknown): name is HostCall {
  return typeof name === 'string' && Object.hasOwn(CALL_CHECKS, name);
}

/** The topics that are about one cluster, and whether they are: what a subscription must name. */
const TOPICS: { readonly [T in HostTopic]: 'app' | 'cluster' } = {
  clusters: 'app',
  recordings: 'app',
  settings: 'app',
  outside: 'app',
  menu: 'app',
  cluster: 'cluster',
  events: 'cluster',
  output: 'cluster',
  load: 'cluster',
};

/** Checks what a caller wants to listen to. */
export function checkSubscription(value: unknown): Result<Subscription> {
  const fields = fieldsOf(value, { required: ['topic'], optional: ['clusterId'] });
  if (!fields.ok) return fields;
  const topic = oneOf(Object.keys(TOPICS) as HostTopic[])(fields.value.get('topic'), 'topic');
  if (!topic.ok) return topic;
  const given = fields.value.get('clusterId');
  if (isAppTopic(topic.value)) {
    if (given === undefined) return { ok: true, value: { topic: topic.value } };
    return argumentError('clusterId', `does not belong to the topic ${topic.value}`);
  }
  const clusterId = id(given, 'clusterId');
  if (!clusterId.ok) return clusterId;
  return { ok: true, value: { topic: topic.value, clusterId: clusterId.value } };
}

function isAppTopic(topic: HostTopic): topic is AppTopic {
  return TOPICS[topic] === 'app';
}

/** A message's id: the caller's own number. */
export const checkMessageId: Check<number> = integer({ min: 0, max: Number.MAX_SAFE_INTEGER });

function nodeOf(fields: ReadonlyMap<string, unknown>): Result<NodeRef> {
  const clusterId = id(fields.get('clusterId'), 'clusterId');
  if (!clusterId.ok) return clusterId;
  const nodeId = id(fields.get('nodeId'), 'nodeId');
  if (!nodeId.ok) return nodeId;
  return { ok: true, value: { clusterId: clusterId.value, nodeId: nodeId.value } };
}

function optionalField<T>(
  fields: ReadonlyMap<string, unknown>,
  name: string,
  check: Check<T>,
): Result<T | undefined> {
  return fields.has(name) ? check(fields.get(name), name) : { ok: true, value: undefined };
}
