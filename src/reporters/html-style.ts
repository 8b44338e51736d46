/** Colours as variables, so that the dark page is the light one with other values. Contrasts are 4.5 to 1 or more. */
const light = `
  --page: #ffffff; --text: #1f2328; --quiet: #59636e; --panel: #f6f8fa; --edge: #d1d9e0; --link: #0550ae;
  --a: #8250df; --b: #0969da; --on: #ffffff; --harm: #cf222e; --harm-back: #ffebe9; --lock: #bf8700;
  --high: #cf222e; --medium: #9a6700; --low: #59636e;
  --keyword: #cf222e; --string: #0a3069; --numeral: #0550ae; --comment: #59636e;`;
const dark = `
  --page: #0d1117; --text: #e6edf3; --quiet: #9198a1; --panel: #151b23; --edge: #3d444d; --link: #79c0ff;
  --a: #d2a8ff; --b: #79c0ff; --on: #0d1117; --harm: #ff7b72; --harm-back: #3c1618; --lock: #e3b341;
  --high: #ff7b72; --medium: #e3b341; --low: #9198a1;
  --keyword: #ff7b72; --string: #a5d6ff; --numeral: #79c0ff; --comment: #9198a1;`;

export const style = `
:root {${light}
}
@media (prefers-color-scheme: dark) { :root {${dark}
} }
* { box-sizing: border-box; }
html { color-scheme: light dark; scroll-padding-top: 0.5rem; }
body { margin: 0 auto; max-width: 100rem; padding: 1rem 1.5rem 4rem; background: var(--page); color: var(--text); font: 15px/1.5 system-ui, sans-serif; }
h1 { font-size: 1.6rem; margin: 0.5rem 0 0; }
h2 { font-size: 1.05rem; margin: 0; }
header p { color: var(--quiet); margin: 0 0 1rem; }
a { color: var(--link); }
code, pre, .place { font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; font-size: 0.875em; }
:focus-visible { outline: 2px solid var(--link); outline-offset: 2px; }
.errors { border: 1px solid var(--medium); border-radius: 6px; padding: 0.75rem 1rem; margin-bottom: 1rem; }
.errors ul { margin: 0.25rem 0 0; padding-left: 1.25rem; }
#filter { display: flex; flex-wrap: wrap; gap: 0.5rem 1.5rem; border: 1px solid var(--edge); border-radius: 6px; background: var(--panel); padding: 0.75rem 1rem; margin-bottom: 1rem; }
#filter[hidden] { display: none; }
#filter fieldset { border: 0; margin: 0; padding: 0; min-width: 0; display: flex; flex-wrap: wrap; gap: 0 0.9rem; align-content: start; }
#filter legend { padding: 0; font-weight: 600; }
#filter p { margin: 0; flex-basis: 100%; display: flex; flex-wrap: wrap; gap: 0.75rem; align-items: center; }
#filter small, .hint { color: var(--quiet); }
button, select { font: inherit; color: inherit; background: var(--page); border: 1px solid var(--edge); border-radius: 6px; padding: 0.1rem 0.6rem; max-width: 100%; }
kbd { font: inherit; border: 1px solid var(--edge); border-radius: 4px; padding: 0 0.35em; background: var(--page); }
.finding { border: 1px solid var(--edge); border-radius: 6px; margin-bottom: 0.75rem; }
.finding[hidden] { display: none; }
summary { cursor: pointer; padding: 0.6rem 1rem; border-radius: 6px; }
summary:hover { background: var(--panel); }
.finding[open] > summary { border-bottom: 1px solid var(--edge); border-radius: 6px 6px 0 0; }
.place { font-weight: 600; overflow-wrap: anywhere; margin-right: 0.4rem; }
.tag { display: inline-block; font-size: 0.8rem; border: 1px solid var(--edge); border-radius: 1em; padding: 0 0.6em; color: var(--quiet); }
.tag.high { color: var(--high); border-color: currentColor; }
.tag.medium { color: var(--medium); border-color: currentColor; }
.message { display: block; overflow-wrap: anywhere; }
.message code, .lane code, .more code, .errors code { background: var(--panel); border-radius: 4px; padding: 0 0.25em; overflow-wrap: anywhere; }
.parts { display: grid; grid-template-columns: minmax(0, 1fr) minmax(0, 1fr); gap: 1rem; padding: 1rem; }
@media (max-width: 70rem) { .parts { grid-template-columns: minmax(0, 1fr); } }
@media (min-width: 70rem) { .source { position: sticky; top: 0.5rem; align-self: start; } }
.more { margin: 0; padding: 0 1rem 0.75rem; color: var(--quiet); overflow-wrap: anywhere; }
figure { margin: 0 0 1rem; border: 1px solid var(--edge); border-radius: 6px; overflow: hidden; }
figcaption { background: var(--panel); border-bottom: 1px solid var(--edge); padding: 0.25rem 0.75rem; font-size: 0.85rem; color: var(--quiet); overflow-wrap: anywhere; }
pre { margin: 0; padding: 0.5rem 0; overflow-x: auto; line-height: 1.6; }
pre code { display: inline-block; min-width: 100%; font-size: 0.82rem; }
.line { display: inline-block; min-width: 100%; padding-right: 1rem; white-space: pre; }
.line.harm { background: var(--harm-back); }
.marks { display: inline-block; min-width: 4.6rem; padding-left: 0.4rem; text-align: right; }
.number { display: inline-block; width: 3rem; padding-right: 1rem; text-align: right; color: var(--quiet); user-select: none; }
.gap { display: inline-block; padding-left: 7rem; color: var(--quiet); }
mark { background: none; color: inherit; box-shadow: inset 0 -2px var(--harm); }
.step { text-decoration: underline dotted; text-decoration-color: var(--quiet); text-underline-offset: 0.25em; }
mark .step { text-decoration: none; }
.token-keyword { color: var(--keyword); } .token-string { color: var(--string); } .token-number { color: var(--numeral); } .token-comment { color: var(--comment); }
.dot { display: inline-flex; align-items: center; justify-content: center; min-width: 1.25rem; height: 1.25rem; padding: 0 0.3rem; border-radius: 0.65rem; margin-left: 2px; font: 600 0.7rem/1 system-ui, sans-serif; color: var(--on); }
.dot.A { background: var(--a); } .dot.B { background: var(--b); }
.lanes { min-width: 0; }
.lanes .heads, .lanes li { display: grid; grid-template-columns: minmax(0, 1fr) minmax(0, 1fr); column-gap: 1rem; }
.lanes.of-1 .heads, .lanes.of-1 li { grid-template-columns: minmax(0, 1fr); }
.head { font-weight: 600; padding: 0.1rem 0 0.4rem; }
.head.A { color: var(--a); } .head.B { color: var(--b); }
.lanes ol { list-style: none; margin: 0; padding: 0; }
.lane { --task: var(--a); position: relative; padding: 0 0 0.7rem 2.6rem; min-height: 1.6rem; overflow-wrap: anywhere; }
.lane.B { --task: var(--b); }
.lane .dot { position: absolute; left: 0.2rem; top: 0.1rem; min-width: 1.4rem; height: 1.4rem; border-radius: 0.7rem; margin: 0; z-index: 1; }
.lane small { display: block; color: var(--quiet); }
.lane::before { content: ''; position: absolute; left: 0.83rem; top: 0.8rem; bottom: -0.8rem; border-left: 3px solid transparent; }
.lane.below-running::before { border-left-color: var(--task); }
.lane.below-suspended::before { border-left-style: dotted; border-left-color: var(--task); }
.lane.suspended.below-absent::before { border-left-style: dotted; border-left-color: var(--task); bottom: 0; }
li:last-child .lane::before { bottom: 0; }
.lane::after { content: ''; position: absolute; left: 1.85rem; width: 0.4rem; top: -0.1rem; bottom: -0.1rem; background: none; }
.lane.lock-wait::after { border: 2px dotted var(--lock); border-width: 0 0 0 2px; top: 0.2rem; bottom: 0; }
.lane.lock-begin::after, .lane.lock-middle::after, .lane.lock-end::after { background: var(--lock); }
.lane.lock-begin::after { top: 0.2rem; border-radius: 0.2rem 0.2rem 0 0; }
.lane.lock-end::after { bottom: auto; height: 1.4rem; border-radius: 0 0 0.2rem 0.2rem; }
li.harm .running { color: var(--harm); }
li.harm .running .dot { background: var(--harm); }
li.suspend .running { color: var(--quiet); }
.key { display: flex; flex-wrap: wrap; align-items: center; gap: 0.4rem; margin: 0.5rem 0 0; color: var(--quiet); font-size: 0.8rem; }
.key span { margin-left: 0.6rem; height: 1.1rem; }
.key .solid { border-left: 3px solid var(--quiet); } .key .dashed { border-left: 3px dotted var(--quiet); } .key .bar { width: 0.4rem; border-radius: 0.2rem; background: var(--lock); }
.spoken { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
@media print { #filter { display: none; } .finding { break-inside: avoid; } }
`;
