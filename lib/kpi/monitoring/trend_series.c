/* SPDX-License-Identifier: MIT */
#include <math.h>

#include "core/hash.h"
#include "core/intern.h"
#include "data/result.h"
#include "kpi/monitoring/trend.h"

/* ---- which table, and how it comes to stand in periods ---- */

/* A rate's bounds can be followed too. */
static bool is_column(const cmi_column_def *def, const char *name)
{
    size_t n = strlen(def->name);
    if (strcmp(def->name, name) == 0) return def->kind != CMI_C_BY && def->kind != CMI_C_KEYS;
    return def->kind == CMI_C_RATE && strncmp(def->name, name, n) == 0 &&
           (strcmp(name + n, "_lower") == 0 || strcmp(name + n, "_upper") == 0);
}

static bool is_number(const cmi_column_def *def)
{
    return !def->key && (def->kind == CMI_C_I64 || def->kind == CMI_C_F64 ||
                         def->kind == CMI_C_MONEY || def->kind == CMI_C_RATE);
}

static const char *find_axis(const cmi_table_def *table)
{
    for (const cmi_column_def *c = table->columns; c->name; c++)
        if (c->kind == CMI_C_PERIOD && c->key) return c->name;
    return NULL;
}

static int rank_table(const cmi_table_def *table, const char *column, bool has_period)
{
    for (const cmi_column_def *c = table->columns; c->name; c++) {
        if (!is_column(c, column) || !is_number(c)) continue;
        if (!has_period || !find_axis(table)) return 1;
        return strcmp(table->name, "periods") == 0 ? 3 : 2;
    }
    return 0;
}

bool cmi_trend_find(const cmi_kpi *kpi, const char *column, cmi_trend_source *out, const char **why)
{
    cmi_option o;
    const char *name = column && *column ? column : kpi->headline, *dot = strchr(name, '.');
    bool has_period = cmi_option_find(kpi, "period", &o);
    int best = 0;

    *out = (cmi_trend_source){ .kpi = kpi, .column = dot ? dot + 1 : name };
    *why = !*name ? "which column? there is no headline" : "there is no such column of numbers";
    for (const cmi_table_def *t = kpi->tables; t && t->name; t++) {
        size_t n = strlen(t->name);
        if (dot && (n != (size_t)(dot - name) || memcmp(t->name, name, n) != 0)) continue;
        int rank = rank_table(t, out->column, has_period);
        if (rank <= best) continue;
        best = rank;
        out->table = t->name;
        out->axis = rank > 1 ? find_axis(t) : NULL;
    }
    /* What is fitted, or lists customers, looks back from as_of over all that is known. */
    out->as_of = kpi->solve || (kpi->detail && *kpi->detail);
    if (best && !cmi_option_find(kpi, "as_of", &o)) {
        *why = "it knows no time";
        return false;
    }
    return best > 0;
}

/* ---- reading ---- */

/* A result's table with what is read of it. */
typedef struct reading {
    const cm_table *table;
    const cmi_table_column *value, *axis;
    int n_keys;
    const cmi_table_column *key[CMI_MAX_OUT_KEYS];
} reading;

static bool open_table(const cmi_trend_source *source, const cm_table *t, reading *r)
{
    *r = (reading){ .table = t };
    for (int32_t c = 0; c < t->n_columns; c++) {
        const cmi_table_column *column = &t->columns[c];
        if (strcmp(column->name, source->column) == 0)
            r->value = column;
        else if (source->axis && strcmp(column->name, source->axis) == 0)
            r->axis = column;
        else if (column->is_key && r->n_keys < CMI_MAX_OUT_KEYS)
            r->key[r->n_keys++] = column;
    }
    return r->value && (r->axis || !source->axis);
}

static double read_value(const cmi_table_column *c, int64_t row)
{
    cmi_i128 unit = 1;

    if (cmi_table_is_null(c, row)) return NAN;
    switch (c->type) {
    case CM_TYPE_I64:
        return (double)((const int64_t *)c->data)[row];
    case CM_TYPE_F64:
        return ((const double *)c->data)[row];
    case CM_TYPE_MONEY:
        for (int32_t i = 0; i < c->scale; i++) unit *= 10;
        return cmi_ratio128(cmi_table_money(c, row), unit);
    default:
        return NAN;
    }
}

/* The period whose start a cell shows; -1: none. */
static int64_t find_period(const cmi_grid *grid, const cmi_table_column *axis, int64_t row)
{
    if (cmi_table_is_null(axis, row)) return -1;
    bool dates = axis->type == CM_TYPE_DATE;
    if (!dates && axis->type != CM_TYPE_TIMESTAMP) return -1;
    int64_t want = dates ? ((const int32_t *)axis->data)[row] : ((const int64_t *)axis->data)[row];
    const int64_t *start = dates ? grid->day : grid->edge;
    int64_t low = 0, high = cmi_grid_n(grid);
    while (low < high) {
        int64_t middle = low + (high - low) / 2;
        if (start[middle] < want)
            low = middle + 1;
        else
            high = middle;
    }
    return low < cmi_grid_n(grid) && start[low] == want ? low : -1;
}

