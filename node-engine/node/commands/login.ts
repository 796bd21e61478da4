import type { Reply } from '../../resp/value.ts';
import { FAILURES_PER_CONNECTION } from '../auth/failed-logins.ts';
import { LATER } from './command.ts';
import type { Call } from './command.ts';

/** Who a client says it is. */
export interface Login {
  readonly username: string;
  readonly password: string;
}

/**
 * Lets a client in, or not. Where many wrong passwords have come from, the answer is held back; the
 * fifth wrong one of a connection ends it.
 *
 * @param success what is answered once the client is in
 */
export function logIn(call: Call, login: Login, success: () => Reply): Reply | typeof LATER {
  const { users, failedLogins, dialect } = call.node;
  if (users === null) return dialect.noPassword;
  const address = hostOf(call.client.remoteAddress);
  const delayMs = failedLogins.delayMs(address, performance.now());
  const decide = (): Reply => {
    const user = users.verify(login.username, login.password);
    if (user !== null) {
      call.client.setUser(user);
      return success();
    }
    failedLogins.failed(address, performance.now());
    call.client.failedLogins += 1;
    // Uhaha's clients lose what they had; Redis's stay who they were.
    if (dialect.name === 'uhaha') call.client.setUser(null);
    if (call.client.failedLogins >= FAILURES_PER_CONNECTION)
      setImmediate(() => call.client.close());
    return dialect.wrongPassword;
  };
  if (delayMs === 0) return decide();
  setTimeout(() => {
    call.reply(decide());
  }, delayMs);
  return LATER;
}

function hostOf(address: string): string {
  return address.slice(0, Math.max(0, address.lastIndexOf(':')));
}
