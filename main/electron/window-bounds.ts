import type { Rectangle } from 'electron';
import { readFileSync, writeFileSync } from 'node:fs';

/** A window no smaller than this shows everything. */
export const WINDOW_SIZE_MIN = { width: 960, height: 600 };
const WINDOW_SIZE = { width: 1280, height: 800 };
/** So much of a window must be on a screen for a person to get hold of it. */
const VISIBLE_PX = 100;

/** Where a window goes: without x and y the system places it. */
export interface WindowBounds {
  readonly x?: number;
  readonly y?: number;
  readonly width: number;
  readonly height: number;
}

/** Where the window was last, as far as that still fits the screens there are. */
export function fitBounds(saved: unknown, screens: readonly Rectangle[]): WindowBounds {
  if (!isRectangle(saved)) return WINDOW_SIZE;
  const width = Math.max(WINDOW_SIZE_MIN.width, saved.width);
  const height = Math.max(WINDOW_SIZE_MIN.height, saved.height);
  const { x, y } = saved;
  const isVisible = screens.some(
    (screen) =>
      x + width >= screen.x + VISIBLE_PX &&
      x <= screen.x + screen.width - VISIBLE_PX &&
      y >= screen.y &&
      y <= screen.y + screen.height - VISIBLE_PX,
  );
  return isVisible ? { x, y, width, height } : { width, height };
}

/** Reads what `saveBounds` wrote; null when there is nothing that can be read. */
export function loadBounds(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as unknown;
  } catch {
    // The first start, or a file that was cut short: the window then goes where the system puts it.
    return null;
  }
}

/** Remembers where the window is. */
export function saveBounds(path: string, bounds: Rectangle): void {
  try {
    writeFileSync(path, `${JSON.stringify(bounds)}\n`, { mode: 0o600 });
  } catch {
    // A full disk must not keep a window from closing; next time it goes where the system puts it.
  }
}

function isRectangle(value: unknown): value is Rectangle {
  if (typeof value !== 'object' || value === null) return false;
  const { x, y, width, height } = value as Partial<Record<keyof Rectangle, unknown>>;
  return [x, y, width, height].every((side) => Number.isSafeInteger(side));
}
