/* SPDX-License-Identifier: MIT */
#include "data/result.h"

#include <string.h>

#include "core/buffer.h"
#include "core/error.h"

struct cm_result {
    cm_context *ctx; /* retained */
    int32_t refs;    /* atomic */
    int32_t version;
    char *kpi;
    int64_t n_tables, capacity;
    void *tables; /* cm_table *[n_tables] */
    cmi_meta *meta;
    void *model;
    void (*release_model)(void *model);
    cm_status status; /* the first failure while it is made; sticks */
    bool finished;
};

static cm_table *table_at(const cm_result *result, int64_t index)
{
    return ((cm_table **)result->tables)[index];
}

/* ---- making ---- */

cm_status cmi_result_create(cm_context *ctx, const char *kpi, int32_t version, cm_result **out,
                            cm_error *err)
{
    if (!ctx || !kpi || !out)
        return cmi_fail(err, CM_ERR_ARG, "a result needs a context and a name");
    cm_result *result = cmi_calloc(ctx, 1, sizeof *result);
    if (!result) return cmi_no_memory(ctx, err);
    cmi_context_retain(ctx);
    result->ctx = ctx;
    result->refs = 1;
    result->version = version;
    result->kpi = cmi_strndup(ctx, kpi, strlen(kpi));
    result->meta = cmi_meta_create(ctx);
    if (!result->kpi || !result->meta) {
        cm_result_destroy(result);
        return cmi_no_memory(ctx, err);
    }
    cmi_meta_text(result->meta, NULL, "kpi", kpi);
    cmi_meta_i64(result->meta, NULL, "version", version);
    cmi_meta_text(result->meta, NULL, "library", cm_version());
    *out = result;
    return CM_OK;
}

cm_table *cmi_result_add_table(cm_result *result, const char *name, const char *doc,
                               const cmi_column_spec *columns, int32_t n_columns)
{
    if (!result || result->status != CM_OK) return NULL;
    cm_table *table = NULL;
    if (result->finished) {
        result->status = CM_ERR_INTERNAL;
    } else if (!cmi_grow(result->ctx, &result->tables, &result->capacity, result->n_tables + 1,
                         sizeof(cm_table *))) {
        result->status = CM_ERR_MEMORY;
    } else {
        result->status = cmi_table_create(result->ctx, name, doc, columns, n_columns, &table, NULL);
    }
    if (table) ((cm_table **)result->tables)[result->n_tables++] = table;
    return table;
}

cmi_meta *cmi_result_open_meta(cm_result *result)
{
    return result && !result->finished ? result->meta : NULL;
}

cm_status cmi_result_finish(cm_result *result, cm_error *err)
{
    if (!result) return cmi_fail(err, CM_ERR_ARG, "there is no result to finish");
    for (int64_t i = 0; i < result->n_tables && result->status == CM_OK; i++) {
        result->status = cmi_table_finish(table_at(result, i), err);
        if (result->status != CM_OK) return result->status;
    }
    if (result->status == CM_OK && !cmi_meta_finish(result->meta)) result->status = CM_ERR_MEMORY;
    if (result->status == CM_ERR_MEMORY) return cmi_no_memory(result->ctx, err);
    if (result->status != CM_OK) {
        return cmi_fail(err, result->status, "the result of %s was written wrongly", result->kpi);
    }
    result->finished = true;
    return CM_OK;
}

void cmi_result_set_model(cm_result *result, void *model, void (*release)(void *model))
{
    if (result->model && result->release_model) result->release_model(result->model);
    result->model = model;
    result->release_model = release;
}

void *cmi_result_get_model(const cm_result *result)
{
    return result ? result->model : NULL;
}

cm_context *cmi_result_context(const cm_result *result)
{
    return result->ctx;
}

int32_t cmi_result_version(const cm_result *result)
{
    return result->version;
}

const cm_table *cmi_result_find(const cm_result *result, const char *name)
{
    for (int64_t i = 0; result && i < result->n_tables; i++) {
        if (strcmp(table_at(result, i)->name, name) == 0) return table_at(result, i);
    }
    return NULL;
}

/* ---- life ---- */

void cm_result_retain(cm_result *result)
{
    if (result) __atomic_add_fetch(&result->refs, 1, __ATOMIC_RELAXED);
}

