/* SPDX-License-Identifier: MIT */
/* Whole records to columns of text: one pass to see what is in the block, one that stops at
 * delimiters, line ends and quotes only. */
#include <string.h>

#include "core/error.h"
#include "data/csv.h"
#include "data/csv_match.h"

typedef struct survey {
    int64_t n_lines;
    bool quotes, clean;
} survey;

/* Where the texts of a column go; columns that nobody wants share one place. */
typedef struct place {
    const char **text;
    int32_t *length;
} place;

typedef struct indexer {
    const cmi_csv_shape *shape;
    const char *p;
    int64_t n;
    cmi_scratch *scratch;
    place *places; /* per column */
    cmi_fault *faults;
    int64_t n_faults;
    int64_t row;
    int32_t column; /* of the field that is read */
    int64_t start;  /* where it began */
    bool inside;
    bool quoted;        /* it began with a quote */
    bool doubled;       /* it holds doubled quotes */
    int64_t close;      /* its closing quote */
    int64_t settled;    /* quotes before are settled */
    int32_t long_field; /* of this row; -1: none */
    bool failed;        /* no memory */
} indexer;

static survey survey_block(const cmi_csv_dialect *d, const char *p, int64_t n)
{
    survey s = { .n_lines = 1 };
    int64_t base = 0;
    int found = 0;
    for (; base + 64 <= n; base += 64) {
        cmi_bytes64 b = cmi_load64(p + base);
        found |= cmi_survey64(b, d->quote);
        s.n_lines += cmi_count64(b, d->newline);
    }
    for (; base < n; base++) {
        found |= (p[base] == d->quote) | ((unsigned char)(p[base] - 1) >= 127) << 1;
        s.n_lines += p[base] == d->newline;
    }
    s.quotes = found & 1;
    s.clean = !(found & 2);
    return s;
}

/* ---- fields ---- */

/* Content of a quoted field that cannot be pointed at: doubled quotes, or text behind the closing
 * one. */
static const char *unquote(indexer *x, int64_t end, int64_t *length)
{
    const char *p = x->p;
    char quote = x->shape->dialect.quote;
    char *out = cmi_scratch_text(x->scratch, p + x->start, (size_t)(end - x->start));
    if (!out) {
        x->failed = true;
        *length = 0;
        return "";
    }
    int64_t n = 0, i = x->start + 1;
    for (; i < x->close; i++) {
        if (p[i] == quote) i++;
        out[n++] = p[i];
    }
    for (i = x->close + 1; i < end; i++) out[n++] = p[i];
    *length = n;
    return out;
}

static inline void put(indexer *x, const char *p, int64_t n)
{
    int32_t c = x->column;
    if (c >= x->shape->n_columns) return;
    if (n > x->shape->max_field && x->long_field < 0) x->long_field = c;
    x->places[c].text[x->row] = p;
    x->places[c].length[x->row] = (int32_t)n;
}

/* A field ends before `end`. Empty text without quotes is null. */
static inline void put_field(indexer *x, int64_t end)
{
    if (!x->quoted) {
        int64_t n = end - x->start;
        put(x, x->p + x->start, n ? n : -1);
    } else if (!x->doubled && x->close + 1 == end) {
        put(x, x->p + x->start + 1, end - x->start - 2);
    } else {
        int64_t n;
        const char *text = unquote(x, end, &n);
        put(x, text, n);
    }
    x->quoted = x->doubled = false;
}

/* ---- records ---- */

static void drop_record(indexer *x, bool open_quote)
{
    x->faults[x->n_faults++] =
        (cmi_fault){ (int32_t)x->row, x->column, x->long_field, open_quote && x->long_field < 0 };
    for (int32_t c = 0; c < x->shape->n_columns; c++) {
        x->places[c].text[x->row] = "";
        x->places[c].length[x->row] = -1;
    }
}

static inline void end_record(indexer *x, int64_t at)
{
    int64_t end = at;
    if (x->shape->dialect.newline == '\n' && end > x->start && x->p[end - 1] == '\r' &&
        (!x->quoted || end - 1 > x->close))
        end--;
    bool empty = x->column == 0 && end == x->start;
    if (!empty) {
        put_field(x, end);
        x->column++;
        if (x->column != x->shape->n_columns || x->long_field >= 0) drop_record(x, false);
        x->row++;
    }
    x->column = 0;
    x->long_field = -1;
    x->start = at + 1;
}

static inline void end_field(indexer *x, int64_t at)
{
    if (x->quoted) {
        put_field(x, at);
    } else {
        int64_t n = at - x->start;
        put(x, x->p + x->start, n ? n : -1);
    }
    x->column++;
    x->start = at + 1;
}

static inline void take_separator(indexer *x, int64_t at)
{
    if (x->p[at] == x->shape->dialect.newline)
        end_record(x, at);
    else
        end_field(x, at);
}

static void take_quote(indexer *x, int64_t at)
{
    if (at < x->settled) return;
    if (!x->inside) {
        if (at == x->start) x->inside = x->quoted = true;
        return;
    }
    if (at + 1 < x->n && x->p[at + 1] == x->shape->dialect.quote) {
        x->doubled = true;
        x->settled = at + 2;
        return;
    }
    x->inside = false;
    x->close = at;
}

