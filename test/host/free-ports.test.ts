import { createServer, type Server } from 'node:net';
import { afterEach, expect, test } from 'vitest';

import { choosePorts, findPortBlock, isPortFree, takenPorts } from '../../main/host/free-ports.ts';
import { testPorts } from './test-port.ts';

const servers: Server[] = [];

afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

async function take(port: number): Promise<void> {
  const server = createServer();
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
}

test('a port is free until somebody listens', async () => {
  const port = await testPorts(1);
  expect(await isPortFree(port)).toBe(true);
  await take(port);
  expect(await isPortFree(port)).toBe(false);
});

test('questions at the same time do not disturb each other', async () => {
  const port = await testPorts(3);
  const answers = await Promise.all(
    Array.from({ length: 10 }, () => findPortBlock(3, port, new Set())),
  );
  expect(answers).toEqual(answers.map(() => ({ ok: true, value: port })));
});

test('a block is passed over when one of its ports is taken or promised', async () => {
  const port = await testPorts(30);
  await take(port + 1);
  expect(await findPortBlock(3, port, new Set())).toEqual({ ok: true, value: port + 10 });
  const reserved = new Set([port + 12]);
  expect(await findPortBlock(3, port, reserved)).toEqual({ ok: true, value: port + 20 });
});

test('a wanted port that belongs to a stopped cluster is not given away', async () => {
  const port = await testPorts(2);
  const chosen = await choosePorts(2, port, new Set([port + 1]));
  expect(chosen).toMatchObject({ ok: false, error: { code: 'E_PORT' } });
  expect(chosen.ok ? '' : chosen.error.message).toContain(`Port ${String(port + 1)} belongs to`);
});

test('ports end at 65535', async () => {
  expect(await findPortBlock(3, 65_534, new Set())).toMatchObject({
    ok: false,
    error: { code: 'E_PORT' },
  });
});

test('a wanted port that is taken is named with who has it', async (context) => {
  const port = await testPorts(3);
  await take(port + 2);
  const chosen = await choosePorts(3, port, new Set());
  expect(chosen).toMatchObject({ ok: false, error: { code: 'E_PORT' } });
  if (process.platform !== 'linux') return context.skip('only Linux tells who listens');
  const [words] = await takenPorts([port, port + 2]);
  expect(words).toMatch(
    new RegExp(`^Port ${String(port + 2)} is used by .+ \\(PID ${String(process.pid)}\\)\\.$`),
  );
});
