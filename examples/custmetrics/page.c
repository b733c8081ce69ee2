/* SPDX-License-Identifier: MIT */
#include "page.h"

#include <string.h>

#include "chart.h"

/* Rows of a table without a chart that the page shows; the download has all of them. */
enum { TABLE_ROWS = 200 };

static const char style[] =
    ":root{--ink:#1c2430;--soft:#5d6876;--rule:#d9dee5;--paper:#fff;--c0:#2563a8;--c1:#c2571a;"
    "--c2:#2b8457;--c3:#8a4fb0;--c4:#b03a4d;--c5:#6b7d1f;--c6:#1f8a96;--c7:#7a5a3a}\n"
    "@media (prefers-color-scheme:dark){:root{--ink:#e6eaf0;--soft:#9aa6b5;--rule:#39424e;"
    "--paper:#151a21;--c0:#6aa5e8;--c1:#f0914f;--c2:#62c293;--c3:#c08fe2;--c4:#ee7d8d;--c5:#b6c95c;"
    "--c6:#5cc6d1;--c7:#c9a57e}}\n"
    "body{font:15px/1.5 system-ui,sans-serif;color:var(--ink);background:var(--paper);"
    "max-width:860px;margin:2em auto;padding:0 1em}\n"
    "h1{font-size:1.7em}h2{font-size:1.3em;border-top:1px solid var(--rule);padding-top:1em;"
    "margin-top:2em}h3{font-size:1em;margin:1.2em 0 .3em}\n"
    "figure{margin:1em 0}p.note,p.legend,figcaption{color:var(--soft);font-size:.87em;margin:.3em "
    "0}"
    "p.failed{color:var(--c4)}\n"
    "svg{width:100%;height:auto;font-size:11px}svg text{fill:var(--ink)}"
    "svg .end{text-anchor:end}svg .mid{text-anchor:middle}svg .light{fill:var(--paper)}\n"
    ".grid{stroke:var(--rule)}.line{fill:none;stroke-width:1.6}.whisker{stroke:var(--ink);"
    "stroke-width:1.5}.bound{stroke-opacity:.35}\n"
    ".s0{stroke:var(--c0)}.s1{stroke:var(--c1)}.s2{stroke:var(--c2)}.s3{stroke:var(--c3)}"
    ".s4{stroke:var(--c4)}.s5{stroke:var(--c5)}.s6{stroke:var(--c6)}.s7{stroke:var(--c7)}\n"
    "circle.s0,rect.s0{fill:var(--c0)}circle.s1{fill:var(--c1)}circle.s2{fill:var(--c2)}"
    "circle.s3{fill:var(--c3)}circle.s4{fill:var(--c4)}circle.s5{fill:var(--c5)}"
    "circle.s6{fill:var(--c6)}circle.s7{fill:var(--c7)}\n"
    "circle.open{fill:var(--paper)}rect.open{fill-opacity:.25}.heat{fill:var(--c0);"
    "stroke:var(--rule)}.hatching{stroke:var(--soft);stroke-width:.7}.hatch{pointer-events:none}\n"
    ".key{display:inline-block;width:.8em;height:.8em;margin:0 .2em 0 .6em}"
    ".k0{background:var(--c0)}.k1{background:var(--c1)}.k2{background:var(--c2)}"
    ".k3{background:var(--c3)}.k4{background:var(--c4)}.k5{background:var(--c5)}"
    ".k6{background:var(--c6)}.k7{background:var(--c7)}\n"
    ".figures{display:flex;flex-wrap:wrap;gap:1.2em 2.2em;margin:.6em 0}"
    ".figures b{display:block;font-size:1.55em}.figures span{color:var(--soft);font-size:.87em}\n"
    ".scroll{overflow-x:auto}table{border-collapse:collapse;font-size:.85em;"
    "font-variant-numeric:tabular-nums}th,td{padding:.15em .6em;border-bottom:1px solid "
    "var(--rule);text-align:left;max-width:32em}th,td.n{white-space:nowrap}td.n{text-align:right}\n"
    "a{color:var(--c0)}summary{cursor:pointer;color:var(--soft);font-size:.87em}\n"
    "@media print{details{display:none}}\n";

void page_begin(const char *title, text *out)
{
    text_puts(out, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
                   "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
                   "style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'\">\n"
                   "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
                   "<title>");
    text_html_c(out, title);
    text_puts(out, "</title>\n<style>\n");
    text_puts(out, style);
    text_puts(out, "</style>\n</head>\n<body>\n<h1>");
    text_html_c(out, title);
    text_puts(out, "</h1>\n");
}

void page_end(text *out)
{
    text_printf(out, "<p class=\"note\">Made by custmetrics %s.</p>\n</body>\n</html>\n",
                cm_version());
}

static void add_meta(const cm_result *result, const char *key, const char *label, text *out)
{
    const char *value;
    if (cm_result_meta_get(result, key, &value, NULL) != CM_OK || !value || !*value) return;
    text_puts(out, out->n ? " · " : "");
    text_puts(out, label);
    text_html_c(out, value);
}

