import type { HostConnection } from '../../../main/contract/host-api.ts';
import { FakeHost } from './fake.ts';
import { FAKE_SCENARIOS } from './fake-scenarios.ts';

const PUSH_INTERVAL_MS = 200;

declare global {
  interface Window {
    /** For tests that look at the page: the scripted host behind it. */
    fakeHost?: FakeHost;
  }
}

/**
 * A scripted host that moves by itself; with `&still` in the query only when a test moves it, and with
 * `&silent=scanKeys,output` deaf to these calls and silent on these topics.
 */
export function openFakeConnection(scenario: string): HostConnection {
  const script = FAKE_SCENARIOS[scenario];
  if (script === undefined) throw new Error(`There is no scenario ${scenario}.`);
  const nowMs = Date.now();
  const host = new FakeHost(script(nowMs), nowMs);
  const query = new URLSearchParams(window.location.search);
  host.silent = new Set(query.get('silent')?.split(','));
  window.fakeHost = host;
  if (!query.has('still')) {
    setInterval(() => host.advance(PUSH_INTERVAL_MS), PUSH_INTERVAL_MS);
  }
  return host;
}
