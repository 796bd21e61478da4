/** What the process of a page says of itself. */
export interface PageProcess {
  readonly sandboxed?: boolean;
  readonly contextIsolated?: boolean;
  readonly isMainFrame?: boolean;
}

/** Why a page must not get the bridge, as its own process sees it, or null. */
export function isolationFault({
  sandboxed,
  contextIsolated,
  isMainFrame,
}: PageProcess): string | null {
  if (sandboxed !== true) return 'The page has no sandbox.';
  if (contextIsolated !== true) return 'The page and its preload script are not apart.';
  return isMainFrame === true ? null : 'A frame inside the page was given the preload script.';
}
