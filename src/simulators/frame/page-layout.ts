import { Markup, markup } from './markup.ts';

export interface PageParts {
  readonly title: string;
  /** Links from the front page down to this one. */
  readonly trail?: readonly { readonly href: string; readonly text: string }[];
  readonly main: Markup;
  /** Path of a script of this server; pages must be complete without it. */
  readonly script?: string;
}

/** The frame of every page: landmarks, skip link, trail and one heading. */
export function renderPage(parts: PageParts): Markup {
  const trail = (parts.trail ?? []).map((link) => markup`<li><a href="${link.href}">${link.text}</a></li>`);
  const navigation = trail.length === 0 ? '' : markup`<nav aria-label="Breadcrumb"><ol>${trail}</ol></nav>`;
  const script = parts.script === undefined ? '' : markup`<script src="${parts.script}" defer></script>`;
  return markup`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${parts.title} - Signalbox simulators</title>
<style>${STYLE}</style>
${script}
</head>
<body>
<a class="skip" href="#main">Skip to main content</a>
<header><a href="/">Signalbox simulators</a></header>
${navigation}
<main id="main" tabindex="-1">
<h1>${parts.title}</h1>
${parts.main}
</main>
</body>
</html>
`;
}

export interface Column<Row> {
  readonly heading: string;
  readonly cell: (row: Row) => Markup | string | number;
}

/** A table that scrolls inside its own box on a narrow screen; the box takes focus so that keys can scroll it. */
export function renderTable<Row>(
  caption: string,
  columns: readonly Column<Row>[],
  rows: readonly Row[],
): Markup {
  const headings = columns.map((column) => markup`<th scope="col">${column.heading}</th>`);
  const lines = rows.map((row) => {
    const cells = columns.map((column, index) =>
      index === 0 ? markup`<th scope="row">${column.cell(row)}</th>` : markup`<td>${column.cell(row)}</td>`,
    );
    return markup`<tr>${cells}</tr>`;
  });
  return markup`<div class="scroll" role="region" aria-label="${caption}" tabindex="0"><table>
<caption>${caption}</caption>
<thead><tr>${headings}</tr></thead>
<tbody>${lines}</tbody>
</table></div>`;
}

export function renderTime(time: string): Markup {
  return markup`<time datetime="${time}">${time.slice(0, 19).replace('T', ' ')} UTC</time>`;
}

const STYLE = new Markup(`
:root { color-scheme: light; --ink: #0b0c0c; --quiet: #505a5f; --line: #b1b4b6; --link: #1a5a96; --paper: #f3f4f5; }
* { box-sizing: border-box; }
body { margin: 0; color: var(--ink); background: #fff; font: 16px/1.5 system-ui, sans-serif; }
header { background: #1d2b36; padding: 12px 16px; }
header a { color: #fff; font-weight: 700; font-size: 18px; text-decoration: none; }
nav, main { max-width: 1100px; margin: 0 auto; padding: 0 16px; }
nav ol { display: flex; flex-wrap: wrap; gap: 4px 20px; list-style: none; margin: 0; padding: 12px 0 0; }
nav li + li::before { content: "\\203A"; margin-left: -14px; padding-right: 8px; color: var(--quiet); }
main { padding-top: 16px; padding-bottom: 48px; }
main:focus { outline: none; }
h1 { font-size: 30px; line-height: 1.2; margin: 8px 0 16px; overflow-wrap: anywhere; }
h2 { font-size: 21px; margin: 32px 0 8px; }
a { color: var(--link); text-underline-offset: 3px; }
a:hover { text-decoration-thickness: 3px; }
a:focus-visible, button:focus-visible, input:focus-visible, select:focus-visible, .scroll:focus-visible { outline: 3px solid #b35900; outline-offset: 2px; }
header a:focus-visible { outline-color: #ffdd00; }
.skip { position: absolute; left: -9999px; background: #ffdd00; color: #0b0c0c; padding: 8px 12px; }
.skip:focus { left: 0; top: 0; }
.quiet { color: var(--quiet); }
.scroll { overflow-x: auto; margin: 16px 0; }
table { border-collapse: collapse; width: 100%; }
caption { text-align: left; font-weight: 700; padding: 4px 0; }
th, td { text-align: left; vertical-align: top; padding: 8px 16px 8px 0; border-bottom: 1px solid var(--line); }
thead th { white-space: nowrap; }
tbody th { font-weight: 400; }
td, tbody th { overflow-wrap: anywhere; min-width: 90px; }
.cards { list-style: none; margin: 24px 0; padding: 0; display: grid; gap: 16px; grid-template-columns: repeat(auto-fill, minmax(min(320px, 100%), 1fr)); }
.cards > li { border: 1px solid var(--line); border-top: 4px solid #1d2b36; padding: 12px 16px; }
.cards h2 { margin: 0 0 4px; }
.cards ul { display: flex; flex-wrap: wrap; gap: 4px 16px; list-style: none; margin: 8px 0 0; padding: 0; }
.cards p { margin: 4px 0; }
.rows { list-style: none; margin: 16px 0; padding: 0; border-top: 1px solid var(--line); }
.rows > li { border-bottom: 1px solid var(--line); padding: 10px 0; overflow-wrap: anywhere; }
.rows p { margin: 2px 0 0; }
.rows h2 { margin: 4px 0; }
code, pre { font: 14px/1.5 ui-monospace, monospace; overflow-wrap: anywhere; }
pre { background: var(--paper); padding: 12px; white-space: pre-wrap; margin: 8px 0; }
dl { display: grid; grid-template-columns: minmax(90px, max-content) 1fr; gap: 6px 16px; margin: 16px 0; }
dt { font-weight: 700; } dd { margin: 0; overflow-wrap: anywhere; }
time { white-space: nowrap; }
@media (max-width: 560px) { dl.stack { grid-template-columns: 1fr; gap: 0; } dl.stack dd { margin-bottom: 10px; } }
iframe { width: 100%; height: 420px; border: 1px solid var(--line); background: #fff; }
fieldset { border: 1px solid var(--line); margin: 16px 0; padding: 8px 16px 16px; }
legend { font-weight: 700; padding: 0 6px; }
.fields { display: grid; gap: 12px 20px; grid-template-columns: repeat(auto-fill, minmax(min(200px, 100%), 1fr)); }
.field label { display: block; font-weight: 600; } .field small { display: block; color: var(--quiet); font-size: 14px; }
.wide { grid-column: 1 / -1; }
input, select { font: inherit; width: 100%; padding: 6px 8px; border: 2px solid var(--ink); min-height: 40px; background: #fff; }
input[type=checkbox] { width: 24px; min-height: 24px; }
button { font: inherit; font-weight: 700; color: #fff; background: #00703c; border: 0; padding: 10px 18px; min-height: 44px; cursor: pointer; }
button:hover { background: #005a30; }
button.stop { background: #b0241c; } button.stop:hover { background: #8c1c16; }
progress { width: 100%; height: 20px; }
.error { border: 4px solid #b0241c; padding: 12px 16px; margin: 16px 0; }
.message { border-left: 6px solid var(--line); padding: 8px 16px; margin: 16px 0; background: var(--paper); }
.message p { margin: 4px 0; overflow-wrap: anywhere; }
.danger { border-left-color: #e01e5a; } .good { border-left-color: #2e7d4f; } .warning { border-left-color: #b98900; }
`);
