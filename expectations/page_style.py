"""The look of the gates' page: one style sheet, in light and dark,
with the fonts of the reader's own system."""

STYLE = """
:root {
  color-scheme: light dark;
  --paper: #f6f6f3; --card: #fff; --ink: #1d2129; --soft: #666d7a; --line: #e3e3dd;
  --good: #1c7c4a; --bad: #b3261e; --fair: #9a6700; --idle: #7b8190;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #14161a; --card: #1d2026; --ink: #e8e9ec; --soft: #a0a6b2; --line: #2e323b;
    --good: #5fca92; --bad: #ff8a80; --fair: #e5b454; --idle: #8d94a3;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0; background: var(--paper); color: var(--ink);
  font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif;
}
main { max-width: 1080px; margin: 0 auto; padding: 40px 20px 64px; }
header { border-left: 5px solid var(--tone); padding: 2px 0 2px 20px; margin-bottom: 28px; }
.good { --tone: var(--good); } .bad { --tone: var(--bad); } .fair { --tone: var(--fair); }
.passed { --tone: var(--good); } .failed, .errored { --tone: var(--bad); }
.warned { --tone: var(--fair); } .idle { --tone: var(--idle); }
.eyebrow {
  margin: 0; color: var(--soft);
  font-size: 12px; letter-spacing: .08em; text-transform: uppercase;
}
h1 {
  margin: 2px 0 10px; color: var(--tone);
  font-size: 30px; line-height: 1.2; letter-spacing: -.015em; text-wrap: balance;
}
dl { display: flex; flex-wrap: wrap; gap: 6px 30px; margin: 0; }
dt { color: var(--soft); font-size: 12px; }
dd { margin: 0; font-variant-numeric: tabular-nums; overflow-wrap: anywhere; }
.tiles {
  display: grid; grid-template-columns: repeat(auto-fit, minmax(140px, 1fr)); gap: 12px;
  margin-bottom: 36px;
}
.tile {
  background: var(--card); border: 1px solid var(--line); border-radius: 12px;
  padding: 14px 16px;
}
.tile b {
  display: block; color: var(--tone);
  font-size: 26px; line-height: 1.15; font-weight: 650; font-variant-numeric: tabular-nums;
}
.tile span { color: var(--soft); font-size: 13px; }
section { margin-bottom: 30px; }
h2 {
  display: flex; align-items: baseline; gap: 9px; margin: 0 0 10px;
  font-size: 18px; letter-spacing: -.01em;
}
h2 small { color: var(--soft); font-size: 13px; font-weight: 400; letter-spacing: 0; }
.dot { width: 9px; height: 9px; border-radius: 50%; background: var(--tone); align-self: center; }
details {
  background: var(--card); border: 1px solid var(--line); border-radius: 12px;
  margin-bottom: 8px; overflow: hidden;
}
summary {
  display: flex; flex-wrap: wrap; align-items: center; gap: 8px;
  padding: 10px 16px; cursor: pointer; list-style: none;
}
summary::-webkit-details-marker { display: none; }
summary::before {
  content: "›"; color: var(--soft); font-size: 17px; line-height: 1; transition: rotate .15s;
}
details[open] > summary::before { rotate: 90deg; }
summary:focus-visible { outline: 2px solid var(--fair); outline-offset: -2px; }
summary code { margin-right: auto; }
code { font: 13.5px/1.4 ui-monospace, "SF Mono", "Cascadia Mono", Menlo, Consolas, monospace; }
section > .scroll { background: var(--card); border: 1px solid var(--line); border-radius: 12px; }
details > .scroll { border-top: 1px solid var(--line); }
.scroll { overflow-x: auto; }
table { width: 100%; border-collapse: collapse; font-size: 14px; }
th {
  padding: 8px 12px; text-align: left; color: var(--soft);
  font-size: 12px; font-weight: 500; white-space: nowrap;
}
td { padding: 8px 12px; border-top: 1px solid var(--line); vertical-align: middle; }
th:first-child, td:first-child { padding-left: 16px; }
td:last-child { text-align: right; padding-right: 16px; }
.figure { font-variant-numeric: tabular-nums; font-weight: 550; }
.chip {
  color: var(--tone); background: color-mix(in srgb, var(--tone) 9%, transparent);
  border: 1px solid color-mix(in srgb, var(--tone) 35%, transparent); border-radius: 99px;
  padding: 1px 9px; font-size: 12px; white-space: nowrap;
}
.spark { display: block; }
.spark polyline {
  fill: none; stroke: var(--soft); stroke-width: 1.4; stroke-linejoin: round;
}
.spark circle { fill: var(--ink); }
footer { color: var(--soft); font-size: 13px; }
@media print { details { break-inside: avoid; } }
"""
