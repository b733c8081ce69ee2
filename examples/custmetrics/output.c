/* SPDX-License-Identifier: MIT */
#include "output.h"

#include <stdlib.h>
#include <string.h>

#include "table.h"

/* Rows of a table that text shows unless --table asks for all of it. */
enum { TEXT_ROWS = 40 };

/* The names of a result's tables, for messages. */
static void name_tables(const cm_result *result, text *out)
{
    for (int32_t i = 0; i < cm_result_n_tables(result); i++) {
        text_printf(out, "%s%s", i ? ", " : "", cm_table_name(cm_result_table_at(result, i)));
    }
}

/* The table to print: --table, or the only one there is beside diagnostics. */
static int choose_table(const session *s, const cm_result *result, const cm_table **out)
{
    *out = NULL;
    if (s->a->table) {
        if (cm_result_table(result, s->a->table, out, s->err) == CM_OK) return EXIT_FINE;
        return session_fail(s, NULL);
    }
    for (int32_t i = 0; i < cm_result_n_tables(result); i++) {
        const cm_table *t = cm_result_table_at(result, i);
        if (!strcmp(cm_table_name(t), "diagnostics")) continue;
        if (*out) {
            text names = { 0 };
            name_tables(result, &names);
            int code =
                usage_error("csv prints one table: choose one with --table (%s)", text_c(&names));
            text_free(&names);
            return code;
        }
        *out = t;
    }
    return EXIT_FINE;
}

static void add_meta(const cm_result *result, const char *key, const char *label, text *out)
{
    const char *value;
    if (cm_result_meta_get(result, key, &value, NULL) == CM_OK && value && *value) {
        text_printf(out, "%s%s %s", out->n ? " · " : "", label, value);
    }
}

/* What made the result, in two lines: title, and the facts of the run that a reader must know. */
static void add_heading(const cm_result *result, text *out)
{
    int32_t kpi;
    cm_kpi_info info = { .struct_size = sizeof info };
    const char *id = cm_result_kpi(result);
    if (id && *id && cm_kpi_find(id, &kpi, NULL) == CM_OK &&
        cm_kpi_get(kpi, &info, NULL) == CM_OK) {
        text_printf(out, "%s: %s\n", info.id, info.title);
    }
    text line = { 0 };
    add_meta(result, "options.from", "from", &line);
    add_meta(result, "options.as_of", "as of", &line);
    add_meta(result, "tz", "tz", &line);
    add_meta(result, "n_customers", "customers", &line);
    if (line.n) text_printf(out, "%s\n", text_c(&line));
    text_free(&line);
}

static int add_text_table(const session *s, const cm_table *t, text *out)
{
    cm_buffer *buffer = NULL;
    int64_t rows = cm_table_n_rows(t), most = s->a->table ? 0 : TEXT_ROWS;
    if (cm_buffer_create(s->ctx, &buffer, s->err) != CM_OK ||
        cm_table_text(t, most, buffer, s->err) != CM_OK) {
        cm_buffer_destroy(buffer);
        return session_fail(s, NULL);
    }
    text_puts(out, "\n");
    text_add(out, cm_buffer_data(buffer), (size_t)cm_buffer_size(buffer));
    if (most && rows > most) {
        text_printf(out, "--table %s shows all %lld rows\n", cm_table_name(t), (long long)rows);
    }
    cm_buffer_destroy(buffer);
    return EXIT_FINE;
}

static int make_text(const session *s, const cm_result *result, text *out)
{
    const cm_table *only = NULL;
    int code = EXIT_FINE;
    add_heading(result, out);
    if (s->a->table) {
        code = choose_table(s, result, &only);
        return code == EXIT_FINE ? add_text_table(s, only, out) : code;
    }
    for (int32_t i = 0; code == EXIT_FINE && i < cm_result_n_tables(result); i++) {
        code = add_text_table(s, cm_result_table_at(result, i), out);
    }
    return code;
}

static int make_csv(const session *s, const cm_result *result, cm_buffer *out)
{
    const cm_table *t;
    int code = choose_table(s, result, &t);
    if (code != EXIT_FINE || !t) return code;
    return cm_table_csv(t, out, s->err) == CM_OK ? EXIT_FINE : session_fail(s, NULL);
}

static int make_json(const session *s, const cm_result *result, text *out)
{
    cm_buffer *buffer = NULL;
    const cm_table *t;
    int code = s->a->table ? choose_table(s, result, &t) : EXIT_FINE;
    if (code != EXIT_FINE) return code;
    if (cm_buffer_create(s->ctx, &buffer, s->err) != CM_OK ||
        cm_result_json(result, buffer, s->err) != CM_OK) {
        cm_buffer_destroy(buffer);
        return session_fail(s, NULL);
    }
    text whole = { 0 };
    text_add(&whole, cm_buffer_data(buffer), (size_t)cm_buffer_size(buffer));
    cm_buffer_destroy(buffer);
    if (!s->a->table || !pick_json_table(text_c(&whole), s->a->table, out)) {
        text_add(out, text_c(&whole), whole.n);
    }
    text_free(&whole);
    if (out->n && out->p[out->n - 1] != '\n') text_puts(out, "\n");
    return EXIT_FINE;
}

static int save_model(const session *s, const cm_result *result)
{
    cm_model *model = NULL;
    cm_buffer *buffer = NULL;
    int code = EXIT_FINE;
    if (cm_result_model(result, &model, s->err) != CM_OK ||
        cm_buffer_create(s->ctx, &buffer, s->err) != CM_OK ||
        cm_model_save(model, buffer, s->err) != CM_OK) {
        code = session_fail(s, "--save-model");
    } else if (!write_file(s->a->save_model, cm_buffer_data(buffer),
                           (size_t)cm_buffer_size(buffer))) {
        code = EXIT_INPUT;
    }
    cm_buffer_destroy(buffer);
    cm_model_destroy(model);
    return code;
}

int output_result(const session *s, const cm_result *result)
{
    text made = { 0 };
    cm_buffer *csv = NULL;
    int code = EXIT_FINE;
    progress_clear();
    if (s->a->format == FORMAT_CSV) {
        if (cm_buffer_create(s->ctx, &csv, s->err) != CM_OK) return session_fail(s, NULL);
        code = make_csv(s, result, csv);
    } else if (s->a->format == FORMAT_JSON) {
        code = make_json(s, result, &made);
    } else {
        code = make_text(s, result, &made);
    }
    if (code == EXIT_FINE && s->a->save_model) code = save_model(s, result);
    if (code == EXIT_FINE) {
        const void *bytes = csv ? cm_buffer_data(csv) : text_c(&made);
        size_t n = csv ? (size_t)cm_buffer_size(csv) : made.n;
        if (!write_file(s->a->out, bytes, n)) code = EXIT_INPUT;
    }
    cm_buffer_destroy(csv);
    text_free(&made);
    return code;
}
