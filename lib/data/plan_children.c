/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "core/error.h"
#include "data/catalog.h"
#include "data/plan_build.h"

/* KPIs on KPIs: a plan has a plan for each child. */

/* ---- what a descriptor's children function calls ---- */

int cmi_child(cmi_children *list, const char *kpi)
{
    if (list->status != CM_OK) return -1;
    const cmi_kpi *found = cmi_registry_find(kpi);
    if (!found)
        list->status = cmi_registry_unknown(kpi, list->err);
    else if (list->n == CMI_MAX_CHILDREN)
        list->status =
            cmi_fail(list->err, CM_ERR_LIMIT, "more than %d runs of other KPIs", CMI_MAX_CHILDREN);
    else
        list->status = cmi_params_create(list->ctx, found, &list->v[list->n], list->err);
    return list->status == CM_OK ? list->n++ : -1;
}

void cmi_child_set(cmi_children *list, int child, const char *option, const char *text)
{
    if (list->status != CM_OK || child < 0 || child >= list->n) return;
    list->status = cmi_params_set(list->v[child], option, text, true, list->err);
    if (list->status != CM_OK) cmi_error_prefix(list->err, "%s: ", list->v[child]->kpi->id);
}

void cmi_child_own_window(cmi_children *list, int child)
{
    if (child >= 0 && child < list->n) list->own_window[child] = true;
}

bool cmi_children_have(const cmi_children *list, cmi_fact fact)
{
    return !list->extent || list->extent->given[fact];
}

/* "events|orders [spend]": of each word outside brackets one alternative must be there. */
bool cmi_child_possible(const cmi_children *list, const char *kpi)
{
    const cmi_kpi *found = cmi_registry_find(kpi);
    const char *p = found ? found->facts : NULL;
    if (!found || !list->extent) return found != NULL;
    while (p && *p) {
        size_t n = strcspn(p, " ");
        bool optional = *p == '[', there = false;
        for (size_t at = 0; at < n && !optional;) {
            char name[32] = "";
            size_t length = strcspn(p + at, "| ");
            if (length > n - at) length = n - at;
            if (length < sizeof name) memcpy(name, p + at, length);
            int32_t f = cmi_fact_find(name);
            there |= f >= 0 && list->extent->given[f];
            at += length + 1;
        }
        if (n && !optional && !there) return false;
        p += n;
        p += *p == ' ';
    }
    return true;
}

/* ---- lists ---- */

void cmi_children_clear(cmi_children *list)
{
    for (int i = 0; i < list->n; i++) cmi_params_destroy(list->v[i]);
    list->n = 0;
}

cm_status cmi_children_list(const cmi_building *b, const void *options, cmi_children *list)
{
    memset(list, 0, sizeof *list);
    list->ctx = b->ctx;
    list->extent = b->extent;
    list->err = b->err;
    if (b->depth >= CMI_MAX_NESTING)
        return cmi_fail(b->err, CM_ERR_LIMIT, "KPIs on KPIs on KPIs: more than %d deep",
                        CMI_MAX_NESTING);
    cm_status status = b->p->kpi->children(list, options);
    return list->status != CM_OK ? list->status : status;
}

/* The parent's window and filter, as resolved, where the child has no word of its own. */
static cm_status inherit(const cmi_building *b, struct cm_params *child, bool own_window)
{
    enum { SEGMENT_AT = 6 };
    static const char *const names[] = { "from",       "to",    "as_of",     "tz",
                                         "week_start", "where", "segment_at" };
    cmi_option o;
    for (size_t i = own_window ? 2 : 0; i < sizeof names / sizeof *names && b->has_common; i++) {
        if (cmi_params_text(child, names[i]) || !cmi_option_find(child->kpi, names[i], &o))
            continue;
        const char *text = cmi_plan_text(b->p, names[i]);
        bool given = cmi_params_given(b->params, names[i]);
        /* Its default follows from the window that the child has in the end. */
        if (i == SEGMENT_AT && !given) continue;
        cm_status status = cmi_params_set(child, names[i], text, given, b->err);
        if (status != CM_OK) return status;
    }
    return CM_OK;
}

static cm_status build_child(cmi_building *b, struct cm_params *params, bool own_window)
{
    cmi_building child = {
        .ctx = b->ctx, .params = params, .extent = b->extent, .depth = b->depth + 1, .err = b->err
    };
    cm_status status = inherit(b, params, own_window);
    if (status == CM_OK) status = cmi_building_run(&child, b->p->label, b->p->n_labels);
    if (status == CM_OK)
        b->p->child[b->p->n_children++] = child.p;
    else
        cmi_error_prefix(b->err, "%s: ", params->kpi->id);
    return status;
}

cm_status cmi_building_children(cmi_building *b)
{
    cmi_children list;
    if (!b->p->kpi->children) return CM_OK;
    cm_status status = cmi_children_list(b, b->p->options, &list);
    for (int i = 0; i < list.n && status == CM_OK; i++)
        status = build_child(b, list.v[i], list.own_window[i]);
    cmi_children_clear(&list);
    return status;
}
