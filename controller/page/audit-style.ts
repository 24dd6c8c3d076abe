// What an audit's page has beside the style of all pages. Its rows are many: the browser lays out those that can be seen.
const tenths = Array.from(
  { length: 11 },
  (_, index) =>
    `td.b${index}::before, td.w${index}::before, td.g${index}::before { background: radial-gradient(closest-side, var(--card) 64%, transparent 68%), conic-gradient(currentcolor ${index * 36}deg, var(--line) 0) }`,
).join("\n");

export const auditStyle = `
.top .soft { margin: 0 0 0 auto; text-align: right } .parts { display: flex; flex-wrap: wrap; gap: .15rem }
.parts a { padding: .3rem .6rem; border-radius: .45rem; color: var(--soft); text-decoration: none } .parts a:hover { background: var(--calm-back); color: var(--text) }
.hero { display: grid; grid-template-columns: auto minmax(0, 1fr) minmax(0, 1.15fr); gap: 1.25rem 2.25rem; align-items: center; padding: 1.5rem 1.75rem; background: var(--card); border: 1px solid var(--line); border-radius: .8rem; box-shadow: var(--shade) }
.ring { position: relative; width: 9.5rem; margin: 0 auto; text-align: center } .ring svg { display: block; transform: rotate(-90deg) } .ring circle { fill: none; stroke: var(--line); stroke-width: 10 }
.ring .fill { stroke: currentcolor; stroke-linecap: round } .ring p { position: absolute; inset: 0; display: grid; place-content: center; margin: 0; color: var(--text) }
.ring b { font-size: 2.6rem; line-height: 1; font-weight: 680; letter-spacing: -.03em; font-variant-numeric: tabular-nums; color: var(--strong) } .ring p span { font-size: .8125rem; color: var(--soft) }
.good { color: var(--good) } .warn { color: var(--warn) } .bad { color: var(--bad) }
.said { margin: .6rem 0 0; text-align: center; font-weight: 600; font-size: .875rem }
.hero h2 { margin: 0 0 .5rem; font-size: .8125rem; font-weight: 600; color: var(--soft) } .hero ul, .hero ol { list-style: none; margin: 0; padding: 0 }
.hero li { display: grid; grid-template-columns: 1fr auto; gap: .1rem .75rem; padding: .22rem 0; font-size: .9375rem } .hero li a { overflow-wrap: anywhere; text-decoration: none } .hero li a:hover { text-decoration: underline }
.hero li b { font-variant-numeric: tabular-nums; font-weight: 600 } .hero li > span:nth-child(2) { color: var(--soft); font-size: .8125rem; align-self: end; white-space: nowrap }
.bar { grid-column: 1 / -1; width: 100%; height: .35rem; display: block } .bar rect { fill: var(--line) } .bar .fill { fill: currentcolor }
.most .bar .fill { fill: var(--calm) }
.lead { margin: 1rem 0 0; grid-column: 1 / -1; padding-top: 1rem; border-top: 1px solid var(--line) } .lead b { font-variant-numeric: tabular-nums }
.audit { display: block; --n: 5 } .audit.with { --n: 6 } .audit :is(thead, tbody) { display: block } .audit thead { position: sticky; top: 0; z-index: 1 }
.audit tr { display: grid; grid-template-columns: minmax(0, 15rem) repeat(var(--n), 5.8rem) minmax(0, 1fr); border-top: 1px solid var(--line); padding: 0 .35rem } .audit tr[hidden] { display: none }
.audit tbody tr { content-visibility: auto; contain-intrinsic-size: auto 3.5rem } .audit thead tr, .audit tbody tr:first-child { border-top: 0 } .audit thead tr { border-bottom: 1px solid var(--line); background: var(--card); border-radius: .6rem .6rem 0 0 }
.audit :is(th, td) { border: 0; min-width: 0; padding: .5rem .6rem } .audit thead th { position: static; border: 0; padding-right: 0 } #clusters .audit tr { grid-template-columns: minmax(0, 1fr) repeat(6, 5.8rem) }
.audit td[class] { font-variant-numeric: tabular-nums; font-weight: 600; white-space: nowrap } .audit td[class]::before { content: ""; display: inline-block; vertical-align: -.1em; width: 1em; height: 1em; margin-right: .4rem; border-radius: 50% }
td[class^=g] { color: var(--good) } td[class^=w] { color: var(--warn) } td[class^=b] { color: var(--bad) } .audit td.n { color: var(--soft); font-weight: 400 } .audit td.n::before { visibility: hidden }
${tenths}
.audit td:last-child:not([class]) { font-size: .8125rem; color: var(--soft); overflow-wrap: anywhere } .audit td i { color: var(--text); font-size: .9em } .audit td em { display: block } .audit td small { display: inline; margin-left: .3rem; font-weight: 600 }
.js .audit tr:not(.open) td:last-child:not([class]) { display: -webkit-box; -webkit-box-orient: vertical; -webkit-line-clamp: 2; overflow: hidden; padding-bottom: 0; margin-bottom: .5rem }
.audit th button { background: none; border: 0; padding: 0 0 0 1.1rem; min-height: 0; font-size: inherit; color: var(--link); text-align: left; position: relative; overflow-wrap: anywhere } .audit th button::before { content: "▸"; position: absolute; left: 0; color: var(--soft) } .open th button::before { content: "▾" !important } .js .audit tbody th small { padding-left: 1.1rem }
.audit .open td:last-child:not([class]) { grid-column: 1 / -1; font-size: inherit; color: inherit; padding: .25rem .6rem 1rem } .audit td ul { list-style: none; margin: 0; padding: 0; border: 1px solid var(--line); border-radius: .6rem } .audit td li { padding: .6rem .9rem; border-top: 1px solid var(--line) } .audit td li:first-child { border-top: 0 } .audit td li small { display: block; margin: .1rem 0 0; font-weight: 400 } .audit td li code { color: var(--strong) }
.audit td li details { margin: .15rem 0 0 } .audit td summary, .mend summary { font-size: .8125rem; color: var(--soft); cursor: pointer } .audit td pre, .mend pre { padding: .5rem .75rem; border: 0; background: var(--back); border-radius: .4rem } .audit td pre span, .mend pre span { padding: 0 }
#findings > details { background: var(--card); border: 1px solid var(--line); border-radius: .6rem; box-shadow: var(--shade); margin: .4rem 0; padding: .55rem 1rem } #findings > details:target { border-color: var(--link) }
#findings > details > summary { cursor: pointer; display: grid; grid-template-columns: 1rem minmax(0, 1fr) auto; gap: 0 .4rem; list-style: none } #findings > details > summary::before { content: "▸"; color: var(--soft) } #findings > details[open] > summary::before { content: "▾" } summary::-webkit-details-marker { display: none }
#findings summary > span:last-child { color: var(--soft); font-size: .875rem; white-space: nowrap; font-variant-numeric: tabular-nums } #findings summary small { grid-column: 2 }
.why { margin: .6rem 0 .3rem } .mend { border-top: 1px solid var(--line); margin-top: .6rem; padding-top: .5rem } .mend ul { margin: 0; padding-left: 1.1rem } .mend li i { color: var(--soft) } .mend li em { font-size: .8125rem } .hand::before { content: "By hand: "; font-weight: 600; color: var(--text) } .where button { background: none; color: var(--link); border-color: var(--line); margin-left: .75rem; min-height: 0; padding: .15rem .6rem; font-size: .8125rem }
.filter { position: relative; z-index: 2 } .filter output { align-self: center; color: var(--soft); font-size: .875rem }
.changes { columns: 2; column-gap: 2rem; list-style: none; margin: 0; padding: 0 } .changes li { break-inside: avoid; padding: .15rem 0; overflow-wrap: anywhere } .changes i { display: inline-block; width: 1.1rem; font-weight: 700 }
#policy pre { max-height: 34rem; overflow: auto; padding: 1rem; background: var(--card); border: 1px solid var(--line); border-radius: .6rem }
@media (max-width: 62rem) { .hero { grid-template-columns: auto minmax(0, 1fr) } .hero .most { grid-column: 1 / -1 }
  .audit thead { position: absolute; clip-path: inset(50%); height: 1px; overflow: hidden } .audit tr, #clusters .audit tr { grid-template-columns: repeat(var(--n), minmax(0, 1fr)); padding: .5rem .75rem } .audit :is(th, td) { padding: .2rem .25rem } .audit th, .audit td:last-child:not([class]) { grid-column: 1 / -1 } .audit tbody tr { contain-intrinsic-size: auto 8rem }
  .audit td:not(:last-child)::after, #clusters td::after { display: block; font-size: .75rem; font-weight: 400; color: var(--soft); white-space: normal; line-height: 1.3 } .audit td:nth-child(2)::after { content: "Score" } .audit td:nth-last-child(2)::after { content: "Logs" } .audit td:nth-last-child(3)::after { content: "Resources" } .audit td:nth-last-child(4)::after { content: "Liveness" } .audit td:nth-last-child(5)::after { content: "App metrics" } .with td:nth-child(3)::after { content: "Promised" !important }
  #clusters .audit { --n: 6 } #clusters td:nth-child(2)::after { content: "Services" } #clusters td:nth-child(3)::after { content: "Score" } #clusters td:nth-child(4)::after { content: "App metrics" } #clusters td:nth-child(5)::after { content: "Liveness" } #clusters td:nth-child(6)::after { content: "Resources" } #clusters td:nth-child(7)::after { content: "Logs" } #clusters .audit td:last-child { grid-column: auto } }
@media (max-width: 36rem) { .hero { grid-template-columns: minmax(0, 1fr); padding: 1.1rem } .top .soft { margin-left: 0; text-align: left } .changes { columns: 1 } .audit td[class]::before { display: none } #findings > details { padding: .55rem .75rem } #findings summary > span:last-child { grid-column: 2; white-space: normal } #clusters .audit { --n: 3 } }
@media print { #policy pre { max-height: none } body { print-color-adjust: exact; -webkit-print-color-adjust: exact } .parts, .where button, .filter { display: none } .audit tbody tr { content-visibility: visible; break-inside: avoid } .audit thead { position: static } .js .audit tr:not(.open) td:last-child { display: block !important } #findings > details { break-inside: avoid } main { padding: 0; max-width: none } }
`;
