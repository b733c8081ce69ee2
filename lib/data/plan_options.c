/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "core/error.h"
#include "data/catalog.h"
#include "data/plan_build.h"

/* Texts of options to the values of a plan: what the user set, else a preset, else the default. */

/* ---- the empty plan ---- */

static void take_extent(cmi_plan *p, const cm_extent *extent)
{
    p->has_extent = extent != NULL;
    if (extent) {
        p->extent = *extent;
    } else {
        p->extent.scale = 4;
        memcpy(p->extent.tz, "UTC", 4);
        for (int f = 0; f < CMI_N_FACTS; f++) p->extent.min[f] = p->extent.max[f] = CMI_NULL;
    }
    p->extent.ctx = NULL; /* a copy that owns nothing */
}

static cm_status create_plan(cmi_building *b)
{
    const cmi_kpi *kpi = b->params->kpi;
    cmi_plan *p = cmi_calloc(b->ctx, 1, sizeof *p);
    if (!p) return cmi_no_memory(b->ctx, b->err);
    cmi_context_retain(b->ctx);
    cmi_arena_init(&p->arena, b->ctx);
    p->ctx = b->ctx;
    p->refs = 1;
    p->kpi = kpi;
    p->err = b->err;
    p->first_fact = INT64_MIN;
    take_extent(p, b->extent);
    b->p = p;
    int64_t most = cmi_option_count(kpi) + b->params->n + 1;
    p->options = cmi_arena_alloc(&p->arena, kpi->options_size + 1);
    p->name = cmi_arena_alloc(&p->arena, sizeof *p->name * (size_t)most);
    p->text = cmi_arena_alloc(&p->arena, sizeof *p->text * (size_t)most);
    p->given = cmi_arena_alloc(&p->arena, sizeof *p->given * (size_t)most);
    if (p->options && p->name && p->text && p->given) return CM_OK;
    return cmi_no_memory(b->ctx, b->err);
}

/* ---- texts ---- */

static const char *preset_text(const cmi_building *b, const char *kind, const char *option)
{
    const char *preset = cmi_params_text(b->params, kind);
    return preset ? cmi_preset_text(preset, b->params->kpi->id, option) : NULL;
}

/* A vendor's rules are narrower than a business's habits. */
static const char *find_text(const cmi_building *b, const cmi_option *o, bool *given)
{
    const char *text = cmi_params_text(b->params, o->name);
    *given = cmi_params_given(b->params, o->name);
    if (text) return text;
    text = preset_text(b, "compat", o->name);
    if (!text) text = preset_text(b, "business", o->name);
    if (!text) return o->fallback ? o->fallback : "";
    /* A period that a preset names is a calendar period, as if it had been asked for. */
    *given = o->type == CMI_T_PERIOD;
    return text;
}

static void add_text(cmi_plan *p, const char *name, const char *text, bool given)
{
    p->name[p->n_text] = name;
    p->text[p->n_text] = text;
    p->given[p->n_text++] = given;
}

static const char *print_instant(cmi_plan *p, int64_t us)
{
    char text[64];
    int64_t day = cmi_tz_local_day(p->tz, us);
    if (cmi_tz_midnight(p->tz, day) == us)
        cmi_date_print(day, text, sizeof text);
    else
        cmi_time_print(NULL, us, text, sizeof text);
    return cmi_arena_text(&p->arena, text, strlen(text));
}

/* ---- values ---- */

static cm_status read_option(cmi_building *b, const cmi_option *o, cm_buffer *canonical)
{
    cmi_plan *p = b->p;
    bool given;
    const char *text = find_text(b, o, &given), *settled;
    char *value = (o->has ? (char *)&b->values : (char *)p->options) + o->offset;
    cmi_option_reader r = { .ctx = b->ctx,
                            .arena = &p->arena,
                            .canonical = canonical,
                            .tz = p->tz,
                            .option = o->name,
                            .err = b->err };

    cmi_buffer_truncate(canonical, 0);
    cmi_option unset = *o;
    if (!*text) unset.fallback = NULL;
    cm_status status = cmi_option_read(&r, &unset, text, value);
    if (status != CM_OK) return status;
    if (!cmi_buffer_ok(canonical)) return cmi_no_memory(b->ctx, b->err);
    if (o->type == CMI_T_DATE && *text) {
        int64_t us;
        memcpy(&us, value, sizeof us);
        settled = print_instant(p, us);
    } else {
        settled =
            cmi_arena_text(&p->arena, cm_buffer_data(canonical), (size_t)cm_buffer_size(canonical));
    }
    if (!settled) return cmi_no_memory(b->ctx, b->err);
    add_text(p, o->name, settled, given);
    return CM_OK;
}