/* The further keys as bytes: what tells series apart. */
static void put_keys(const reading *r, int64_t row, cm_buffer *out)
{
    char text[CMI_CELL_TEXT];
    size_t n;

    cmi_buffer_truncate(out, 0);
    for (int k = 0; k < r->n_keys; k++) {
        const cmi_table_column *c = r->key[k];
        bool null = cmi_table_is_null(c, row);
        const char *p = text;
        if (null || c->type != CM_TYPE_TEXT)
            n = null ? 0 : (size_t)cmi_table_cell_text(c, row, text);
        else
            p = cmi_table_text(c, row, &n);
        cmi_put_u8(out, null);
        cmi_put_string(out, p, n);
    }
}

static bool add_series(cmi_trend_series *s, const reading *r, int64_t row)
{
    int64_t need = (s->n + 1) * s->n_periods;
    if (!cmi_grow(s->ctx, (void **)&s->value, &s->value_capacity, need, sizeof *s->value) ||
        !cmi_grow(s->ctx, (void **)&s->place, &s->place_capacity, s->n + 1, sizeof *s->place))
        return false;
    for (int64_t i = s->n * s->n_periods; i < need; i++) s->value[i] = NAN;
    s->place[s->n].table = r->table;
    s->place[s->n++].row = row;
    return true;
}

/* A key that is called as a column of the trend's own gets "kpi." in front. */
static void name_keys(cmi_trend_series *s, const reading *r)
{
    static const char *const own[] = { "measure", "period", "method", "value", "change",
                                       "growth",  "n",      "slope",  "lower", "upper" };
    s->n_keys = r->n_keys;
    for (int k = 0; k < r->n_keys; k++) {
        size_t n = 0, length = strlen(r->key[k]->name);
        for (size_t i = 0; i < sizeof own / sizeof *own; i++)
            if (strcmp(own[i], r->key[k]->name) == 0) n = 4;
        memcpy(s->key_name[k], "kpi.", n);
        if (length > sizeof s->key_name[k] - 1 - n) length = sizeof s->key_name[k] - 1 - n;
        memcpy(s->key_name[k] + n, r->key[k]->name, length);
        s->key_names[k] = s->key_name[k];
        s->key[k] = r->key[k];
    }
}

/* `period` is the rows' own where the table has none. */
static bool read_table(cmi_trend_series *s, const cmi_trend_options *o, const reading *r,
                       int64_t period, cmi_intern *keys, cm_buffer *bytes)
{
    for (int64_t row = 0; row < r->table->n_rows; row++) {
        int64_t p = r->axis ? find_period(o->grid, r->axis, row) : period;
        if (p < 0) continue;
        put_keys(r, row, bytes);
        if (!cmi_buffer_ok(bytes)) return false;
        size_t n = (size_t)cm_buffer_size(bytes);
        const char *text = cm_buffer_data(bytes);
        uint32_t code = cmi_intern_add(keys, text, n, cmi_hash(text, n));
        if (!code || (code > s->n && !add_series(s, r, row))) return false;
        s->value[(code - 1) * s->n_periods + p] = read_value(r->value, row);
    }
    return true;
}

cm_status cmi_trend_read(const cmi_input *in, const cmi_trend_options *o, cmi_trend_series *out)
{
    cm_buffer *bytes;
    cm_status status = cm_buffer_create(in->ctx, &bytes, in->err);

    *out = (cmi_trend_series){ .ctx = in->ctx, .n_periods = cmi_grid_n(o->grid) };
    if (status != CM_OK) return status;
    cmi_intern *keys = cmi_intern_create(in->ctx);
    bool ok = keys != NULL;
    for (int i = 0; i < in->n_children && ok; i++) {
        reading r;
        const cm_table *t = cmi_result_find(in->child[i], o->source.table);
        if (!t || !open_table(&o->source, t, &r)) continue;
        if (!out->key[0]) name_keys(out, &r);
        ok = read_table(out, o, &r, i, keys, bytes);
    }
    cmi_intern_destroy(keys);
    cm_buffer_destroy(bytes);
    return ok ? CM_OK : cmi_no_memory(in->ctx, in->err);
}

void cmi_trend_clear(cmi_trend_series *s)
{
    cmi_free(s->ctx, s->value);
    cmi_free(s->ctx, s->place);
}

const cmi_table_column *cmi_trend_key(const cmi_trend_series *s, int64_t series, int k)
{
    const cm_table *t = s->place[series].table;
    for (int32_t c = 0; c < t->n_columns; c++)
        if (strcmp(t->columns[c].name, s->key[k]->name) == 0) return &t->columns[c];
    return s->key[k];
}
