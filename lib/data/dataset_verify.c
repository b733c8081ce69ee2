/* SPDX-License-Identifier: MIT */
#include "data/dataset_io.h"

#include <math.h>
#include <string.h>

#include "core/error.h"

static cm_status refuse(const char *table, const char *what, cm_error *err)
{
    cmi_fail(err, CM_ERR_FORMAT, "a saved dataset is not what it should be: %s: %s", table, what);
    cmi_error_at(err, table, 0, NULL);
    return CM_ERR_FORMAT;
}

static bool is_time(int64_t t)
{
    return t >= CMI_TIME_MIN && t < CMI_TIME_MAX;
}

/* Values that kernels divide by, index with or give to the calendar. */
static bool is_value(cmi_role_type type, int64_t v)
{
    const int64_t span = CMI_TIME_MAX - CMI_TIME_MIN;
    if (v == CMI_NULL) return true;
    switch (type) {
    case CMI_ROLE_TIME:
        return is_time(v);
    case CMI_ROLE_DATE:
        return v >= CMI_TIME_MIN / CMI_DAY && v < CMI_TIME_MAX / CMI_DAY;
    case CMI_ROLE_BOOL:
        return v == 0 || v == 1;
    case CMI_ROLE_TERM:
        return v >= 4 && v % 4 <= 2;
    case CMI_ROLE_SECONDS:
        return v >= -span && v <= span;
    default:
        return true;
    }
}

static bool are_ascending(const uint8_t *fingerprints, int64_t n)
{
    for (int64_t i = 1; i < n; i++)
        if (memcmp(fingerprints + 16 * (i - 1), fingerprints + 16 * i, 16) >= 0) return false;
    return true;
}

static bool are_codes(const uint32_t *codes, int64_t n, int64_t n_codes, bool null_allowed)
{
    for (int64_t i = 0; i < n; i++)
        if (codes[i] > n_codes || (codes[i] == 0 && !null_allowed)) return false;
    return true;
}

static bool are_values(cmi_role_type type, const int64_t *values, int64_t n, bool null_allowed)
{
    for (int64_t i = 0; i < n; i++)
        if (!is_value(type, values[i]) || (values[i] == CMI_NULL && !null_allowed)) return false;
    return true;
}

/* Columns never held anonymous owners. */
static bool is_moved(const cm_dataset *ds, const cmi_moved *m, int64_t n_rows,
                     bool anonymous_allowed)
{
    for (int64_t i = 0; i < m->n; i++) {
        uint32_t from = m->from[i];
        if (m->row[i] >= n_rows || (i > 0 && m->row[i] <= m->row[i - 1])) return false;
        if (from & CMI_ORIGIN_ANONYMOUS && !anonymous_allowed) return false;
        if (from & CMI_ORIGIN_ANONYMOUS ? (from & ~CMI_ORIGIN_ANONYMOUS) >= ds->n_origin_anonymous
                                        : from == 0 || from > ds->origins->n)
            return false;
    }
    return true;
}

/* ---- fact tables ---- */

static bool are_offsets(const cmi_facts *t, int64_t n_owners)
{
    if (t->offset[0] != 0 || t->offset[n_owners] != t->n_rows) return false;
    for (int64_t o = 0; o < n_owners; o++)
        if (t->offset[o] > t->offset[o + 1]) return false;
    return true;
}

static bool are_times(const cmi_facts *t, cmi_fact f)
{
    for (int64_t i = 0; i < t->n_rows; i++)
        if (!is_time(t->time[i]) && !(f == CMI_CUSTOMERS && t->time[i] == CMI_ALWAYS_VALID))
            return false;
    return true;
}

/* Ordinals 0, 1, ... in order of first row, and as many fingerprints as there are entities. */
static bool are_entities(const cm_dataset *ds, cmi_fact f)
{
    const cmi_facts *t = &ds->facts[f];
    const cmi_column *column = cmi_dataset_entity(ds, f);
    int64_t total = 0;
    if (!column) return t->n_entities == 0;
    for (int64_t o = 0; o < ds->n_owners; o++) {
        uint32_t n = 0;
        for (uint32_t i = t->offset[o]; i < t->offset[o + 1]; i++) {
            uint32_t ordinal = column->u32[i];
            if (ordinal == CMI_NO_ENTITY && f != CMI_ORDERS) continue;
            if (ordinal > n) return false;
            n += ordinal == n;
        }
        total += n;
    }
    return total == t->n_entities;
}

static bool is_column(const cm_dataset *ds, cmi_fact f, const cmi_column *c)
{
    const cmi_facts *t = &ds->facts[f];
    bool null_allowed = c->role < 0 || !cmi_fact_get(f)->roles[c->role].required;
    switch (c->type) {
    case CMI_ROLE_ENTITY:
        return true; /* are_entities */
    case CMI_ROLE_CUSTOMER:
        return are_codes(c->u32, t->n_rows, c->dict < 0 ? ds->n_known : ds->dicts[c->dict]->n,
                         null_allowed) &&
               is_moved(ds, &c->moved, t->n_rows, false);
    case CMI_ROLE_TEXT:
        return are_codes(c->u32, t->n_rows, ds->dicts[c->dict]->n, null_allowed);
    default:
        return are_values(c->type, c->i64, t->n_rows, null_allowed);
    }
}

