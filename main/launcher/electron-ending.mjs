/*
 * An Electron that ended before it showed a window.
 */

/**
 * @param {object} ending
 * @param {number | null} ending.code the exit code; null when a signal ended it
 * @param {string | null} ending.signal
 * @param {string} ending.platform as process.platform
 * @param {string | null} ending.without the command that does without the sandbox, where there is one
 * @returns {string} a clause that completes "web mode, because"
 */
export function electronEnding({ code, signal, platform, without }) {
  if (signal === null) return `Electron ended at once with exit code ${code ?? 'unknown'}`;
  // How Chromium ends where the system denies it its sandbox, as Ubuntu does to programs in a home.
  const mayBeSandbox = platform === 'linux' && signal === 'SIGTRAP' && without !== null;
  const hint = mayBeSandbox
    ? `; if this system keeps its sandbox from starting, ${without} does without it`
    : '';
  return `Electron was ended at once by ${signal}${hint}`;
}
