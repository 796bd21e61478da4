/** All the style of a report: it must look right on a machine that has nothing else of this app. */
export const REPORT_STYLE = `
:root { color-scheme: light dark; --bg: light-dark(#ffffff, #0f1318); --panel: light-dark(#f5f6f8, #171c23);
  --text: light-dark(#171a21, #e8ecf2); --muted: light-dark(#565e6b, #a4adba); --line: light-dark(#dfe3e8, #2a323d);
  --leader: light-dark(#835911, #f2df7d); --leader-fill: light-dark(#ffefc2, #3a3310);
  --follower: light-dark(#141c94, #7391ec); --follower-fill: light-dark(#e3e8ff, #161f42);
  --candidate: light-dark(#a536ae, #d7a1fe); --down: light-dark(#83040b, #fa5a3f);
  --paused: light-dark(#696b70, #98999f); --accent: light-dark(#0b57d0, #8ab8ff); }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 72rem; padding: 2rem; background: var(--bg); color: var(--text);
  font: 0.875rem/1.4 system-ui, sans-serif; font-variant-numeric: tabular-nums; }
h1 { margin: 0; font-size: 1.5rem; overflow-wrap: anywhere; }
h2 { margin: 2rem 0 0.5rem; font-size: 1.0625rem; }
h3 { margin: 1rem 0 0.25rem; font-size: 0.875rem; overflow-wrap: anywhere; }
p { margin: 0.25rem 0; }
.muted, dt, th { color: var(--muted); font-weight: 400; }
dl { display: flex; flex-wrap: wrap; gap: 0.5rem 2.5rem; margin: 1rem 0 0; }
dd { margin: 0; font-size: 1.25rem; font-weight: 600; }
.frame { overflow-x: auto; border: 1px solid var(--line); border-radius: 0.5rem; }
svg { display: block; width: 100%; min-width: 44rem; height: auto; }
svg text { fill: var(--text); font: 12px system-ui, sans-serif; }
svg .label { fill: var(--muted); font-size: 11px; }
.rule { stroke: var(--line); }
.election { stroke: var(--leader); stroke-dasharray: 3 3; }
.leader { fill: var(--leader-fill); stroke: var(--leader); stroke-width: 1.5; }
.follower, .non-voter, .starting { fill: var(--follower-fill); stroke: var(--follower); }
.non-voter, .starting { stroke-dasharray: 2 2; }
.candidate { fill: none; stroke: var(--candidate); stroke-dasharray: 4 3; stroke-width: 1.5; }
.down, .failed { fill: url(#hatch); stroke: var(--down); }
.frozen, .unknown, .gap { fill: url(#gap); stroke: var(--paused); }
.line { fill: none; stroke: var(--accent); stroke-width: 1.5; }
table { width: 100%; border-collapse: collapse; font-size: 0.8125rem; }
th, td { padding: 0.25rem 0.75rem 0.25rem 0; border-bottom: 1px solid var(--line); text-align: start;
  vertical-align: top; overflow-wrap: anywhere; }
.num { text-align: end; white-space: nowrap; }
.time { width: 8rem; white-space: nowrap; }
footer { margin-top: 2rem; padding-top: 1rem; border-top: 1px solid var(--line); color: var(--muted); }
@media print { body { max-width: none; padding: 0; } .frame { break-inside: avoid; } }
`;
