import {
  type JSX,
  type KeyboardEvent,
  type ReactNode,
  useEffect,
  useId,
  useRef,
  useState,
} from 'react';

import './menu.css';
import './button.css';
import { Icon, type IconName } from './icon.tsx';
import { placeBeside } from './place.ts';

export interface MenuItem {
  readonly id: string;
  readonly label: string;
  readonly icon?: IconName;
  readonly keyHint?: string;
  readonly danger?: boolean;
  readonly disabledReason?: string | null;
  /** Draws a line above it. */
  readonly startsGroup?: boolean;
  /** For a choice among several: whether this one is chosen. */
  readonly checked?: boolean;
  readonly run: () => void;
}

interface MenuProps {
  /** The name of the button when it is only an icon, and of the menu. */
  readonly label: string;
  readonly items: readonly MenuItem[];
  /** A button with text; without it an icon with three dots opens the menu. */
  readonly button?: { readonly content: ReactNode; readonly className?: string };
  readonly small?: boolean;
  readonly align?: 'below' | 'end';
}

/** A button that opens a list of things to do. Arrow keys walk it, letters jump, Esc closes it. */
export function Menu({
  label,
  items,
  button,
  small = false,
  align = 'end',
}: MenuProps): JSX.Element {
  const id = useId();
  const opener = useRef<HTMLButtonElement>(null);
  const [open, setOpen] = useState(false);
  const iconButton = `button button-quiet button-icon ${small ? 'button-small' : 'button-normal'}`;
  return (
    <>
      <button
        ref={opener}
        type="button"
        className={button === undefined ? iconButton : (button.className ?? 'button')}
        aria-label={button === undefined ? label : undefined}
        aria-haspopup="menu"
        aria-expanded={open}
        aria-controls={open ? id : undefined}
        onClick={() => setOpen(!open)}
      >
        {button === undefined ? <Icon name="more" /> : button.content}
      </button>
      {open && (
        <MenuList
          id={id}
          label={label}
          items={items}
          place={(box) => {
            if (opener.current !== null) placeBeside(box, opener.current, align);
          }}
          onClose={() => setOpen(false)}
          onRun={(item) => {
            setOpen(false);
            opener.current?.focus();
            item.run();
          }}
        />
      )}
    </>
  );
}

interface MenuListProps {
  readonly id: string;
  readonly label: string;
  readonly items: readonly MenuItem[];
  readonly place: (box: HTMLElement) => void;
  readonly onClose: () => void;
  readonly onRun: (item: MenuItem) => void;
}

function MenuList({ id, label, items, place, onClose, onRun }: MenuListProps): JSX.Element {
  const list = useRef<HTMLDivElement>(null);
  const placeOnce = useRef(place);

  useEffect(() => {
    const box = list.current;
    if (box === null) return;
    box.showPopover();
    placeOnce.current(box);
    const chosen = box.querySelector<HTMLElement>('[aria-checked="true"]');
    (chosen ?? box.querySelector<HTMLElement>('[role^="menuitem"]'))?.focus();
  }, []);

  return (
    <div
      ref={list}
      id={id}
      role="menu"
      aria-label={label}
      className="menu"
      popover="auto"
      onToggle={({ newState }) => {
        if (newState === 'closed') onClose();
      }}
      onKeyDown={(event) => {
        if (event.key === 'Tab') onClose();
        walk(event);
      }}
    >
      {items.map((item) => (
        <MenuRow key={item.id} item={item} onRun={() => onRun(item)} />
      ))}
    </div>
  );
}

function MenuRow({
  item,
  onRun,
}: {
  readonly item: MenuItem;
  readonly onRun: () => void;
}): JSX.Element {
  const { label, icon, keyHint, danger, disabledReason, startsGroup, checked } = item;
  const blocked = typeof disabledReason === 'string';
  return (
    <>
      {startsGroup === true && <div role="separator" className="menu-line" />}
      <button
        type="button"
        role={checked === undefined ? 'menuitem' : 'menuitemradio'}
        aria-checked={checked}
        aria-disabled={blocked || undefined}
        tabIndex={-1}
        className={danger === true ? 'menu-item menu-item-danger' : 'menu-item'}
        onClick={() => {
          if (!blocked) onRun();
        }}
      >
        <span className="menu-icon">
          {checked === true && <Icon name="check" />}
          {checked === undefined && icon !== undefined && <Icon name={icon} />}
        </span>
        <span className="menu-text">
          {label}
          {blocked && <span className="menu-reason">{disabledReason}</span>}
        </span>
        {keyHint !== undefined && <span className="key-hint">{keyHint}</span>}
      </button>
    </>
  );
}

function walk(event: KeyboardEvent<HTMLElement>): void {
  const rows = [...event.currentTarget.querySelectorAll<HTMLElement>('[role^="menuitem"]')];
  const at = rows.findIndex((row) => row === document.activeElement);
  const target = targetOf(event.key, at, rows);
  if (target === undefined) return;
  event.preventDefault();
  event.stopPropagation();
  target.focus();
}

function targetOf(key: string, at: number, rows: readonly HTMLElement[]): HTMLElement | undefined {
  const count = rows.length;
  if (key === 'ArrowDown') return rows[(at + 1) % count];
  if (key === 'ArrowUp') return rows[(at - 1 + count) % count];
  if (key === 'Home') return rows[0];
  if (key === 'End') return rows[count - 1];
  if (key.length !== 1) return undefined;
  const after = [...rows.slice(at + 1), ...rows.slice(0, at + 1)];
  return after.find((row) => row.textContent.trim().toLowerCase().startsWith(key.toLowerCase()));
}
