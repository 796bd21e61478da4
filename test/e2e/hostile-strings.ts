/* Text that would run, hide, reorder or break out of its place if anything took it for more than text. */

/** Each would say so in `window.ran` if it ran. */
const RUNNING: readonly string[] = [
  '<script>ran=1</script>',
  '"><script>ran=1</script>',
  "'><script>ran=1</script>",
  '</script><script>ran=1</script>',
  '</style><script>ran=1</script>',
  '</textarea><script>ran=1</script>',
  '</title><script>ran=1</script>',
  '--><script>ran=1</script>',
  ']]><script>ran=1</script>',
  '<img src=x onerror=ran=1>',
  '<img src=x onerror="ran=1" ',
  '"><img src=x onerror=ran=1>',
  '" autofocus onfocus="ran=1',
  "' onmouseover='ran=1",
  '<svg onload=ran=1>',
  '<svg><animate onbegin=ran=1 attributeName=x dur=1s>',
  '<body onload=ran=1>',
  '<iframe srcdoc="<script>parent.ran=1</script>">',
  '<iframe src=javascript:parent.ran=1>',
  '<a href=javascript:ran=1>a link</a>',
  '<form action=javascript:ran=1><button>go',
  '<details open ontoggle=ran=1>',
  '<video><source onerror=ran=1>',
  '<math href=javascript:ran=1>x',
  '<object data=javascript:ran=1>',
  '<meta http-equiv=refresh content="0;url=javascript:ran=1">',
  '<link rel=stylesheet href=javascript:ran=1>',
  '<style>*{background:url(javascript:ran=1)}</style>',
  '<template><script>ran=1</script></template>',
  '<marquee onstart=ran=1>',
  'javascript:ran=1',
  'data:text/html,<script>ran=1</script>',
  '${ran=1}',
  '{{constructor.constructor("ran=1")()}}',
  '#{ran=1}',
  '<%= ran=1 %>',
  '&lt;script&gt;ran=1&lt;/script&gt;',
  '\\u003cscript\\u003eran=1\\u003c/script\\u003e',
  '%3Cscript%3Eran=1%3C/script%3E',
  '+ADw-script+AD4-ran=1',
];

/** Names and words that programs treat as their own. */
const SPECIAL: readonly string[] = [
  '__proto__',
  'constructor',
  'toString',
  'hasOwnProperty',
  'null',
  'undefined',
  'NaN',
  '-0',
  '1e999',
  '..',
  '../../etc/passwd',
  'C:\\Windows\\win.ini',
  '%s%s%n',
  '$(touch ran)',
  '`touch ran`',
  "'; DROP TABLE keys; --",
  '=cmd|"/C calc"!A0',
  '*',
  '[a-z',
  '{hash}tag',
];

/** What hides, turns round or piles up. */
const SHAPED: readonly string[] = [
  '\u202eturned round\u202c',
  '\u2066isolated\u2069 and on',
  'zero\u200bwidth\u200djoined\ufeff',
  'soft\u00adhyphen\u00ad',
  'Z\u0351\u036b\u0343\u036a\u0302\u036b\u033d\u034f\u0334\u0319\u0324algo',
  '\u0301\u0301\u0301',
  '👩‍👩‍👧‍👦'.repeat(8),
  '\u{1f3f4}\u{e0067}\u{e0062}\u{e007f}',
  'ﷺ'.repeat(20),
  '\u3000wide\u3000',
  'tab\tand\ttab',
  'escape \u001b[31mred\u001b[2J\u001b]0;title\u0007',
  'NUL \u0000 BEL \u0007 DEL \u007f CSI \u009b31m',
  'line\u2028and\u2029paragraph',
  'back\b\b\bspace, form\u000cfeed',
  '\ufffd\ufffe\uffff',
  'Ⅷ ℌ 𝕳 ｆｕｌｌ',
  'עברית العربية 中文',
  'a\u00a0b\u202fc',
  '.'.repeat(60),
];

/** Of every kind again, long, and one inside the other. */
const LONG: readonly string[] = RUNNING.slice(0, 20).map(
  (text, at) => `${text}${SHAPED[at] ?? ''}${'W'.repeat(40 * at)}`,
);

/** A hundred of them, each another. */
export const HOSTILE_STRINGS: readonly string[] = [...RUNNING, ...SPECIAL, ...SHAPED, ...LONG];
