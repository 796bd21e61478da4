/*
 * Why no window can open here, known before Electron is even looked for.
 */

/**
 * @param {object} machine
 * @param {string} machine.platform as process.platform
 * @param {Readonly<Record<string, string | undefined>>} machine.env
 * @param {number | undefined} machine.userId undefined where users have no numbers
 * @param {boolean} machine.sandbox false when the user asked for `--no-sandbox`
 * @returns {string | undefined} a clause that completes "web mode, because"; undefined when nothing is
 *   in the way
 */
export function windowObstacle({ platform, env, userId, sandbox }) {
  if (platform !== 'linux') return undefined;
  if (!env['DISPLAY'] && !env['WAYLAND_DISPLAY']) {
    return 'there is no display (neither DISPLAY nor WAYLAND_DISPLAY is set)';
  }
  // Chromium's sandbox refuses root. We never drop the sandbox by ourselves.
  if (userId === 0 && sandbox) return "Electron's sandbox does not run as root";
  return undefined;
}
