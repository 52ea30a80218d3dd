extension ConsolePage {
  static let style = #"""
    :root {
      color-scheme: light dark;
      --bg: #f4f5f7; --card: #ffffff; --ink: #171b21; --soft: #5b6673; --line: #dfe3e8; --faint: #eef0f3;
      --accent: #0b63c4; --on-accent: #ffffff; --good: #17713c; --bad: #b3261e; --warn: #8a5a00; --ring: #0b63c4;
      --up: #1d8a4b; --down: #c4533a; --same: #a3adb8;
      --s0: #3a78d4; --s1: #d98324; --s2: #2a9271; --s3: #b9529a; --s4: #7f66cc; --s5: #9c8a17; --s6: #3597b5; --s7: #bf5448;
      --row: 52px; --gap: 16px;
      --mono: ui-monospace, "SF Mono", "Cascadia Mono", "DejaVu Sans Mono", Menlo, Consolas, monospace;
    }
    @media (prefers-color-scheme: dark) {
      :root {
        --bg: #0d1014; --card: #151a20; --ink: #e7ebf0; --soft: #98a4b2; --line: #2a323c; --faint: #1d242c;
        --accent: #6fb1ff; --on-accent: #06182c; --good: #56c98d; --bad: #ff8d80; --warn: #e8b95a; --ring: #6fb1ff;
        --up: #4fbf83; --down: #f08a6e; --same: #5b6875;
        --s0: #6ba3f2; --s1: #eba24f; --s2: #46b892; --s3: #d67bb9; --s4: #a08bea; --s5: #c4b143; --s6: #5cbad6;
        --s7: #e07d71;
      }
    }
    * { box-sizing: border-box; }
    [hidden] { display: none !important; }
    html { scroll-padding-top: 64px; -webkit-text-size-adjust: 100%; }
    body { margin: 0; background: var(--bg); color: var(--ink);
      font: 15px/1.45 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "DejaVu Sans", sans-serif; }
    h1, h2, h3, p, ol, ul, dl, dd, figure, table { margin: 0; padding: 0; }
    ol { list-style: none; }
    h1 { font-size: 17px; letter-spacing: -.01em; }
    h2 { font-size: 17px; letter-spacing: -.01em; }
    h3 { font-size: 13px; font-weight: 600; }
    .soft { color: var(--soft); font-weight: 400; font-size: 13px; }
    .hidden { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
    .skip { position: absolute; left: -9999px; top: 8px; background: var(--card); padding: 8px 12px; z-index: 9; }
    .skip:focus { left: 8px; }
    :focus { outline: none; }
    :focus-visible { outline: 2px solid var(--ring); outline-offset: 2px; border-radius: 6px; }
    section:focus-visible { outline-offset: -2px; }
    a { color: var(--accent); }
    code, kbd, .mono { font-family: var(--mono); font-size: .92em; }
    kbd { border: 1px solid var(--line); border-bottom-width: 2px; border-radius: 4px; padding: 0 5px; margin: 0 2px 0 10px;
      background: var(--faint); font-size: 12px; }
    kbd + kbd { margin-left: 0; }

    .top { position: sticky; top: 0; z-index: 5; display: flex; align-items: center; gap: 8px 20px; padding: 10px 20px;
      background: var(--card); border-bottom: 1px solid var(--line); }
    .brand { display: flex; align-items: baseline; gap: 8px; min-width: 0; flex: 1; }
    .brand .soft { white-space: nowrap; overflow: hidden; text-overflow: ellipsis; }
    .mark { width: 18px; height: 18px; align-self: center; flex: none; fill: none; stroke: var(--accent); stroke-width: 2.4;
      stroke-linecap: round; }
    .top nav { display: flex; gap: 2px; }
    .top nav a { color: var(--soft); text-decoration: none; padding: 4px 9px; border-radius: 6px; font-size: 14px; }
    .top nav a:hover { color: var(--ink); background: var(--faint); }
    .pill { display: inline-flex; align-items: center; gap: 7px; font-size: 13px; white-space: nowrap; }
    .dot { width: 9px; height: 9px; border-radius: 50%; background: var(--same); flex: none; display: inline-block; }
    .ok .dot { background: var(--good); } .warn .dot { background: var(--warn); border-radius: 2px; }
    .bad .dot { background: var(--bad); border-radius: 0; transform: rotate(45deg); }
    .ok { color: var(--good); } .bad { color: var(--bad); } .warn { color: var(--warn); }

    .banner { display: flex; justify-content: space-between; align-items: center; gap: 12px; padding: 10px 20px;
      background: var(--bad); color: var(--card); }
    .banner .quiet { color: inherit; border-color: currentColor; }
    main { max-width: 1240px; margin: 0 auto; padding: var(--gap) 20px 48px; display: grid; gap: var(--gap);
      grid-template-columns: minmax(0, 1fr); }
    .card { background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: 16px 18px; min-width: 0; }
    .head { display: flex; align-items: baseline; justify-content: space-between; gap: 4px 16px; flex-wrap: wrap;
      margin-bottom: 12px; }
    .stale .live, .stale #shards { opacity: .55; }

    .live { display: grid; grid-template-columns: repeat(4, minmax(0, 1fr)); gap: var(--gap); }
    .chart { padding: 12px 14px 8px; }
    .chart figcaption { color: var(--soft); font-size: 13px; }
    .now { display: flex; align-items: baseline; gap: 6px; white-space: nowrap; overflow: hidden; height: 32px; }
    .now b { font-size: 22px; letter-spacing: -.02em; font-variant-numeric: tabular-nums; font-weight: 600; }
    .now span { color: var(--soft); font-size: 12px; font-variant-numeric: tabular-nums; overflow: hidden;
      text-overflow: ellipsis; }
    .chart svg { display: block; width: 100%; height: 56px; overflow: hidden; border-bottom: 1px solid var(--line); }
    .chart path { fill: none; stroke-width: 1.6; vector-effect: non-scaling-stroke; stroke-linejoin: round; }
    .scale { display: flex; justify-content: space-between; color: var(--soft); font-size: 11.5px; height: 18px;
      font-variant-numeric: tabular-nums; white-space: nowrap; overflow: hidden; gap: 6px; }
    .keys i { font-style: normal; margin-right: 8px; }
    .keys i::before { content: ""; display: inline-block; width: 8px; height: 3px; margin: 0 4px 3px 0; border-radius: 2px;
      background: currentColor; }
    .l-main { stroke: var(--accent); } .a-main { fill: var(--accent) !important; opacity: .12; stroke: none; }
    .l-50 { stroke: var(--s2); } .l-95 { stroke: var(--s1); } .l-99 { stroke: var(--bad); } .l-wait { stroke: var(--warn); }
    .a-bad { fill: var(--bad) !important; stroke: none; opacity: .7; }
    .k50 { color: var(--s2); } .k95 { color: var(--s1); } .k99, .kerr { color: var(--bad); } .kwait { color: var(--warn); }

    form { display: grid; gap: 10px; grid-template-columns: 130px minmax(0, 1fr) 84px 96px auto; align-items: end; }
    .field { display: grid; gap: 3px; min-width: 0; }
    label { font-size: 12.5px; color: var(--soft); }
    input, select { width: 100%; font: inherit; color: inherit; background: var(--bg); border: 1px solid var(--line);
      border-radius: 7px; padding: 7px 10px; min-height: 38px; }
    #filter, #user, #session, #context, #exclude, #vector { font-family: var(--mono); font-size: 14px; }
    input::placeholder { color: var(--soft); opacity: .75; }
    input:hover, select:hover { border-color: var(--same); }
    input:focus-visible, select:focus-visible { outline-offset: 0; border-color: var(--ring); }
    input[aria-invalid=true] { border-color: var(--bad); }
    button { font: inherit; cursor: pointer; border-radius: 7px; border: 1px solid transparent; }
    #ask { background: var(--accent); color: var(--on-accent); font-weight: 600; min-height: 38px; padding: 7px 22px;
      min-width: 96px; }
    #ask[aria-busy=true] { opacity: .65; }
    .quiet { background: none; color: var(--accent); border-color: var(--line); padding: 3px 10px; font-size: 13px; }
    .quiet:hover { border-color: currentColor; }
    .more { grid-column: 1 / -1; }
    .more summary { cursor: pointer; color: var(--soft); font-size: 13px; width: max-content; padding: 2px 4px; }
    .more-fields { display: grid; gap: 10px; grid-template-columns: repeat(auto-fit, minmax(220px, 1fr)); padding-top: 8px; }
    .check { display: flex; align-items: center; gap: 8px; align-self: end; min-height: 38px; }
    .check input { width: 18px; min-height: 18px; height: 18px; margin: 0; accent-color: var(--accent); }
    .check label { font-size: 14px; color: var(--ink); }
    .error:not(:empty) { margin-top: 10px; padding: 10px 12px; border-left: 3px solid var(--bad); background: var(--faint);
      border-radius: 0 7px 7px 0; }
    .error pre { margin: 6px 0 0; font-family: var(--mono); font-size: 13px; overflow-x: auto; line-height: 1.25; }
    .summary { margin-top: 12px; min-height: 22px; font-variant-numeric: tabular-nums; }
    .attributes { overflow-wrap: anywhere; }
    .attributes code { margin-right: 4px; }
    #tries button { margin: 0 4px 0 0; }

    .answer { display: grid; grid-template-columns: minmax(0, 1fr) 340px; gap: 22px 24px; margin-top: 12px;
      grid-template-rows: auto 1fr; }
    .side { grid-column: 2; grid-row: 1 / 3; }
    .about { display: grid; grid-template-columns: minmax(0, 1.2fr) minmax(0, 1fr); gap: 22px 32px; align-content: start; }
    .about h3 { margin-bottom: 4px; }
    .answer.old { opacity: .5; }
    .orders { display: grid; grid-template-columns: minmax(0, 1fr) 88px minmax(0, 1.15fr); align-content: start; }
    .orders h3 { padding-bottom: 6px; }
    .order li { height: var(--row); padding: 2px 0; }
    .hit { display: grid; grid-template-columns: 26px minmax(0, 1fr) auto; gap: 0 8px; align-items: center; width: 100%;
      height: 100%; text-align: left; background: none; color: inherit; border: 1px solid var(--line); padding: 0 10px;
      border-radius: 8px; }
    .hit:hover, .hit.lit { border-color: var(--accent); background: var(--faint); }
    .hit[aria-expanded=true] { border-color: var(--accent); box-shadow: inset 3px 0 0 var(--accent); background: var(--faint); }
    .hit.gone { border-style: dashed; color: var(--soft); }
    .hit.fresh { border-style: dashed; border-color: var(--up); }
    .place { font-variant-numeric: tabular-nums; color: var(--soft); text-align: right; font-size: 13px; }
    .what { min-width: 0; line-height: 1.25; }
    .what b, .what span { display: block; white-space: nowrap; overflow: hidden; text-overflow: ellipsis; }
    .what b { font-weight: 550; font-size: 14px; } .what span { color: var(--soft); font-size: 12px; }
    .scores { text-align: right; font: 12.5px/1.3 var(--mono); white-space: nowrap; }
    .scores span { display: block; }
    .chip { font-size: 11.5px; color: var(--soft); }
    .chip.up { color: var(--up); } .chip.down { color: var(--down); }
    #moves { width: 100%; height: 100%; display: block; }
    #moves path { fill: none; stroke: var(--same); stroke-width: 1.6; vector-effect: non-scaling-stroke; opacity: .75; }
    #moves .up { stroke: var(--up); } #moves .down { stroke: var(--down); } #moves .cut { stroke-dasharray: 3 4; }
    #moves .lit { stroke-width: 3; opacity: 1; }
    #detail { border: 1px solid var(--accent); border-radius: 10px; padding: 12px 14px; background: var(--card); }
    #detail .head { flex-wrap: nowrap; margin-bottom: 6px; }
    #detail h3 { overflow-wrap: anywhere; font-size: 15px; }
    #detail h4 { margin: 12px 0 4px; font-size: 12.5px; color: var(--soft); font-weight: 600; }

    #straggler { margin-bottom: 6px; } .parts + .soft { margin-top: 6px; }
    .facts { display: grid; grid-template-columns: auto minmax(0, 1fr); gap: 2px 12px; font-size: 13px; }
    .facts dt { color: var(--soft); } .facts dd { text-align: right; font-variant-numeric: tabular-nums;
      overflow-wrap: anywhere; }
    .parts { display: grid; gap: 4px; font-size: 12.5px; }
    .part { display: grid; grid-template-columns: minmax(0, 1fr) 92px 54px; gap: 8px; align-items: center; }
    .part .name { min-width: 0; line-height: 1.2; }
    .part .name b, .part .name span { display: block; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
    .part .name b { font-weight: 500; } .part .name span { color: var(--soft); font-size: 11.5px; }
    .part .num { font-family: var(--mono); text-align: right; font-size: 12px; }
    .bar { position: relative; height: 12px; background: linear-gradient(var(--line), var(--line)) center / 1px 100% no-repeat
      var(--faint); border-radius: 3px; }
    .bar i { position: absolute; top: 1px; bottom: 1px; border-radius: 2px; background: var(--up); }
    .bar i.minus { background: var(--down); }
    .total { border-top: 1px solid var(--line); padding-top: 4px; font-weight: 600; }

    .fall { display: grid; gap: 3px; font-size: 12.5px; }
    .span { display: grid; grid-template-columns: 84px minmax(0, 1fr) 62px; gap: 8px; align-items: center; }
    .span .num { font-family: var(--mono); font-size: 12px; text-align: right; }
    .track { position: relative; height: 14px; background: var(--faint); border-radius: 3px; }
    .track i { position: absolute; top: 0; bottom: 0; min-width: 2px; border-radius: 2px; background: var(--same); }
    .track .p-trip { opacity: .38; background: var(--c, var(--same)); } .track .p-scan { background: var(--c, var(--accent)); }
    .track .p-own { background: var(--accent); } .track .p-wait { background: var(--warn); }
    .span.late b { color: var(--down); } .span b { font-weight: 500; }
    .c0 { --c: var(--s0); } .c1 { --c: var(--s1); } .c2 { --c: var(--s2); } .c3 { --c: var(--s3); }
    .c4 { --c: var(--s4); } .c5 { --c: var(--s5); } .c6 { --c: var(--s6); } .c7 { --c: var(--s7); }

    .map { margin-bottom: 14px; }
    #map { display: block; width: 100%; height: 112px; border-radius: 6px; background: var(--faint);
      shape-rendering: crispEdges; }
    #map rect { fill: var(--c); } #map .off { fill: var(--card); fill-opacity: .78; stroke: var(--bad);
      stroke-width: 2; vector-effect: non-scaling-stroke; shape-rendering: auto; }
    .map figcaption { padding-top: 5px; min-height: 24px; }
    .swatch { display: inline-block; width: 11px; height: 11px; border-radius: 3px; margin-right: 8px; background: var(--c); }
    .wide { overflow-x: auto; margin: 0 -4px; padding: 0 4px; }
    table { border-collapse: collapse; width: 100%; font-size: 14px; }
    th { text-align: left; font-weight: 500; color: var(--soft); font-size: 12.5px; }
    th, td { padding: 6px 16px 6px 0; border-bottom: 1px solid var(--line); vertical-align: baseline; }
    tbody th { font-size: inherit; color: inherit; white-space: nowrap; }
    tr > :last-child { padding-right: 0; } tbody tr:last-child > * { border-bottom: 0; }
    .num { text-align: right; font-variant-numeric: tabular-nums; } th.num, td.num { padding-right: 32px; }
    #shards h3 { margin: 18px 0 4px; }
    .moving { margin-bottom: 14px; padding: 10px 12px; border-radius: 8px; background: var(--faint); }
    progress { width: 100%; height: 10px; margin-top: 6px; accent-color: var(--accent); }

    .slow { display: grid; gap: 6px; }
    .slow summary { display: grid; grid-template-columns: 78px 84px minmax(0, 1fr) auto; gap: 12px; align-items: baseline;
      cursor: pointer; padding: 6px 4px; border-bottom: 1px solid var(--line); list-style: none; font-size: 14px; }
    .slow summary::-webkit-details-marker { display: none; }
    .slow summary .text { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
    .slow .inside { padding: 10px 4px 14px; max-width: 620px; display: grid; gap: 8px; }
    .tip { position: fixed; z-index: 8; pointer-events: none; background: var(--ink); color: var(--card); font-size: 12.5px;
      padding: 4px 8px; border-radius: 6px; }

    @media (max-width: 1080px) {
      .answer { grid-template-columns: minmax(0, 1fr); } .side { grid-column: 1; grid-row: auto; } #detail-none { display: none; }
      #detail { position: fixed; left: 50%; bottom: 0; width: min(100%, 640px); transform: translateX(-50%); max-height: 72vh;
        overflow-y: auto; z-index: 6; border-radius: 14px 14px 0 0; box-shadow: 0 -8px 32px rgb(0 0 0 / .28);
        padding: 14px 16px 24px; }
    }
    @media (max-width: 760px) {
      :root { --row: 50px; --gap: 12px; }
      main { padding: 12px 12px 40px; }
      .top { flex-wrap: wrap; padding: 8px 12px; } .top nav { order: 3; width: 100%; margin: 0 -9px; }
      .top nav a { padding: 6px 9px; }
      html { scroll-padding-top: 92px; }
      .card { padding: 14px 12px; border-radius: 8px; }
      .live { grid-template-columns: repeat(2, minmax(0, 1fr)); }
      .chart { padding: 10px 10px 6px; } .chart svg { height: 40px; } .now b { font-size: 19px; }
      #query .head .keys, .opt { display: none; }
      form { grid-template-columns: minmax(0, 1fr) minmax(0, 1fr) minmax(0, 1fr); }
      .f-user { grid-column: 1; } .f-filter { grid-column: 1 / -1; grid-row: 2; } .f-ask { grid-column: 1 / -1; }
      input, select { font-size: 16px; } #filter, #user { font-size: 16px; } #ask { width: 100%; min-height: 44px; }
      .orders { grid-template-columns: minmax(0, 1fr) 30px minmax(0, 1fr); }
      .orders h3 .soft { display: block; }
      .hit { grid-template-columns: minmax(0, 1fr); padding: 0 8px; grid-template-rows: auto auto; align-content: center; }
      .hit .place { position: absolute; }
      .hit .what b { padding-left: 22px; } .hit .what span { display: none; }
      .hit .place { text-align: left; line-height: 18px; align-self: start; padding-top: 6px; }
      .hit .scores { text-align: left; padding-left: 22px; } .hit .scores .value { display: none; }
      .about { grid-template-columns: minmax(0, 1fr); }
      .scale .most, #chart-latency .now span { display: none; } #chart-rate .most { display: inline; }
      .slow summary { grid-template-columns: 70px 70px minmax(0, 1fr); } .slow summary .cover { display: none; }
      th, td { padding-right: 8px; } th.num, td.num { padding-right: 12px; }
    }
    @media (forced-colors: active) { .dot, .bar i, .track i, #map rect { forced-color-adjust: none; } }

    """#
}
