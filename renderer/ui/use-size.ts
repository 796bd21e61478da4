import { type RefObject, useLayoutEffect, useState } from 'react';

export interface Size {
  readonly width: number;
  readonly height: number;
  /** CSS pixels per unit: 1 at the usual font size, more where text is larger. */
  readonly scale: number;
}

/** The size of an element in units of a sixteenth of the root font size; null before it is shown. */
export function useSize(element: RefObject<HTMLElement | null>): Size | null {
  const [size, setSize] = useState<Size | null>(null);
  useLayoutEffect(() => {
    const target = element.current;
    if (target === null) return undefined;
    const measure = (): void => {
      const scale = parseFloat(getComputedStyle(document.documentElement).fontSize) / 16;
      const { clientWidth, clientHeight } = target;
      setSize({ width: clientWidth / scale, height: clientHeight / scale, scale });
    };
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(target);
    return () => observer.disconnect();
  }, [element]);
  return size;
}