static bool has_required_columns(const cm_dataset *ds, cmi_fact f)
{
    const cmi_fact_def *def = cmi_fact_get(f);
    for (int32_t r = 0; r < def->n_roles; r++) {
        bool elsewhere = r == def->owner_role || r == def->time_role || r == def->entity_role;
        if (def->roles[r].required && !elsewhere && ds->facts[f].role_column[r] < 0) return false;
    }
    return f != CMI_ORDERS || cmi_dataset_role(ds, f, "amount");
}

/* Intervals do not end before they start. */
static bool is_end_behind_start(const cm_dataset *ds, cmi_fact f)
{
    const cmi_column *end = cmi_dataset_role(ds, f, "end");
    for (int64_t i = 0; end && i < ds->facts[f].n_rows; i++)
        if (end->i64[i] != CMI_NULL && end->i64[i] < ds->facts[f].time[i]) return false;
    return true;
}

static bool are_counts(const cm_dataset *ds, cmi_fact f)
{
    const cmi_facts *t = &ds->facts[f];
    int64_t first = ds->extent_min[f], last = ds->extent_max[f];
    bool none = first == CMI_NULL && last == CMI_NULL;
    return t->n_read >= 0 && t->n_rejected >= 0 && t->n_rounded >= 0 &&
           (none || (is_time(first) && is_time(last) && first <= last));
}

static cm_status verify_facts(const cm_dataset *ds, cmi_fact f, cm_error *err)
{
    const cmi_facts *t = &ds->facts[f];
    const cmi_fact_def *def = cmi_fact_get(f);
    if (!are_counts(ds, f)) return refuse(def->name, "counts", err);
    if (!t->given) return CM_OK;
    if (!are_offsets(t, ds->n_owners)) return refuse(def->name, "owners", err);
    if (def->owner_role >= 0 && def->roles[def->owner_role].required && !ds->owner &&
        t->offset[ds->n_known] != t->n_rows)
        return refuse(def->name, "rows without customer", err);
    if (!are_times(t, f)) return refuse(def->name, "times", err);
    if (!is_moved(ds, &t->moved, t->n_rows, true)) return refuse(def->name, "first owners", err);
    if (!are_entities(ds, f)) return refuse(def->name, "entities", err);
    if (!has_required_columns(ds, f)) return refuse(def->name, "a required column is missing", err);
    for (int32_t c = 0; c < t->n_columns; c++)
        if (!is_column(ds, f, &t->columns[c])) return refuse(def->name, t->columns[c].name, err);
    if (!is_end_behind_start(ds, f)) return refuse(def->name, "end", err);
    return CM_OK;
}

/* ---- side tables ---- */

static bool is_side_column(const cmi_side *t, const cmi_fact_def *def, const cmi_side_column *c)
{
    bool null_allowed = c->role < 0 || !def->roles[c->role].required;
    if (c->u32) return are_codes(c->u32, t->n_rows, c->dict->n, null_allowed);
    if (c->i64) return are_values(c->type, c->i64, t->n_rows, null_allowed);
    for (int64_t i = 0; i < t->n_rows; i++)
        if (isinf(c->f64[i]) || (isnan(c->f64[i]) && !null_allowed)) return false;
    return true;
}

static bool follows(const cmi_side_column *before, const cmi_side_column *c)
{
    if (c->role >= 0) return before->role >= 0 && before->role < c->role;
    return before->role >= 0 || strcmp(before->name, c->name) < 0;
}

static cm_status verify_side(const cm_dataset *ds, cmi_side_id id, cm_error *err)
{
    const cmi_side *t = &ds->sides[id];
    const cmi_fact_def *def = cmi_side_get(id);
    if (!t->given) return CM_OK;
    if (t->n_read < 0 || t->n_rejected < 0) return refuse(def->name, "counts", err);
    for (int32_t r = 0; r < def->n_roles; r++)
        if (def->roles[r].required && t->role_column[r] < 0)
            return refuse(def->name, "a required column is missing", err);
    for (int32_t c = 0; c < t->n_columns; c++)
        if (!is_side_column(t, def, &t->columns[c]) ||
            (c > 0 && !follows(&t->columns[c - 1], &t->columns[c])))
            return refuse(def->name, t->columns[c].name, err);
    return CM_OK;
}

cm_status cmi_dataset_verify(const cm_dataset *ds, cm_error *err)
{
    if (!are_ascending(ds->anonymous, ds->n_owners - ds->n_known) ||
        !are_ascending(ds->origin_anonymous, ds->n_origin_anonymous))
        return refuse("owners", "fingerprints", err);
    cm_status status = CM_OK;
    for (int f = 0; f < CMI_N_FACTS && !status; f++) status = verify_facts(ds, (cmi_fact)f, err);
    for (int s = 0; s < CMI_N_SIDES && !status; s++) status = verify_side(ds, (cmi_side_id)s, err);
    for (int64_t i = 0; i < ds->copies.n && !status; i++)
        if (ds->copies.row[i] >= ds->facts[CMI_CUSTOMERS].n_rows || ds->copies.from[i] == 0 ||
            (i > 0 && ds->copies.row[i] <= ds->copies.row[i - 1]))
            status = refuse("customers", "copies", err);
    for (int32_t i = 0; i < ds->n_rejects && !status; i++)
        if (ds->rejects[i].n < 0) status = refuse("rejects", "counts", err);
    return status;
}
