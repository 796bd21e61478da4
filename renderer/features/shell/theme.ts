import { useEffect, useSyncExternalStore } from 'react';
import { useStore } from 'zustand';

import { useApp } from '../app-context.tsx';
import { type Motion, motionOf } from './motion.ts';

const REDUCED = '(prefers-reduced-motion: reduce)';
const MORE_CONTRAST = '(prefers-contrast: more)';

/** Whether the system asks for it, now and whenever it changes. */
function useSystemWish(query: string): boolean {
  return useSyncExternalStore(
    (changed) => {
      const list = window.matchMedia(query);
      list.addEventListener('change', changed);
      return () => list.removeEventListener('change', changed);
    },
    () => window.matchMedia(query).matches,
  );
}

export function useMotion(): Motion {
  const setting = useStore(useApp().settings, ({ motion }) => motion);
  return motionOf(setting, useSystemWish(REDUCED));
}

/** Puts the settings on the root element, where the style sheets look for them. */
export function useTheme(): void {
  const { theme, motion } = useStore(useApp().settings);
  const wishesContrast = useSystemWish(MORE_CONTRAST);
  useEffect(() => {
    const { dataset } = document.documentElement;
    dataset['theme'] = theme;
    dataset['motion'] = motion;
    dataset['contrast'] = theme === 'contrast' || wishesContrast ? 'more' : 'normal';
  }, [theme, motion, wishesContrast]);
}