static void open_section(const section_def *def, text *out)
{
    text_printf(out, "<section id=\"%s-", def->kpi);
    for (const char *p = def->title; *p; p++) {
        char c = *p == ' ' ? '-' : *p;
        text_html(out, &c, 1);
    }
    text_puts(out, "\">\n<h2>");
    text_html_c(out, def->title);
    text_puts(out, "</h2>\n");
}

void page_section_begin(const section_def *def, const cm_kpi_info *info, const cm_result *result,
                        text *out)
{
    text meta = { 0 };
    open_section(def, out);
    text_puts(out, "<p>");
    text_html_c(out, info->definition);
    text_puts(out, "</p>\n<p class=\"note\">");
    add_meta(result, "options.from", "from ", &meta);
    add_meta(result, "options.as_of", "as of ", &meta);
    add_meta(result, "options.period", "period ", &meta);
    add_meta(result, "tz", "zone ", &meta);
    add_meta(result, "plan_hash", "plan ", &meta);
    text_add(out, text_c(&meta), meta.n);
    text_printf(out, "%s%s version %d</p>\n", meta.n ? " · " : "", info->id, (int)info->version);
    text_free(&meta);
}

void page_section_end(const cm_kpi_info *info, text *out)
{
    if (*info->levers) {
        text_puts(out, "<details><summary>What moves it</summary><ul>\n");
        for (const char *p = info->levers; *p;) {
            size_t n = strcspn(p, "\n");
            text_puts(out, "<li>");
            text_html(out, p, n);
            text_puts(out, "</li>\n");
            p += n + (p[n] != '\0');
        }
        text_puts(out, "</ul></details>\n");
    }
    text_puts(out, "</section>\n");
}

void page_section_failed(const section_def *def, const char *message, text *out)
{
    open_section(def, out);
    text_puts(out, "<p class=\"failed\">Not computed: ");
    text_html_c(out, message);
    text_puts(out, "</p>\n</section>\n");
}

static bool is_numeric(cm_type type)
{
    return type == CM_TYPE_I64 || type == CM_TYPE_F64 || type == CM_TYPE_MONEY;
}

/* Every cell exactly as the CSV and JSON doors give it. */
static void add_rows(const cm_table *t, int64_t rows, text *out)
{
    int32_t n = cm_table_n_columns(t);
    text_puts(out, "<div class=\"scroll\"><table>\n<thead><tr>");
    for (int32_t c = 0; c < n; c++) {
        text_puts(out, "<th scope=\"col\" title=\"");
        text_html_c(out, cm_table_column_doc(t, c));
        text_puts(out, "\">");
        text_html_c(out, cm_table_column_name(t, c));
        text_puts(out, "</th>");
    }
    text_puts(out, "</tr></thead>\n<tbody>\n");
    for (int64_t row = 0; row < rows; row++) {
        text_puts(out, "<tr>");
        for (int32_t c = 0; c < n; c++) {
            text cell = { 0 };
            table_cell_at(t, row, c, &cell);
            text_puts(out, is_numeric(cm_table_column_type(t, c)) ? "<td class=\"n\">" : "<td>");
            text_html(out, text_c(&cell), cell.n);
            text_puts(out, "</td>");
            text_free(&cell);
        }
        text_puts(out, "</tr>\n");
    }
    text_puts(out, "</tbody></table></div>\n");
}

static bool add_download(const session *s, const char *kpi, const cm_table *t, text *out)
{
    cm_buffer *csv = NULL;
    bool fine =
        cm_buffer_create(s->ctx, &csv, s->err) == CM_OK && cm_table_csv(t, csv, s->err) == CM_OK;
    if (fine) {
        text_printf(out,
                    "<p class=\"note\"><a download=\"%s_%s.csv\" "
                    "href=\"data:text/csv;charset=utf-8;base64,",
                    kpi, cm_table_name(t));
        text_base64(out, cm_buffer_data(csv), (size_t)cm_buffer_size(csv));
        text_puts(out, "\">Download as CSV</a></p>\n");
    }
    cm_buffer_destroy(csv);
    return fine;
}

bool page_chart(const session *s, const chart_def *def, const char *kpi, const cm_table *t,
                text *out)
{
    text drawing = { 0 };
    int64_t rows = cm_table_n_rows(t), shown = rows;
    bool drawn = chart_draw(def, t, &drawing);
    text_puts(out, "<figure>\n<h3>");
    text_html_c(out, def->title);
    text_puts(out, "</h3>\n");
    if (drawn) {
        text_add(out, text_c(&drawing), drawing.n);
    } else if (shown > TABLE_ROWS) {
        shown = TABLE_ROWS;
    }
    text_free(&drawing);
    text_printf(out, "<details%s><summary>Data: %s, %lld %s", drawn ? "" : " open",
                cm_table_name(t), (long long)rows, rows == 1 ? "row" : "rows");
    if (shown < rows) text_printf(out, ", the first %lld shown", (long long)shown);
    text_puts(out, "</summary>\n");
    add_rows(t, shown, out);
    bool fine = add_download(s, kpi, t, out);
    text_puts(out, "</details>\n</figure>\n");
    return fine;
}