/* A whole record of the right number of fields ends at `at`: what almost all are. */
static inline bool end_plain_record(indexer *x, int64_t at)
{
    int64_t n = at - x->start;
    if (x->column + 1 != x->shape->n_columns || x->long_field >= 0) return false;
    if (n > 0 && x->p[at - 1] == '\r' && x->shape->dialect.newline == '\n') n--;
    if (n > x->shape->max_field || (n == 0 && x->column == 0)) return false;
    place *to = &x->places[x->column];
    to->text[x->row] = x->p + x->start;
    to->length[x->row] = n ? (int32_t)n : -1;
    x->row++;
    x->column = 0;
    x->start = at + 1;
    return true;
}

static void index_plain(indexer *shared)
{
    indexer own = *shared, *x = &own; /* a copy, so that its members may live in registers */
    const cmi_csv_dialect d = x->shape->dialect;
    for (int64_t base = 0; base < x->n; base += 64) {
        cmi_bytes64 b = cmi_load64_part(x->p + base, x->n - base);
        uint64_t lines = cmi_match64(b, d.newline);
        uint64_t mask = (cmi_match64(b, d.delimiter) | lines) & cmi_mask64(x->n - base);
        for (; mask; mask &= mask - 1) {
            int64_t at = base + __builtin_ctzll(mask);
            if (!(lines & mask & (0 - mask)))
                end_field(x, at);
            else if (!end_plain_record(x, at))
                end_record(x, at);
        }
    }
    *shared = own;
}

static void index_quoted(indexer *x)
{
    const cmi_csv_dialect *d = &x->shape->dialect;
    for (int64_t base = 0; base < x->n; base += 64) {
        cmi_bytes64 b = cmi_load64_part(x->p + base, x->n - base);
        uint64_t quotes = cmi_match64(b, d->quote);
        uint64_t mask = cmi_match64(b, d->delimiter) | cmi_match64(b, d->newline) | quotes;
        mask &= cmi_mask64(x->n - base);
        for (; mask; mask &= mask - 1) {
            int64_t at = base + __builtin_ctzll(mask);
            if (quotes & mask & (0 - mask))
                take_quote(x, at);
            else if (!x->inside)
                take_separator(x, at);
        }
    }
}

/* The last record may lack its line end, or its closing quote. */
static void end_block(indexer *x)
{
    if (x->inside) {
        if (x->n - x->start > x->shape->max_field) x->long_field = x->column;
        if (x->long_field >= x->shape->n_columns) x->long_field = x->shape->n_columns - 1;
        drop_record(x, true);
        x->row++;
    } else if (x->start < x->n || x->column > 0) {
        end_record(x, x->n);
    }
}

/* ---- columns ---- */

static bool open_place(cmi_scratch *scratch, int64_t n_rows, place *out)
{
    out->text = cmi_scratch_alloc(scratch, (size_t)n_rows, sizeof *out->text);
    out->length = cmi_scratch_alloc(scratch, (size_t)n_rows, sizeof *out->length);
    return out->text && out->length;
}

static bool open_columns(indexer *x, int64_t n_rows, cmi_source_column *columns)
{
    const cmi_csv_shape *shape = x->shape;
    size_t n = (size_t)shape->n_columns;
    place unwanted = { NULL, NULL };
    x->places = cmi_scratch_alloc(x->scratch, n, sizeof *x->places);
    x->faults = cmi_scratch_alloc(x->scratch, (size_t)n_rows, sizeof *x->faults);
    if (!x->places || !x->faults) return false;
    for (size_t c = 0; c < n; c++) {
        bool skipped = shape->skipped && shape->skipped[c];
        columns[c] = (cmi_source_column){ .name = shape->names[c], .kind = CMI_SOURCE_NULL };
        if (skipped) {
            if (!unwanted.text && !open_place(x->scratch, n_rows, &unwanted)) return false;
            x->places[c] = unwanted;
            continue;
        }
        if (!open_place(x->scratch, n_rows, &x->places[c])) return false;
        columns[c].kind = CMI_SOURCE_TEXT;
        columns[c].text = x->places[c].text;
        columns[c].length = x->places[c].length;
    }
    return true;
}

cm_status cmi_csv_index(const cmi_csv_shape *shape, const char *p, int64_t n, cmi_scratch *scratch,
                        cmi_batch *out, cm_error *err)
{
    survey s = survey_block(&shape->dialect, p, n);
    indexer x = { .shape = shape, .p = p, .n = n, .scratch = scratch, .long_field = -1 };
    size_t n_columns = (size_t)shape->n_columns;
    cmi_source_column *columns = cmi_scratch_alloc(scratch, n_columns, sizeof *columns);
    if (!columns || !open_columns(&x, s.n_lines, columns)) return cmi_no_memory(scratch->ctx, err);
    if (s.quotes)
        index_quoted(&x);
    else
        index_plain(&x);
    end_block(&x);
    if (x.failed) return cmi_no_memory(scratch->ctx, err);
    *out = (cmi_batch){ .n_rows = x.row,
                        .n_columns = shape->n_columns,
                        .columns = columns,
                        .clean = s.clean,
                        .n_faults = x.n_faults,
                        .faults = x.faults };
    return CM_OK;
}
