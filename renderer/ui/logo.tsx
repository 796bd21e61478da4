import type { JSX } from 'react';

/** Three nodes on a ring, one of them in the lead. */
export function Logo(): JSX.Element {
  return (
    <svg className="logo" viewBox="0 0 24 24" width="1.5rem" height="1.5rem" aria-hidden="true">
      <circle cx="12" cy="13" r="7.5" fill="none" stroke="var(--control)" strokeWidth="1.25" />
      <circle cx="5.5" cy="16.75" r="4" fill="var(--panel)" />
      <circle cx="18.5" cy="16.75" r="4" fill="var(--panel)" />
      <circle cx="12" cy="5.5" r="4.5" fill="var(--panel)" />
      <circle cx="5.5" cy="16.75" r="2.5" fill="currentColor" />
      <circle cx="18.5" cy="16.75" r="2.5" fill="currentColor" />
      <circle cx="12" cy="5.5" r="3" fill="var(--accent)" />
    </svg>
  );
}
