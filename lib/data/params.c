/* SPDX-License-Identifier: MIT */
#include "data/params.h"

#include <string.h>

#include "core/error.h"
#include "data/catalog.h"
#include "data/grammar.h"

/* Names ascend, so that what was set in another order is the same. */
static int64_t find_place(const struct cm_params *params, const char *option, bool *found)
{
    int64_t i = 0;
    int order = 1;
    while (i < params->n && (order = strcmp(params->v[i].name, option)) < 0) i++;
    *found = i < params->n && order == 0;
    return i;
}

static const cmi_param *find(const struct cm_params *params, const char *option)
{
    bool found;
    int64_t i = find_place(params, option, &found);
    return found ? &params->v[i] : NULL;
}

const char *cmi_params_text(const struct cm_params *params, const char *option)
{
    const cmi_param *param = find(params, option);
    return param ? param->text : NULL;
}

bool cmi_params_given(const struct cm_params *params, const char *option)
{
    const cmi_param *param = find(params, option);
    return param && param->given;
}

cm_status cmi_params_create(cm_context *ctx, const cmi_kpi *kpi, struct cm_params **out,
                            cm_error *err)
{
    struct cm_params *params = cmi_calloc(ctx, 1, sizeof *params);
    if (!params) return cmi_no_memory(ctx, err);
    cmi_context_retain(ctx);
    params->ctx = ctx;
    params->kpi = kpi;
    *out = params;
    return CM_OK;
}

/* Name and text lie in one block, which the name begins. */
static void free_param(cm_context *ctx, cmi_param *param)
{
    cmi_free(ctx, (void *)param->name);
}

void cmi_params_destroy(struct cm_params *params)
{
    if (!params) return;
    cm_context *ctx = params->ctx;
    for (int64_t i = 0; i < params->n; i++) free_param(ctx, &params->v[i]);
    cmi_free(ctx, params->v);
    cmi_free(ctx, params);
    cmi_context_release(ctx);
}

static bool make_param(cm_context *ctx, const char *name, const char *text, size_t n, bool given,
                       cmi_param *out)
{
    size_t length = strlen(name) + 1;
    char *block = cmi_alloc(ctx, length + n + 1);
    if (!block) return false;
    memcpy(block, name, length);
    memcpy(block + length, text, n);
    block[length + n] = '\0';
    *out = (cmi_param){ block, block + length, given };
    return true;
}

static cm_status put(struct cm_params *params, const char *option, const char *text, size_t n,
                     bool given, cm_error *err)
{
    cmi_param param;
    bool found;
    int64_t at = find_place(params, option, &found);
    void *v = params->v;
    if (!found && !cmi_grow(params->ctx, &v, &params->capacity, params->n + 1, sizeof *params->v))
        return cmi_no_memory(params->ctx, err);
    params->v = v;
    if (!make_param(params->ctx, option, text, n, given, &param))
        return cmi_no_memory(params->ctx, err);
    if (found) {
        free_param(params->ctx, &params->v[at]);
    } else {
        memmove(params->v + at + 1, params->v + at, sizeof *params->v * (size_t)(params->n - at));
        params->n++;
    }
    params->v[at] = param;
    return CM_OK;
}

static void forget(struct cm_params *params, const char *option)
{
    bool found;
    int64_t at = find_place(params, option, &found);
    if (!found) return;
    free_param(params->ctx, &params->v[at]);
    params->n--;
    memmove(params->v + at, params->v + at + 1, sizeof *params->v * (size_t)(params->n - at));
}

cm_status cmi_params_copy(const struct cm_params *params, struct cm_params **out, cm_error *err)
{
    struct cm_params *copy = NULL;
    cm_status status = cmi_params_create(params->ctx, params->kpi, &copy, err);
    if (status != CM_OK) return status;
    for (int64_t i = 0; i < params->n && status == CM_OK; i++) {
        const cmi_param *p = &params->v[i];
        status = put(copy, p->name, p->text, strlen(p->text), p->given, err);
    }
    if (status == CM_OK)
        *out = copy;
    else
        cmi_params_destroy(copy);
    return status;
}

/* A vendor that has no rules of its own for a KPI must not look as if it had been followed. */
static cm_status check_vendor(const struct cm_params *params, const char *vendor, cm_error *err)
{
    cmi_option o;
    for (int32_t i = 0; cmi_option_at(params->kpi, i, &o); i++)
        if (cmi_preset_text(vendor, params->kpi->id, o.name)) return CM_OK;
    cmi_fail(err, CM_ERR_UNSUPPORTED, "compat=%s: no rules of %s are known for %s", vendor, vendor,
             params->kpi->id);
    cmi_error_option(err, "compat");
    return CM_ERR_UNSUPPORTED;
}