static cm_status read_nested(cmi_building *b, const cmi_option *o)
{
    const struct cm_params *params = b->params;
    cmi_plan *p = b->p;
    const char **name = cmi_arena_alloc(&p->arena, sizeof *name * (size_t)(params->n + 1));
    const char **text = cmi_arena_alloc(&p->arena, sizeof *text * (size_t)(params->n + 1));
    cmi_nested nested = { 0, name, text };
    if (!name || !text) return cmi_no_memory(b->ctx, b->err);
    for (int64_t i = 0; i < params->n; i++) {
        const cmi_param *param = &params->v[i];
        if (!cmi_option_is_nested(o, param->name)) continue;
        const char *whole = cmi_arena_text(&p->arena, param->name, strlen(param->name));
        const char *copy = cmi_arena_text(&p->arena, param->text, strlen(param->text));
        if (!whole || !copy) return cmi_no_memory(b->ctx, b->err);
        name[nested.n] = whole + strlen(o->name) + 1;
        text[nested.n++] = copy;
        add_text(p, whole, copy, param->given);
    }
    memcpy((char *)p->options + o->offset, &nested, sizeof nested);
    return CM_OK;
}

static cm_status load_zone(cmi_building *b)
{
    const char *name = cmi_params_text(b->params, "tz");
    return cmi_tz_load(b->ctx, name ? name : b->p->extent.tz, &b->p->tz, b->err);
}

/* A KPI that does not offer a common option has its default all the same. */
static void set_defaults(cmi_building *b)
{
    b->values = (cmi_common_values){ .from = CMI_NULL,
                                     .to = CMI_NULL,
                                     .as_of = CMI_NULL,
                                     .week_start = -1,
                                     .segment_at = -1,
                                     .compat = -1,
                                     .business = -1,
                                     .period = { .step = 1 },
                                     .confidence = 0.95,
                                     .max_groups = 10000 };
    for (const cmi_option *o = b->params->kpi->options; o && o->name; o++) {
        if (o->type != CMI_T_COMMON) continue;
        b->has_common = true;
        if (o->fallback) cmi_period_parse(o->fallback, &b->values.period);
    }
}

cm_status cmi_building_open(cmi_building *b)
{
    cm_buffer *canonical;
    cmi_option o;
    cm_status status = create_plan(b);
    set_defaults(b);
    if (status == CM_OK) status = load_zone(b);
    if (status == CM_OK) status = cm_buffer_create(b->ctx, &canonical, b->err);
    if (status != CM_OK) return status;
    for (int32_t i = 0; status == CM_OK && cmi_option_at(b->params->kpi, i, &o); i++)
        status = o.type == CMI_T_NESTED ? read_nested(b, &o) : read_option(b, &o, canonical);
    cm_buffer_destroy(canonical);
    b->p->by = b->values.by;
    b->p->where = b->values.where;
    b->p->unit = b->values.unit;
    return status;
}

/* ---- after the window ---- */

void cmi_building_put_common(const cmi_building *b, void *options)
{
    cmi_common *common = cmi_options_common(b->params->kpi, options);
    if (common) *common = b->p->common;
}

static cm_status put_text(cmi_building *b, const char *name, const char *text)
{
    if (!text) return cmi_no_memory(b->ctx, b->err);
    for (int i = 0; i < b->p->n_text; i++)
        if (strcmp(b->p->name[i], name) == 0) b->p->text[i] = text;
    return CM_OK;
}

cm_status cmi_building_settle(cmi_building *b)
{
    static const char *const days[] = { "monday", "tuesday",  "wednesday", "thursday",
                                        "friday", "saturday", "sunday" };
    cmi_plan *p = b->p;
    cmi_common *c = &p->common;
    int32_t at = b->values.segment_at;

    if (at < 0) at = c->from_given ? CMI_SEGMENT_START : CMI_SEGMENT_AS_OF;
    c->segment_at = at == CMI_SEGMENT_START ? c->from : c->as_of;
    if (!b->has_common) return CM_OK;
    cmi_building_put_common(b, p->options);
    cm_status status = put_text(b, "from", print_instant(p, c->from));
    if (status == CM_OK) status = put_text(b, "to", print_instant(p, c->to));
    if (status == CM_OK) status = put_text(b, "as_of", print_instant(p, c->as_of));
    if (status == CM_OK) status = put_text(b, "week_start", days[c->week_start]);
    if (status == CM_OK)
        status = put_text(b, "segment_at", at == CMI_SEGMENT_START ? "start" : "as_of");
    const char *zone = cmi_tz_name(p->tz);
    if (status == CM_OK) status = put_text(b, "tz", cmi_arena_text(&p->arena, zone, strlen(zone)));
    return status;
}
