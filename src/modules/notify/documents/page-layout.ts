/** Everything put into a page is escaped, unless it is a part of the page already. */
export class PagePart {
  readonly html: string;
  constructor(html: string) {
    this.html = html;
  }
}

export function part(texts: TemplateStringsArray, ...values: (string | PagePart)[]): PagePart {
  let html = texts[0] ?? '';
  for (const [index, value] of values.entries()) {
    html += (value instanceof PagePart ? value.html : escapeHtml(value)) + (texts[index + 1] ?? '');
  }
  return new PagePart(html);
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? character);
}

/** The frame of every page that somebody with a link to a file sees. Works without scripts and on a phone. */
export function documentPage(options: { title: string; isError?: boolean; main: PagePart }): string {
  const title = `${options.isError ? 'Error: ' : ''}${options.title}`;
  return part`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex, nofollow">
<title>${title}</title>
<style>${STYLE}</style>
</head>
<body>
<a class="skip" href="#main">Skip to main content</a>
<header><p>Files sent by email</p></header>
<main id="main" tabindex="-1">
${options.main}
</main>
</body>
</html>
`.html;
}

const STYLE = new PagePart(`
:root { --ink: #0b0c0c; --line: #b1b4b6; --link: #1a65a6; --error: #ca3535; --focus: #ffdd00; --go: #0f7a52; }
* { box-sizing: border-box; }
body { margin: 0; color: var(--ink); background: #fff; font: 19px/1.4 arial, sans-serif; }
header { background: #1d2b36; color: #fff; }
header p, main { max-width: 720px; margin: 0 auto; padding: 12px 16px; }
header p { font-weight: 700; }
main { padding-top: 32px; padding-bottom: 64px; }
main:focus { outline: none; }
h1 { font-size: 32px; line-height: 1.2; margin: 0 0 24px; overflow-wrap: anywhere; }
h2 { font-size: 22px; margin: 0 0 12px; }
p, dl { margin: 0 0 20px; overflow-wrap: anywhere; }
dt { font-weight: 700; } dd { margin: 0 0 10px; }
a { color: var(--link); text-underline-offset: 3px; }
.skip { position: absolute; left: -9999px; }
.skip:focus { left: 0; top: 0; background: var(--focus); color: var(--ink); padding: 8px 12px; }
a:focus-visible, button:focus-visible, input:focus-visible { outline: 3px solid var(--focus); outline-offset: 0; background: var(--focus); color: var(--ink); }
form { margin-bottom: 32px; }
label { display: block; font-weight: 700; margin-bottom: 6px; }
input { font: inherit; width: 100%; max-width: 480px; min-height: 44px; padding: 6px; border: 2px solid var(--ink); background: #fff; }
input:focus-visible { background: #fff; box-shadow: inset 0 0 0 2px var(--ink); }
.button, button { display: inline-block; font: inherit; font-weight: 700; color: #fff; background: var(--go); border: 0; border-radius: 0; padding: 10px 18px; min-height: 44px; text-decoration: none; cursor: pointer; }
.summary { border: 5px solid var(--error); padding: 16px 20px; margin-bottom: 32px; }
.summary a { color: var(--error); font-weight: 700; }
.problem { color: var(--error); font-weight: 700; margin: 0 0 8px; }
.field { margin-bottom: 24px; }
.field.wrong { border-left: 5px solid var(--error); padding-left: 14px; }
.quiet { color: #484949; }
`);