static cm_status check_and_put(struct cm_params *params, const cmi_option *o, const char *option,
                               const char *text, bool given, cm_buffer *canonical, cm_error *err)
{
    cmi_arena arena;
    cmi_arena_init(&arena, params->ctx);
    cmi_option_reader r = {
        .ctx = params->ctx, .arena = &arena, .canonical = canonical, .option = option, .err = err
    };
    cm_status status = cmi_option_read(&r, o, text, NULL);
    if (status == CM_OK && !cmi_buffer_ok(canonical)) status = cmi_no_memory(params->ctx, err);
    if (status == CM_OK && o->has == CMI_HAS_COMPAT && cm_buffer_size(canonical))
        status = check_vendor(params, text, err);
    if (status == CM_OK && !cm_buffer_size(canonical)) {
        forget(params, option);
    } else if (status == CM_OK) {
        status = put(params, option, cm_buffer_data(canonical), (size_t)cm_buffer_size(canonical),
                     given, err);
    }
    cmi_arena_destroy(&arena);
    return status;
}

cm_status cmi_params_set(struct cm_params *params, const char *option, const char *text, bool given,
                         cm_error *err)
{
    cmi_option o;
    cm_buffer *canonical;
    if (!cmi_option_find(params->kpi, option, &o))
        return cmi_option_unknown(params->kpi, option, err);
    if (!text) {
        forget(params, option);
        return CM_OK;
    }
    cm_status status = cm_buffer_create(params->ctx, &canonical, err);
    if (status != CM_OK) return status;
    status = check_and_put(params, &o, option, text, given, canonical, err);
    cm_buffer_destroy(canonical);
    return status;
}

/* ---- segments ---- */

static const char *get_last_part(const char *name)
{
    const char *dot = strrchr(name, '.');
    return dot ? dot + 1 : name;
}

static cm_status need_label(cmi_label_list *list, const char *id, const char *option, cm_error *err)
{
    for (int i = 0; i < list->n; i++)
        if (strcmp(list->kpi[i]->id, id) == 0) return CM_OK;
    if (list->n == CMI_MAX_LABELS)
        return cmi_fail(err, CM_ERR_LIMIT, "%s: more than %d segmentations", option,
                        CMI_MAX_LABELS);
    list->kpi[list->n] = cmi_registry_find(id);
    if (!list->kpi[list->n]) return cmi_registry_unknown(id, err);
    list->option[list->n++] = option;
    return CM_OK;
}

static cm_status read_labels(cmi_option_reader *r, const cmi_param *param, cmi_label_list *list)
{
    cmi_by by = { 0 };
    cmi_where where = { 0 };
    bool groups = strcmp(r->option, "by") == 0;
    if (!*param->text) return CM_OK;
    cm_status status =
        groups ? cmi_by_read(r, param->text, &by) : cmi_where_read(r, param->text, &where);
    for (int64_t i = 0; i < by.n && status == CM_OK; i++)
        if (by.v[i].kind == CMI_BY_LABEL)
            status = need_label(list, by.v[i].name, param->name, r->err);
    for (int64_t i = 0; i < where.n && status == CM_OK; i++)
        if (where.v[i].label) status = need_label(list, where.v[i].label, param->name, r->err);
    return status;
}

static bool is_group(const cmi_param *param)
{
    const char *name = get_last_part(param->name);
    return strcmp(name, "by") == 0 || strcmp(name, "where") == 0;
}

cm_status cmi_params_labels(const struct cm_params *params, cmi_label_list *out, cm_error *err)
{
    cm_buffer *canonical;
    cmi_arena arena;
    cm_status status = cm_buffer_create(params->ctx, &canonical, err);
    out->n = 0;
    if (status != CM_OK) return status;
    cmi_arena_init(&arena, params->ctx);
    for (int64_t i = 0; i < params->n && status == CM_OK; i++) {
        cmi_option_reader r = { .ctx = params->ctx,
                                .arena = &arena,
                                .canonical = canonical,
                                .option = get_last_part(params->v[i].name),
                                .err = err };
        if (is_group(&params->v[i])) status = read_labels(&r, &params->v[i], out);
    }
    cmi_arena_destroy(&arena);
    cm_buffer_destroy(canonical);
    return status;
}

void cmi_params_forget_groups(struct cm_params *params)
{
    for (int64_t i = params->n - 1; i >= 0; i--)
        if (is_group(&params->v[i])) forget(params, params->v[i].name);
}
