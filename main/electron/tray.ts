import type { NativeImage, Tray } from 'electron';

import type { ElectronApi } from './electron-api.ts';

const SIZE = 16;
/** Three dots in a triangle: a leader above its two followers. */
const DOTS = [
  { x: 8, y: 4, radius: 3 },
  { x: 3.5, y: 12, radius: 2.5 },
  { x: 12.5, y: 12, radius: 2.5 },
];

/** Shows that the app is still there while its window is hidden. */
export function showTray(
  { Menu, nativeImage, Tray }: Pick<ElectronApi, 'Menu' | 'nativeImage' | 'Tray'>,
  actions: { readonly open: () => void; readonly quit: () => void },
): Tray {
  const tray = new Tray(trayIcon(nativeImage));
  tray.setToolTip('Raftdeck');
  tray.setContextMenu(
    Menu.buildFromTemplate([
      { label: 'Open Raftdeck', click: actions.open },
      { label: 'Stop the nodes and quit', click: actions.quit },
    ]),
  );
  tray.on('click', actions.open);
  return tray;
}

/** Drawn here, so that it needs no file beside the program. BGRA, as Electron takes bitmaps. */
function trayIcon(nativeImage: ElectronApi['nativeImage']): NativeImage {
  const pixels = Buffer.alloc(SIZE * SIZE * 4);
  for (let y = 0; y < SIZE; y += 1) {
    for (let x = 0; x < SIZE; x += 1) {
      const isInk = DOTS.some((dot) => Math.hypot(x + 0.5 - dot.x, y + 0.5 - dot.y) <= dot.radius);
      // A mid grey is seen on light and on dark panels.
      if (isInk) pixels.set([0x90, 0x88, 0x80, 0xff], (y * SIZE + x) * 4);
    }
  }
  return nativeImage.createFromBitmap(pixels, { width: SIZE, height: SIZE });
}