void cm_result_destroy(cm_result *result)
{
    if (!result || __atomic_sub_fetch(&result->refs, 1, __ATOMIC_ACQ_REL) > 0) return;
    cm_context *ctx = result->ctx;
    cmi_result_set_model(result, NULL, NULL);
    for (int64_t i = 0; i < result->n_tables; i++) cmi_table_release(table_at(result, i));
    cmi_free(ctx, result->tables);
    cmi_meta_destroy(result->meta);
    cmi_free(ctx, result->kpi);
    cmi_free(ctx, result);
    cmi_context_release(ctx);
}

/* ---- reading ---- */

const char *cm_result_kpi(const cm_result *result)
{
    return result ? result->kpi : "";
}

int32_t cm_result_n_tables(const cm_result *result)
{
    return result ? (int32_t)result->n_tables : 0;
}

const cm_table *cm_result_table_at(const cm_result *result, int32_t index)
{
    return result && index >= 0 && index < result->n_tables ? table_at(result, index) : NULL;
}

/* Names of all tables, as far as a message has room. */
static void list_tables(const cm_result *result, char *text, size_t capacity)
{
    size_t used = 0;
    text[0] = '\0';
    for (int64_t i = 0; i < result->n_tables; i++) {
        const char *name = table_at(result, i)->name;
        size_t n = strlen(name);
        if (used + n + 6 > capacity) {
            memcpy(text + used, i ? ", ..." : "...", i ? 6 : 4);
            return;
        }
        if (i) memcpy(text + used, ", ", 2);
        used += i ? 2 : 0;
        memcpy(text + used, name, n + 1);
        used += n;
    }
}

cm_status cm_result_table(const cm_result *result, const char *name, const cm_table **out,
                          cm_error *err)
{
    cmi_error_reset(err);
    if (!result || !name || !out) {
        return cmi_fail(err, CM_ERR_ARG, "cm_result_table: result, name and out must not be NULL");
    }
    const cm_table *table = cmi_result_find(result, name);
    if (!table) {
        char names[256];
        list_tables(result, names, sizeof names);
        cm_status status = cmi_fail(err, CM_ERR_NOT_FOUND, "%s has no table \"%s\"; it has %s",
                                    result->kpi, name, names[0] ? names : "none");
        cmi_error_at(err, name, 0, NULL);
        return status;
    }
    *out = table;
    return CM_OK;
}

const char *cm_result_meta(const cm_result *result)
{
    return result ? cmi_meta_json(result->meta) : "{}";
}

cm_status cm_result_meta_get(const cm_result *result, const char *key, const char **out,
                             cm_error *err)
{
    cmi_error_reset(err);
    if (!result || !key || !out) {
        return cmi_fail(err, CM_ERR_ARG,
                        "cm_result_meta_get: result, key and out must not be NULL");
    }
    const char *text = cmi_meta_get(result->meta, key);
    if (!text) return cmi_fail(err, CM_ERR_NOT_FOUND, "the meta has no entry \"%s\"", key);
    *out = text;
    return CM_OK;
}

cm_status cm_result_json(const cm_result *result, cm_buffer *out, cm_error *err)
{
    cmi_error_reset(err);
    if (!result || !out) {
        return cmi_fail(err, CM_ERR_ARG, "cm_result_json: result and out must not be NULL");
    }
    int64_t before = cm_buffer_size(out);
    char version[CMI_CELL_TEXT];
    cmi_i64_text(result->version, version);
    cmi_put_text(out, "{\"kpi\":");
    cmi_put_json_text(out, result->kpi, strlen(result->kpi));
    cmi_put_text(out, ",\"version\":");
    cmi_put_text(out, version);
    cmi_put_text(out, ",\"meta\":");
    cmi_put_text(out, cmi_meta_json(result->meta));
    cmi_put_text(out, ",\"tables\":{");
    for (int64_t i = 0; i < result->n_tables && cmi_buffer_ok(out); i++) {
        const char *name = table_at(result, i)->name;
        cmi_put_text(out, i ? ",\n" : "\n");
        cmi_put_json_text(out, name, strlen(name));
        cmi_put_text(out, ":");
        cmi_table_put_json(table_at(result, i), out);
    }
    cmi_put_text(out, "}}");
    if (cmi_buffer_ok(out)) return CM_OK;
    cmi_buffer_truncate(out, before);
    return cmi_no_memory(cmi_buffer_context(out), err);
}
