import { useEffect, useSyncExternalStore } from 'react';
import { useStore } from 'zustand';

import { useApp } from '../app-context.tsx';
import { type Motion, motionOf } from './motion.ts';

const REDUCED = '(prefers-reduced-motion: reduce)';

export function useMotion(): Motion {
  const setting = useStore(useApp().settings, ({ motion }) => motion);
  const reduces = useSyncExternalStore(
    (changed) => {
      const query = window.matchMedia(REDUCED);
      query.addEventListener('change', changed);
      return () => query.removeEventListener('change', changed);
    },
    () => window.matchMedia(REDUCED).matches,
  );
  return motionOf(setting, reduces);
}

/** Puts the settings on the root element, where the style sheets look for them. */
export function useTheme(): void {
  const { theme, motion } = useStore(useApp().settings);
  useEffect(() => {
    const { dataset } = document.documentElement;
    dataset['theme'] = theme;
    dataset['motion'] = motion;
  }, [theme, motion]);
}
