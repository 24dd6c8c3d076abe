// The one style of all pages. Text has a contrast of at least 4.5 to 1 in dark and in light, and whatever a colour tells
// stands there as a word or a sign too.
const dials = Array.from(
  { length: 11 },
  (_, tenths) =>
    `.d${tenths}::before { background: conic-gradient(currentcolor ${tenths * 36}deg, var(--line) 0) }`,
).join("\n");

/** Where the days of the chart begin: it has 28 spans. */
const days = Array.from(
  { length: 28 },
  (_, index) => `.at${index} { grid-column: ${index + 1} / span 4 }`,
).join(" ");

export const style = `
:root { color-scheme: light dark; --back: #f6f7f9; --card: #fff; --text: #1c2128; --soft: #57606a; --line: #d5dae1;
  --strong: #24292f; --link: #0550ae; --good: #116329; --good-back: #dcf5e3; --bad: #a40e26; --bad-back: #ffe6e9;
  --warn: #7a4b00; --warn-back: #fff1cc; --busy: #0b4f9e; --busy-back: #dcecff; --calm: #4f5964; --calm-back: #e9ecf0;
  --shade: 0 1px 2px rgb(31 35 40 / .07) }
@media (prefers-color-scheme: dark) { :root { --back: #0d1117; --card: #161b22; --text: #e6edf3; --soft: #9aa4af;
  --line: #30363d; --strong: #f0f6fc; --link: #79b8ff; --good: #6fdd8b; --good-back: #12301d; --bad: #ff9ba0;
  --bad-back: #3a161b; --warn: #eac054; --warn-back: #33270b; --busy: #8cc2ff; --busy-back: #11294a; --calm: #aab4bf;
  --calm-back: #262c35; --shade: none } }
* { box-sizing: border-box }
html { scroll-padding-top: 4rem; overflow-anchor: none; -webkit-text-size-adjust: 100% }
body { margin: 0; overflow-wrap: anywhere; background: var(--back); color: var(--text); font: 15px/1.5 system-ui, -apple-system, "Segoe UI", sans-serif }
main, .top, footer, #banner { max-width: 80rem; margin: 0 auto; padding: 0 1.25rem }
main { padding-bottom: 2rem; outline: 0 }
h1 { font-size: 1.5rem; margin: 1.25rem 0 .75rem; overflow-wrap: anywhere; letter-spacing: -.01em }
h2 { font-size: 1.0625rem; margin: 2rem 0 .6rem }
h3 { font-size: 1rem; margin: 0 0 .5rem } h3 small { display: inline; font-weight: 400; margin-left: .5rem }
a { color: var(--link); text-underline-offset: .15em } a:not(:hover) { text-decoration-thickness: 1px }
code, pre { font: .86em/1.5 ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; unicode-bidi: isolate; overflow-wrap: anywhere }
small { display: block; font-size: .8125rem; color: var(--soft); overflow-wrap: anywhere }
small b { color: var(--text); font-weight: 600 }
i { font-style: normal } em { font-style: normal; color: var(--soft) }
p { margin: .5rem 0 } .soft { color: var(--soft); font-size: .8125rem }
.empty { color: var(--soft); padding: 1.25rem; border: 1px dashed var(--line); border-radius: .6rem }
.hide, .skip:not(:focus) { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap }
.skip:focus { position: absolute; z-index: 3; left: 1rem; top: .5rem; padding: .4rem .8rem; background: var(--card) }
:focus-visible { outline: 2px solid var(--link); outline-offset: 2px; border-radius: .2rem }
.top { display: flex; flex-wrap: wrap; align-items: center; gap: .25rem 1.5rem; padding-top: .75rem; padding-bottom: .75rem }
.brand { display: flex; align-items: center; gap: .45rem; font-weight: 700; font-size: 1.125rem; color: var(--strong); text-decoration: none; letter-spacing: -.02em }
.brand svg { width: 1.6rem; height: 1.6rem; fill: none; stroke: var(--busy); stroke-width: 2.25; stroke-linejoin: round; stroke-linecap: round }
nav[aria-label=Pages] { display: flex; flex-wrap: wrap; gap: .15rem }
nav[aria-label=Pages] a { white-space: nowrap; overflow-wrap: normal; padding: .3rem .7rem; border-radius: .45rem; color: var(--soft); text-decoration: none }
nav[aria-label=Pages] a:hover { background: var(--calm-back); color: var(--text) }
nav[aria-label=Pages] a[aria-current] { background: var(--calm-back); color: var(--strong); font-weight: 600 }
.live { margin: 0 0 0 auto; font-size: .8125rem; color: var(--soft) }
.live::before { content: "○ " } .live.on { color: var(--good) } .live.on::before { content: "● " }
.pause { display: flex; flex-wrap: wrap; gap: .1rem 1rem; align-items: baseline; background: var(--warn-back); color: var(--warn); border: 1px solid currentcolor; border-radius: .6rem; padding: .7rem 1rem; margin-bottom: .75rem; overflow-wrap: anywhere }
.pause span { color: var(--text); flex: 1 1 16rem } .pause b { white-space: nowrap }
.tiles { list-style: none; display: grid; grid-template-columns: repeat(auto-fill, minmax(8rem, 1fr)); gap: .6rem; margin: .5rem 0 1rem; padding: 0 }
.tile { display: flex; flex-direction: column; gap: .1rem; height: 100%; padding: .7rem .9rem; border: 1px solid var(--line); border-radius: .6rem; background: var(--card); box-shadow: var(--shade); text-decoration: none; color: var(--text) }
a.tile:hover { border-color: currentcolor } .tile[aria-current] { border-color: currentcolor; box-shadow: inset 0 0 0 1px currentcolor }
.tile b { font-size: 1.5rem; line-height: 1.2; font-weight: 650; font-variant-numeric: tabular-nums; color: var(--strong) }
.tile span { font-size: .8125rem; color: inherit } .tile .dial { font-size: 1.25rem; line-height: 1.45; font-weight: 650 }
.tile.good { color: var(--good) } .tile.bad { color: var(--bad) } .tile.warn { color: var(--warn) } .tile.busy { color: var(--busy) } .tile.calm { color: var(--calm) }
.filter { display: flex; flex-wrap: wrap; gap: .6rem .75rem; align-items: end; margin: .75rem 0 }
.filter label { display: grid; gap: .2rem; font-size: .8125rem; color: var(--soft); min-width: 0 }
.filter label:first-child { flex: 1 1 14rem }
input, select, button, .button { font: inherit; font-size: .9375rem; color: var(--text); background: var(--card); border: 1px solid var(--line); border-radius: .45rem; padding: .38rem .65rem; min-height: 2.3rem; max-width: 100% }
input { width: 100% } select { max-width: 15rem } ::placeholder { color: var(--soft); opacity: 1 }
button, .button { cursor: pointer; text-decoration: none; display: inline-flex; align-items: center }
button { background: var(--strong); color: var(--card); border-color: var(--strong); font-weight: 600 }
button:hover, .button:hover { filter: brightness(1.1); border-color: var(--soft) }
table { width: 100%; border-collapse: separate; border-spacing: 0; background: var(--card); border: 1px solid var(--line); border-radius: .6rem; box-shadow: var(--shade) }
th, td { padding: .5rem .75rem; text-align: left; vertical-align: top; border-top: 1px solid var(--line) }
thead th { overflow-wrap: normal; border-top: 0; font-size: .75rem; font-weight: 600; color: var(--soft); white-space: nowrap; position: sticky; top: 0; background: var(--card); z-index: 1; border-bottom: 1px solid var(--line) }
thead th:first-child { border-top-left-radius: .6rem } thead th:last-child { border-top-right-radius: .6rem }
tbody tr:first-child > * { border-top: 0 }
tbody tr:hover { background: color-mix(in srgb, var(--calm-back) 45%, transparent) }
tbody th { font-weight: 600; overflow-wrap: anywhere; min-width: 9rem } tbody th small { font-weight: 400 }
tbody th a { text-decoration: none } tbody th a:hover { text-decoration: underline }
.number { font-variant-numeric: tabular-nums } td time, td.number { white-space: nowrap }
.matrix { content-visibility: auto } .matrix td:nth-child(2) { min-width: 12rem; max-width: 26rem }
.matrix tbody tr > :first-child { box-shadow: inset 3px 0 transparent } .matrix tr.bad > :first-child { box-shadow: inset 3px 0 var(--bad) } .matrix tr.warn > :first-child { box-shadow: inset 3px 0 var(--warn) } .matrix tr.busy > :first-child { box-shadow: inset 3px 0 var(--busy) }
.badge { display: inline-block; max-width: 100%; overflow: hidden; text-overflow: ellipsis; vertical-align: bottom; white-space: nowrap; padding: .05rem .55rem; border-radius: 1rem; font-size: .8125rem; font-weight: 600 }
.badge.good { color: var(--good); background: var(--good-back) } .badge.bad { color: var(--bad); background: var(--bad-back) }
.badge.warn { color: var(--warn); background: var(--warn-back) } .badge.busy { color: var(--busy); background: var(--busy-back) }
.badge.calm { color: var(--calm); background: var(--calm-back) }
.mark { font-size: .75rem; color: var(--soft); border: 1px solid var(--line); border-radius: .3rem; padding: 0 .35rem; white-space: nowrap }
.dial { white-space: nowrap; overflow-wrap: normal; display: inline-flex; align-items: center; gap: .4rem; font-variant-numeric: tabular-nums; font-weight: 600 }
.dial::before { content: ""; width: 1em; height: 1em; border-radius: 50%; background: none; border: 1px dashed var(--soft); flex: none; -webkit-mask: radial-gradient(circle, transparent 34%, #000 36%); mask: radial-gradient(circle, transparent 34%, #000 36%) }
.dial.good { color: var(--good) } .dial.warn { color: var(--warn) } .dial.bad { color: var(--bad) } .dial.d { color: var(--soft); font-weight: 400 }
.dial.good::before, .dial.warn::before, .dial.bad::before { border: 0 }
${dials}
.paging { display: flex; gap: .75rem; align-items: center; margin: .75rem 0; color: var(--soft); font-size: .875rem }
.chart { margin: 0; padding: 1rem; background: var(--card); border: 1px solid var(--line); border-radius: .6rem; box-shadow: var(--shade) }
.chart svg { display: block; width: 100%; height: 9rem; overflow: visible }
.chart .grid { stroke: var(--line); fill: none; vector-effect: non-scaling-stroke } .chart .days { display: grid; grid-template-columns: repeat(28, minmax(0, 1fr)); font-size: .75rem; color: var(--soft); margin-top: .25rem; white-space: nowrap }
.days span { grid-row: 1 } ${days}
#stripes path { stroke: var(--bad); stroke-width: 2.5 } #lines rect { fill: var(--calm-back); stroke: none } #lines path { stroke: var(--calm); stroke-width: 1.5; opacity: .6 }
.chart rect.good { fill: var(--good) } .chart rect.bad { fill: url(#stripes); stroke: var(--bad) } .chart rect.calm { fill: url(#lines); stroke: var(--calm); stroke-opacity: .6 }
figcaption { display: flex; flex-wrap: wrap; gap: .25rem 1.25rem; margin-top: .5rem; font-size: .8125rem }
.key i { display: inline-block; width: .8em; height: .8em; border-radius: .15em; margin-right: .15em }
.key.good i { background: var(--good) } .key.calm i { border: 1px solid var(--calm); background: repeating-linear-gradient(var(--calm-back) 0 2.5px, var(--calm) 2.5px 4px) }
.key.bad i { border: 1px solid var(--bad); background: repeating-linear-gradient(45deg, var(--bad) 0 1.5px, transparent 1.5px 4px) }
details { margin: .5rem 0 } summary { cursor: pointer; overflow-wrap: anywhere } details > table { margin-top: .5rem; width: auto }
#chart-table > summary { color: var(--soft); font-size: .8125rem }
.card, .change { background: var(--card); border: 1px solid var(--line); border-radius: .6rem; box-shadow: var(--shade); padding: .9rem 1.1rem; margin: .6rem 0 }
.change { padding: .5rem .9rem } .change small { display: inline } .change i { font-family: ui-monospace, monospace; font-weight: 700 }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .35rem 1.25rem; margin: .75rem 0 0 } dt { color: var(--soft); font-size: .875rem } dd { margin: 0; min-width: 0; overflow-wrap: anywhere }
.condition { margin: .15rem 0 } .condition small { margin-top: .1rem }
.crumbs { display: flex; flex-wrap: wrap; gap: .35rem 1rem; align-items: center; color: var(--soft); font-size: .875rem; margin-top: 0 }
.gauge { display: inline-flex; align-items: center; gap: .5rem; margin-right: 1.5rem; font-variant-numeric: tabular-nums } meter { width: 6rem; height: .9rem } .full { color: var(--bad) }
pre { margin: .5rem 0 .25rem; padding: .5rem 0; border-top: 1px solid var(--line); white-space: pre-wrap }
ins, del, pre span { display: block; padding: 0 .5rem; text-decoration: none } ins { color: var(--good); background: var(--good-back) } del { color: var(--bad); background: var(--bad-back) }
.plain { margin: .25rem 0; padding-left: 1.25rem } .troubles, .findings, .journal, .managed { list-style: none; margin: .25rem 0; padding: 0; background: var(--card); border: 1px solid var(--line); border-radius: .6rem; box-shadow: var(--shade) }
.troubles li, .findings li, .journal li { padding: .55rem 1rem; border-top: 1px solid var(--line); overflow-wrap: anywhere } :is(.troubles, .findings, .journal) li:first-child { border-top: 0 }
.troubles b { color: var(--bad) } .findings details { margin: .15rem 0 0 } .findings summary { font-size: .8125rem; color: var(--soft) }
.journal li { display: grid; grid-template-columns: 11.5rem 6rem 1fr; gap: .15rem .75rem; align-items: start } .journal time { color: var(--soft); font-size: .8125rem; padding-top: .1rem } .journal .badge { justify-self: start }
.managed { display: grid; padding: .35rem 1rem } .managed li { display: grid; grid-template-columns: 9.5rem 1fr; gap: .75rem; padding: .12rem 0 } .managed li:not(.first) > span { visibility: hidden } .managed li > span { color: var(--soft); font-size: .875rem } .managed .first:not(:first-child) { margin-top: .4rem }
.pillars { list-style: none; display: flex; flex-wrap: wrap; gap: .6rem; padding: 0; margin: .5rem 0 } .pillars li { display: flex; flex-direction: column; padding: .6rem .9rem; background: var(--card); border: 1px solid var(--line); border-radius: .6rem; min-width: 7rem } .pillars .dial { font-size: 1.25rem } .pillars span:last-child { font-size: .8125rem; color: var(--soft) }
footer { padding-top: 1rem; padding-bottom: 2rem; font-size: .8125rem; color: var(--soft) }
@media (max-width: 56rem) { .matrix thead, .wide thead { position: absolute; clip-path: inset(50%); height: 1px; overflow: hidden } .matrix, .matrix tbody, .wide, .wide tbody { display: block }
  .matrix tr, .wide tr { display: flex; flex-wrap: wrap; gap: .3rem 1.1rem; padding: .75rem 1rem; border-top: 1px solid var(--line) } .matrix tr:first-child, .wide tr:first-child { border-top: 0 }
  .matrix tr > *, .wide tr > * { display: block; min-width: 0; padding: 0; border: 0; max-width: 100% } .matrix tr > th, .wide tr > th, .matrix tr > td:nth-child(2), .wide tr > td:nth-child(2) { flex: 1 1 100%; max-width: none }
  .matrix tbody tr > :first-child { box-shadow: none !important } .matrix tr.bad { box-shadow: inset 3px 0 var(--bad) } .matrix tr.warn { box-shadow: inset 3px 0 var(--warn) } .matrix tr.busy { box-shadow: inset 3px 0 var(--busy) }
  .matrix tr > td[data-of] { min-width: 4.6rem } td[data-of]::before { content: attr(data-of); display: block; font-size: .75rem; color: var(--soft); font-weight: 400 } }
@media (max-width: 36rem) { .matrix tr { column-gap: .55rem } main, .top, footer, #banner { padding-left: .9rem; padding-right: .9rem } .top { gap: .25rem .75rem } nav[aria-label=Pages] { order: 3; width: 100%; justify-content: space-between } nav[aria-label=Pages] a { padding: .3rem .5rem }
  .filter label { flex: 1 1 8rem } .filter select { max-width: none; width: 100% } dl { grid-template-columns: 1fr; gap: 0 } dd { margin-bottom: .5rem } .journal li { grid-template-columns: 1fr auto } .journal li > span:last-child { grid-column: 1 / -1 } .managed li { grid-template-columns: 1fr; gap: 0 } .managed li:not(.first) > span { display: none } .tiles { grid-template-columns: repeat(auto-fill, minmax(6.2rem, 1fr)) } .chart { padding: .75rem } .days span:nth-child(even) { visibility: hidden } }
@media (max-width: 22rem) { nav[aria-label=Pages] { gap: 0 } nav[aria-label=Pages] a { padding: .3rem .25rem } }
@media (forced-colors: active) { :root { --good: CanvasText; --bad: CanvasText; --warn: CanvasText; --busy: CanvasText; --calm: CanvasText; --calm-back: Canvas } .key i, .dial::before { --line: GrayText; forced-color-adjust: none }
  .badge { border: 1px solid } .tile[aria-current], nav[aria-label=Pages] a[aria-current] { outline: 2px solid } }
@media print { .filter, .live, nav { display: none } body { background: none } }
`;
