/** Strict and simple: system fonts, one column, light and dark. */
export const STYLE = `
:root { color-scheme: light dark; --paper: #fff; --ink: #1c2430; --quiet: #5b6675; --line: #dde2e8; --panel: #f6f8fa;
  --champion: #4a78a8; --challenger: #c96a12; --limit: #b3261e; --good: #1d7a46; }
@media (prefers-color-scheme: dark) { :root { --paper: #14181d; --ink: #e4e8ee; --quiet: #98a3b1; --line: #2d343d; --panel: #1b2027;
  --champion: #7fb0e0; --challenger: #f0a35a; --limit: #ff8a80; --good: #6fcf97; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 60rem; padding: 2rem 1.25rem 4rem; background: var(--paper); color: var(--ink);
  font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Liberation Sans", sans-serif; }
h1 { font-size: 1.5rem; margin: 0 0 .25rem; }
h2 { font-size: 1.2rem; margin: 3rem 0 .5rem; padding-top: 1.25rem; border-top: 2px solid var(--ink); }
h3 { font-size: .95rem; margin: 1.75rem 0 .4rem; }
p { margin: .4rem 0; }
.quiet, small { color: var(--quiet); }
.good, .pass { color: var(--good); } .fail, .error { color: var(--limit); } .inconclusive { color: var(--quiet); }
.pass, .fail, .error { font-weight: 600; }
.champion { color: var(--champion); } .challenger { color: var(--challenger); } .limit { color: var(--limit); }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th, td { text-align: left; vertical-align: top; padding: .3rem .75rem .3rem 0; border-bottom: 1px solid var(--line); }
th { font-weight: 600; font-size: .85rem; color: var(--quiet); }
.n { text-align: right; white-space: nowrap; }
.key { font-size: .85rem; overflow-wrap: anywhere; }
.judged td:first-child { min-width: 17rem; }
.scroll { overflow-x: auto; }
figure { margin: 1rem 0 0; overflow-x: auto; }
figcaption { font-weight: 600; font-size: .95rem; }
figcaption small { font-weight: 400; }
svg { display: block; width: 100%; min-width: 40rem; height: auto; }
pre { background: var(--panel); border: 1px solid var(--line); padding: .9rem 1rem; white-space: pre-wrap; overflow-wrap: anywhere; font-size: .85rem; margin: .4rem 0; }
details > summary { cursor: pointer; color: var(--quiet); }
`;
