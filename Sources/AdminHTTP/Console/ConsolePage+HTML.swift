extension ConsolePage {
  static let html = #"""
    <!doctype html>
    <html lang="en">
    <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta name="color-scheme" content="light dark">
    <meta name="referrer" content="no-referrer">
    <title>Winnow console</title>
    <link rel="icon" href="data:,">
    <link rel="stylesheet" href="/console.css">
    <script src="/console.js" defer></script>
    </head>
    <body>
    <a class="skip" href="#query">To the query</a>

    <header class="top">
      <div class="brand">
        <svg class="mark" viewBox="0 0 24 24" aria-hidden="true"><path d="M2 5h20M5 10h14M8 15h8M11 20h2"/></svg>
        <h1>Winnow</h1>
        <span id="node" class="soft">console</span>
      </div>
      <nav aria-label="Sections">
        <a href="#query">Query</a><a href="#live">Live</a><a href="#shards">Shards</a><a href="#slow">Slow</a>
      </nav>
      <p id="link" class="pill" role="status"><span class="dot"></span><span id="link-text">connecting</span></p>
    </header>

    <div id="lost" class="banner" role="alert" hidden>
      <p><strong>The coordinator does not answer.</strong> <span id="lost-text"></span></p>
      <button type="button" id="lost-now" class="quiet">Try now</button>
    </div>

    <noscript><p class="banner">The console is drawn by a script of this server; allow it for this page.</p></noscript>

    <main>
      <section id="live" aria-labelledby="live-title" class="live">
        <h2 id="live-title" class="hidden">Live</h2>
        <figure class="card chart" id="chart-rate">
          <figcaption>Queries a second</figcaption>
          <p class="now"><b>–</b> <span></span></p>
          <svg viewBox="0 0 120 40" preserveAspectRatio="none" role="img" aria-label="Queries a second"></svg>
          <p class="scale"><span class="ago"></span><span class="most"></span></p>
        </figure>
        <figure class="card chart" id="chart-latency">
          <figcaption>Latency</figcaption>
          <p class="now"><b>–</b> <span></span></p>
          <svg viewBox="0 0 120 40" preserveAspectRatio="none" role="img" aria-label="Latency"></svg>
          <p class="scale"><span class="keys"><i class="k50">p50</i><i class="k95">p95</i><i class="k99">p99</i></span><span
            class="most"></span></p>
        </figure>
        <figure class="card chart" id="chart-coverage">
          <figcaption>Coverage of answers</figcaption>
          <p class="now"><b>–</b> <span></span></p>
          <svg viewBox="0 0 120 40" preserveAspectRatio="none" role="img" aria-label="Coverage of answers"></svg>
          <p class="scale"><span class="keys"><i class="kerr">errors</i></span><span class="most"></span></p>
        </figure>
        <figure class="card chart" id="chart-queue">
          <figcaption>In work</figcaption>
          <p class="now"><b>–</b> <span></span></p>
          <svg viewBox="0 0 120 40" preserveAspectRatio="none" role="img" aria-label="Queries in work and waiting"></svg>
          <p class="scale"><span class="keys"><i class="kwait">waiting</i></span><span class="most"></span></p>
        </figure>
      </section>

      <section id="query" class="card" aria-labelledby="query-title" tabindex="-1">
        <div class="head">
          <h2 id="query-title">Query</h2>
          <p class="keys soft"><kbd>/</kbd> to the box <kbd>Enter</kbd> asks <kbd>↑</kbd><kbd>↓</kbd> through results
            <kbd>Esc</kbd> closes</p>
        </div>
        <form id="form" autocomplete="off" novalidate>
          <div class="field f-user"><label for="user">User</label>
            <input id="user" name="user" inputmode="numeric" list="users" placeholder="id" spellcheck="false"
              aria-describedby="error">
            <datalist id="users"></datalist></div>
          <div class="field f-filter"><label for="filter">Filter</label>
            <input id="filter" name="filter" spellcheck="false" autocapitalize="off" aria-describedby="error"
              placeholder="every item"></div>
          <div class="field f-number"><label for="k">k</label>
            <input id="k" name="k" type="number" inputmode="numeric" min="1" max="1000" value="10"
              aria-describedby="error"></div>
          <div class="field f-number"><label for="depth">Depth</label>
            <input id="depth" name="depth" type="number" inputmode="numeric" min="1" max="10000" value="300"
              aria-describedby="error"></div>
          <div class="field f-ask"><button id="ask" type="submit">Rank</button></div>
          <details id="more" class="more">
            <summary>More</summary>
            <div class="more-fields">
              <div class="field"><label for="collection">Collection</label>
                <select id="collection" name="collection"></select></div>
              <div class="field"><label for="session">Session items, the latest last</label>
                <input id="session" name="session" placeholder="12, 845, 3" spellcheck="false"></div>
              <div class="field"><label for="context">Context</label>
                <input id="context" name="context" placeholder="hour=18, device=phone" spellcheck="false"></div>
              <div class="field"><label for="exclude">Leave out</label>
                <input id="exclude" name="exclude" placeholder="item ids" spellcheck="false"></div>
              <div class="field"><label for="vector">Query vector</label>
                <input id="vector" name="vector" placeholder="[0.1, …], goes before the user's" spellcheck="false"></div>
              <div class="field check"><input id="explain" name="explain" type="checkbox" checked>
                <label for="explain">Explain the results</label></div>
            </div>
          </details>
        </form>
        <div id="error" class="error" role="alert"></div>
        <p id="summary" class="summary" aria-live="polite"></p>
        <p id="tries" class="soft"></p>
        <p id="attributes" class="soft attributes"></p>

        <div id="answer" class="answer" hidden>
          <div class="orders">
            <h3 id="before-title">Before <span class="soft">by retrieval score</span></h3>
            <span></span>
            <h3 id="after-title">After <span class="soft" id="after-what">by the model</span></h3>
            <ol id="before" class="order" aria-labelledby="before-title"></ol>
            <svg id="moves" preserveAspectRatio="none" aria-hidden="true"></svg>
            <ol id="after" class="order" aria-labelledby="after-title"></ol>
          </div>
          <aside class="side" aria-label="About one result">
            <p id="detail-none" class="soft">Choose a result to see why it stands where it stands.</p>
            <section id="detail" aria-labelledby="detail-title" hidden>
              <div class="head"><h3 id="detail-title"></h3>
                <button type="button" id="detail-close" class="quiet" aria-label="Close the details">Close</button></div>
              <div id="detail-body"></div>
            </section>
          </aside>
          <div class="about">
            <section id="fall" aria-labelledby="fall-title">
              <h3 id="fall-title">Where the time went</h3>
              <p id="straggler" class="soft"></p>
              <div id="fall-body" class="fall"></div>
            </section>
            <section id="facts-part" aria-labelledby="facts-title">
              <h3 id="facts-title">What was searched</h3>
              <dl id="facts" class="facts"></dl>
            </section>
          </div>
        </div>
      </section>

      <section id="shards" class="card" aria-labelledby="shards-title" tabindex="-1">
        <div class="head"><h2 id="shards-title">Shards</h2><p id="shards-soft" class="soft"></p></div>
        <div id="moving" class="moving" hidden>
          <p id="moving-text"></p>
          <progress id="moving-bar" max="1" value="0" aria-labelledby="moving-text"></progress>
        </div>
        <figure class="map">
          <svg id="map" viewBox="0 0 128 32" preserveAspectRatio="none" role="img" aria-labelledby="map-text"></svg>
          <figcaption class="soft"><span id="map-text">4,096 slots</span></figcaption>
        </figure>
        <div class="wide"><table class="shards">
          <thead><tr><th scope="col">Shard</th><th scope="col" class="opt">Address</th><th scope="col" class="num">Slots</th>
            <th scope="col" class="num">Items</th><th scope="col">State</th><th scope="col">In answers</th>
            <th scope="col" class="opt">Moving</th></tr></thead>
          <tbody id="shard-rows"><tr><td colspan="7" class="soft">Waiting for the coordinator.</td></tr></tbody>
        </table></div>
        <h3>Collections</h3>
        <div class="wide"><table>
          <thead><tr><th scope="col">Collection</th><th scope="col" class="num">Generation</th>
            <th scope="col" class="num">Items</th><th scope="col" class="num opt">Memory</th>
            <th scope="col">Model</th></tr></thead>
          <tbody id="collection-rows"></tbody>
        </table></div>
      </section>

      <section id="slow" class="card" aria-labelledby="slow-title" tabindex="-1">
        <div class="head"><h2 id="slow-title">Slow queries</h2><p id="slow-soft" class="soft"></p></div>
        <ol id="slow-rows" class="slow"></ol>
      </section>
    </main>
    <div id="tip" class="tip" role="tooltip" hidden></div>
    </body>
    </html>

    """#
}
