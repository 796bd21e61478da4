import type { HostConnection } from '../../main/contract/host-api.ts';
import { HOST_SOCKET_PATH } from '../../main/contract/wire.ts';
import { connectOverBridge, findBridge } from './ipc.ts';
import { type Socket, type SocketEvents, WebSocketConnection } from './ws.ts';

/** Inside the app the host is behind the preload's bridge; in a browser behind a WebSocket. */
export function openConnection(): HostConnection {
  const bridge = findBridge(window);
  if (bridge !== null) return connectOverBridge(bridge);
  const url = new URL(HOST_SOCKET_PATH, window.location.href);
  url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
  return new WebSocketConnection({
    open: (events) => openSocket(url, events),
    setTimer(run, delayMs) {
      const timer = setTimeout(run, delayMs);
      return () => clearTimeout(timer);
    },
    chance: Math.random,
  });
}

function openSocket(url: URL, { opened, received, closed }: SocketEvents): Socket {
  const socket = new WebSocket(url);
  socket.addEventListener('open', opened);
  socket.addEventListener('message', ({ data }) => received(data));
  socket.addEventListener('close', closed);
  return { send: (text) => socket.send(text), close: () => socket.close() };
}
