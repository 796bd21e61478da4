import { type JSX, useEffect, useRef, useState } from 'react';
import { useStore } from 'zustand';

import { useApp } from '../app-context.tsx';
import { healthAnnouncement } from './truth-line.tsx';

/** At most one sentence in this time: a voice that never stops helps nobody. */
const PAUSE_MS = 2_000;

/** Says changes of state aloud, politely, for whoever does not see the header. */
export function Announcer(): JSX.Element {
  const app = useApp();
  const sentence = useStore(app.cluster.store, ({ view }) =>
    view === null ? '' : healthAnnouncement(view),
  );
  const [spoken, setSpoken] = useState('');
  const lastAt = useRef(0);

  useEffect(() => {
    const wait = Math.max(0, lastAt.current + PAUSE_MS - performance.now());
    const timer = setTimeout(() => {
      lastAt.current = performance.now();
      setSpoken(sentence);
    }, wait);
    return () => clearTimeout(timer);
  }, [sentence]);

  return (
    <p role="status" aria-live="polite" className="visually-hidden">
      {spoken}
    </p>
  );
}
