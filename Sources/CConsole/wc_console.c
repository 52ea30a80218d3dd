#include "CConsole.h"

#ifndef __has_embed
#error "The files of the console are read with #embed: compile with Swift 6.2 or newer."
#endif
// Clang knows #embed in every C, and says before C23 that it is of C23.
#pragma clang diagnostic ignored "-Wc23-extensions"

static const unsigned char console_html[] = {
#embed "files/console.html"
};

static const unsigned char console_css[] = {
#embed "files/console.css"
};

static const unsigned char console_js[] = {
#embed "files/console.js"
};

static const unsigned char address_js[] = {
#embed "files/address.js"
};

static const unsigned char answer_js[] = {
#embed "files/answer.js"
};

static const unsigned char charts_js[] = {
#embed "files/charts.js"
};

static const unsigned char arms_js[] = {
#embed "files/arms.js"
};

static const unsigned char cluster_js[] = {
#embed "files/cluster.js"
};

static const unsigned char collections_js[] = {
#embed "files/collections.js"
};

static const unsigned char detail_js[] = {
#embed "files/detail.js"
};

static const unsigned char form_js[] = {
#embed "files/form.js"
};

static const unsigned char history_js[] = {
#embed "files/history.js"
};

static const unsigned char item_js[] = {
#embed "files/item.js"
};

static const unsigned char map_js[] = {
#embed "files/map.js"
};

static const unsigned char page_js[] = {
#embed "files/page.js"
};

static const unsigned char query_js[] = {
#embed "files/query.js"
};

static const unsigned char server_js[] = {
#embed "files/server.js"
};

static const unsigned char slow_js[] = {
#embed "files/slow.js"
};

static const unsigned char suggest_js[] = {
#embed "files/suggest.js"
};

static const unsigned char text_js[] = {
#embed "files/text.js"
};

static const unsigned char watch_js[] = {
#embed "files/watch.js"
};

static const unsigned char waterfall_js[] = {
#embed "files/waterfall.js"
};

static const unsigned char wishes_js[] = {
#embed "files/wishes.js"
};

// A new file has its lines above and its row here; a test compares the rows with the directory.
static const wc_file files[] = {
    {"console.html", console_html, sizeof console_html},
    {"console.css", console_css, sizeof console_css},
    {"console.js", console_js, sizeof console_js},
    {"address.js", address_js, sizeof address_js},
    {"answer.js", answer_js, sizeof answer_js},
    {"arms.js", arms_js, sizeof arms_js},
    {"charts.js", charts_js, sizeof charts_js},
    {"cluster.js", cluster_js, sizeof cluster_js},
    {"collections.js", collections_js, sizeof collections_js},
    {"detail.js", detail_js, sizeof detail_js},
    {"form.js", form_js, sizeof form_js},
    {"history.js", history_js, sizeof history_js},
    {"item.js", item_js, sizeof item_js},
    {"map.js", map_js, sizeof map_js},
    {"page.js", page_js, sizeof page_js},
    {"query.js", query_js, sizeof query_js},
    {"server.js", server_js, sizeof server_js},
    {"slow.js", slow_js, sizeof slow_js},
    {"suggest.js", suggest_js, sizeof suggest_js},
    {"text.js", text_js, sizeof text_js},
    {"watch.js", watch_js, sizeof watch_js},
    {"waterfall.js", waterfall_js, sizeof waterfall_js},
    {"wishes.js", wishes_js, sizeof wishes_js},
};

size_t wc_file_count(void) { return sizeof files / sizeof files[0]; }

wc_file wc_file_at(size_t index) { return files[index]; }
