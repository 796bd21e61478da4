import { html, type Html } from './html.ts';

/** A table under its heading; nothing at all where it would be empty. */
export function table(title: string, heads: readonly string[], rows: readonly Html[]): Html {
  if (rows.length === 0) return html``;
  return html`<h2>${title}</h2>
    ${plainTable(heads, rows)}`;
}

/** A table that belongs to what stands before it. */
export function plainTable(heads: readonly string[], rows: readonly Html[]): Html {
  return html`<table>
    <thead>
      <tr>
        ${heads.map((head) => html`<th scope="col">${head}</th>`)}
      </tr>
    </thead>
    <tbody>
      ${rows}
    </tbody>
  </table>`;
}
