/* SPDX-License-Identifier: MIT */
#include "data/bind.h"

#include <string.h>

#include "core/error.h"
#include "data/batch.h"

/* Selectors and value slots of a plan, bound to the tables of a dataset. */

static const char *const NAME_COLUMN[CMI_N_FACTS] = {
    NULL, "name", "product", "plan", "survey", "channel", "campaign", "experiment"
};

static void *grab(cmi_bound *b, size_t n, size_t size)
{
    return cmi_arena_alloc(&b->arena, (n + 1) * size);
}

/* ---- selectors ---- */

static const uint8_t *name_codes(cmi_bound *b, const cmi_dict *dict, const cmi_alternative *a,
                                 cm_error *err)
{
    uint8_t *names = grab(b, (size_t)dict->n, 1);
    if (!names) return cmi_no_memory(b->ds->ctx, err), NULL;
    for (int64_t i = 0; i < a->names.n; i++)
        names[cmi_dict_find(dict, a->names.v[i], strlen(a->names.v[i]))] = 1;
    names[0] = 0;
    return names;
}

/* The common case, a set of names without conditions, becomes one look-up of 64 bits by code. */
static cm_status add_name_bits(cmi_bound *b, cmi_bound_table *t, const uint8_t *names,
                               const cmi_dict *dict, uint64_t bit, cm_error *err)
{
    uint64_t *bits = (uint64_t *)t->bits;
    if (!bits) bits = grab(b, (size_t)dict->n, sizeof *bits);
    if (!bits) return cmi_no_memory(b->ds->ctx, err);
    for (int64_t code = 1; code <= dict->n; code++)
        if (names[code]) bits[code] |= bit;
    t->bits = bits;
    return CM_OK;
}

static cm_status bind_tests(cmi_bound *b, cmi_bound_table *t, const cmi_where *where,
                            cmi_test **out, int *n, cm_error *err)
{
    cmi_test *tests = grab(b, (size_t)where->n, sizeof *tests);
    if (!tests) return cmi_no_memory(b->ds->ctx, err);
    for (int64_t i = 0; i < where->n; i++) {
        cm_status status = cmi_bind_condition(b, t, &where->v[i], &tests[i], err);
        if (status != CM_OK) return status;
    }
    *out = tests;
    *n = (int)where->n;
    return CM_OK;
}

static cm_status bind_alternative(cmi_bound *b, cmi_bound_table *t, const cmi_alternative *a,
                                  uint64_t bit, cm_error *err)
{
    const cmi_column *column =
        NAME_COLUMN[t->fact] ? cmi_dataset_role(b->ds, t->fact, NAME_COLUMN[t->fact]) : NULL;
    const cmi_dict *dict = column ? cmi_bound_dict(b, column) : NULL;
    const uint8_t *names = NULL;

    if (t->fact == CMI_ORDERS) t->order_bits |= bit;
    if (a->names.n && !dict) return CM_OK; /* the table has no names: selects nothing */
    if (a->names.n) {
        names = name_codes(b, dict, a, err);
        if (!names) return CM_ERR_MEMORY;
        t->names = column->u32;
    }
    if (!a->where.n && !names) {
        t->all_bits |= bit;
        return CM_OK;
    }
    if (!a->where.n) return add_name_bits(b, t, names, dict, bit, err);
    cmi_bound_alternative *n = &t->alternative[t->n_alternatives++];
    n->bits = bit;
    n->names = names;
    return bind_tests(b, t, &a->where, &n->tests, &n->n_tests, err);
}

static cm_status bind_selects(cmi_bound *b, cmi_bound_table *t, cm_error *err)
{
    size_t most = 0;

    for (int i = 0; i < b->plan->n_select; i++)
        most += b->plan->select[i].selector ? (size_t)b->plan->select[i].selector->n : 0;
    t->alternative = grab(b, most, sizeof *t->alternative);
    if (!t->alternative) return cmi_no_memory(b->ds->ctx, err);
    for (int i = 0; i < b->plan->n_select; i++) {
        const cmi_select *s = &b->plan->select[i];
        uint64_t bit = UINT64_C(1) << s->bit;
        b->used_bits |= bit;
        if (s->kind && t->fact == CMI_ORDERS)
            *(s->kind == 1 ? &t->order_bits : &t->no_sale_bits) |= bit;
        if (s->kind == 1 && t->fact == CMI_ORDERS) t->all_bits |= bit;
        for (int64_t k = 0; !s->kind && k < s->selector->n; k++) {
            if (s->selector->v[k].fact != t->fact) continue;
            cm_status status = bind_alternative(b, t, &s->selector->v[k], bit, err);
            if (status != CM_OK) return status;
        }
    }
    return CM_OK;
}

/* A dimension of `where` or of a selector that nobody has is a slip of the pen, not an empty
 * answer. */
static cm_status check_dimensions(const cmi_bound *b, const cmi_where *where, cm_error *err)
{
    for (int64_t i = 0; i < where->n; i++) {
        const cmi_column *column;
        bool found = b->n_tables == 0 || where->v[i].label;
        /* Also in tables that happen to have no row here: a partition may have none. */
        for (int f = 0; f < CMI_N_FACTS && !found; f++)
            found =
                b->plan->tables >> f & 1 &&
                cmi_bound_dimension(b, &(cmi_bound_table){ .fact = (cmi_fact)f }, where->v[i].table,
                                    where->v[i].dimension, &column) != CMI_NOWHERE;
        if (!found) return cmi_bound_unknown(b, "where", where->v[i].dimension, err);
    }
    return CM_OK;
}

/* ---- values ---- */

static int64_t power10(int32_t n)
{
    int64_t p = 1;
    while (n-- > 0) p *= 10;
    return p;
}

static cm_status number_codes(cmi_bound *b, const cmi_dict *dict, cmi_bound_value *v, cm_error *err)
{
    int64_t *map = grab(b, (size_t)dict->n, sizeof *map);
    if (!map) return cmi_no_memory(b->ds->ctx, err);
    map[0] = CMI_NULL;
    for (int64_t code = 1; code <= dict->n; code++) {
        size_t n;
        const char *text = cmi_dict_text(dict, (uint32_t)code, &n);
        if (!cmi_bound_number(b, CMI_ROLE_VALUE, text, n, &map[code])) map[code] = CMI_NULL;
    }
    v->map = map;
    return CM_OK;
}

/* Quantities come in units of 10^-scale, whatever the column holds. */
static cm_status bind_quantity(cmi_bound *b, cmi_bound_table *t, const char *name,
                               cmi_bound_value *v, cm_error *err)
{
    int64_t unit = power10(b->ds->scale);

    v->one = !name || !strcmp(name, "count");
    v->multiply = unit;
    v->divide = 1;
    if (v->one) return CM_OK;
    v->place = cmi_bound_find(b, t, NULL, name, &v->column);
    if (v->place == CMI_NOWHERE) return CM_OK;
    const cmi_dict *dict = cmi_bound_dict(b, v->column);
    switch (v->column->type) {
    case CMI_ROLE_COUNT:
        break;
    case CMI_ROLE_BOOL:
        break;
    case CMI_ROLE_SECONDS:
        v->divide = 1000000;
        break;
    default:
        v->multiply = 1;
    }
    if (v->multiply == v->divide) v->multiply = 0;
    return dict ? number_codes(b, dict, v, err) : CM_OK;
}

static cm_status bind_values(cmi_bound *b, cmi_bound_table *t, cm_error *err)
{
    for (int i = 0; i < b->plan->n_values; i++) {
        const cmi_value *p = &b->plan->value[i];
        cmi_bound_value *v = &t->value[p->slot];
        cm_status status = CM_OK;
        if (p->kind == 2) continue;
        memset(v, 0, sizeof *v);
        if (p->kind == 1)
            status = bind_quantity(b, t, p->name, v, err);
        else if (!strcmp(p->name, "@ordinal"))
            v->ordinal = true;
        else
            v->place = cmi_bound_find(b, t, NULL, p->name, &v->column);
        if (status != CM_OK) return status;
        if (p->kind == 0 && v->column && cmi_bound_dict(b, v->column)) {
            v->code = true;
            b->slot_dict[p->slot] = cmi_bound_dict(b, v->column);
        }
    }
    return CM_OK;
}

/* A dimension that an option names must exist somewhere; a role may simply not have been given. */
static cm_status check_values(const cmi_bound *b, cm_error *err)
{
    const cmi_column *column;

    for (int i = 0; i < b->plan->n_values; i++) {
        const cmi_value *p = &b->plan->value[i];
        bool found = p->kind == 2 || !p->name || p->name[0] == '@' || !strcmp(p->name, "count") ||
                     !b->n_tables || cmi_role_find(cmi_fact_get(CMI_CUSTOMERS), p->name) >= 0;
        for (int t = 0; t < b->n_tables && !found; t++)
            found = b->table[t].value[p->slot].place != CMI_NOWHERE;
        for (int f = 0; f < CMI_N_FACTS && !found; f++)
            found = b->plan->tables >> f & 1 &&
                    (cmi_role_find(cmi_fact_get((cmi_fact)f), p->name) >= 0 ||
                     cmi_bound_find(b, &(cmi_bound_table){ .fact = (cmi_fact)f }, NULL, p->name,
                                    &column) != CMI_NOWHERE);
        if (!found)
            return cmi_bound_unknown(b, p->kind == 1 ? "quantity" : "dimension", p->name, err);
    }
    return CM_OK;
}

static void bind_customer(cmi_bound *b)
{
    for (int i = 0; i < b->plan->n_values; i++) {
        const cmi_value *p = &b->plan->value[i];
        if (p->kind != 2) continue;
        const cmi_column *column;
        cmi_bound_find(b, &(cmi_bound_table){ .fact = CMI_CUSTOMERS }, "customers", p->name,
                       &column);
        b->customer_slot[b->n_customer] = p->slot;
        b->customer_column[b->n_customer++] = column;
        if (column && cmi_bound_dict(b, column)) b->slot_dict[p->slot] = cmi_bound_dict(b, column);
    }
}

/* ---- the whole ---- */

/* Amounts of different currency are never added: one currency, or apart by it, or chosen by where.
 */
static cm_status check_currency(const cmi_bound *b, const cmi_bound_table *t, cm_error *err)
{
    const cmi_column *currency = cmi_dataset_role(b->ds, t->fact, "currency");
    bool money = false;
    uint32_t seen = 0;

    for (int i = 0; i < b->plan->n_values; i++)
        money |= b->plan->value[i].kind != 2 && t->value[b->plan->value[i].slot].column &&
                 t->value[b->plan->value[i].slot].column->type == CMI_ROLE_MONEY;
    if (!money || !currency) return CM_OK;
    for (int64_t i = 0; i < b->plan->by.n; i++)
        if (!strcmp(b->plan->by.v[i].name, "currency")) return CM_OK;
    for (int64_t i = 0; i < b->plan->where.n; i++) {
        const cmi_condition *c = &b->plan->where.v[i];
        if (!strcmp(c->dimension, "currency") && c->kind == CMI_IN && c->values.n == 1 &&
            !c->negate)
            return CM_OK;
    }
    for (int64_t i = 0; i < t->facts->n_rows; i++) {
        uint32_t code = currency->u32[i];
        if (code && !seen) seen = code;
        if (!code || code == seen) continue;
        size_t na, nb;
        const cmi_dict *dict = cmi_bound_dict(b, currency);
        const char *one = cmi_dict_text(dict, seen, &na), *other = cmi_dict_text(dict, code, &nb);
        cmi_fail(err, CM_ERR_CURRENCY, "%s: amounts in %.*s and %.*s cannot be added",
                 cmi_fact_get(t->fact)->name, (int)na, one, (int)nb, other);
        cmi_error_hint(err, "use by=currency, or where=currency:%.*s", (int)na, one);
        return CM_ERR_CURRENCY;
    }
    return CM_OK;
}

static void open_tables(cmi_bound *b)
{
    for (int f = 0; f < CMI_N_FACTS; f++) {
        const cmi_facts *facts = &b->ds->facts[f];
        if (!(b->plan->tables & CMI_FACT_BIT(f)) || !facts->n_rows) continue;
        cmi_bound_table *t = &b->table[b->n_tables++];
        const cmi_column *amount =
            f == CMI_ORDERS ? cmi_dataset_role(b->ds, CMI_ORDERS, "amount") : NULL;
        const cmi_column *order = f == CMI_ORDERS ? cmi_dataset_entity(b->ds, CMI_ORDERS) : NULL;
        t->fact = (cmi_fact)f;
        t->facts = facts;
        t->amount = amount ? amount->i64 : NULL;
        t->ordinal = order ? order->u32 : NULL;
        b->mask |= CMI_FACT_BIT(f);
    }
}

static cm_status bind_table(cmi_bound *b, cmi_bound_table *t, cm_error *err)
{
    cm_status status = bind_selects(b, t, err);
    if (status == CM_OK) status = bind_tests(b, t, &b->plan->where, &t->where, &t->n_where, err);
    if (status == CM_OK) status = bind_values(b, t, err);
    if (status == CM_OK) status = check_currency(b, t, err);
    b->head_bits |= t->fact == CMI_ORDERS && (t->order_bits | t->no_sale_bits);
    return status;
}

static cm_status check_required(const cmi_plan *plan, const cm_dataset *ds, cm_error *err)
{
    for (int i = 0; i < plan->n_require; i++) {
        cmi_fact f = plan->require_fact[i];
        const char *role = plan->require_role[i], *table = cmi_fact_get(f)->name;
        if (!ds->facts[f].given) {
            cmi_fail(err, CM_ERR_MISSING, "%s needs the table '%s', which was not given",
                     plan->kpi->id, table);
            return cmi_error_at(err, table, 0, NULL), CM_ERR_MISSING;
        }
        if (role && !cmi_dataset_role(ds, f, role)) {
            cmi_fail(err, CM_ERR_MISSING,
                     "%s needs the role '%s' of the table '%s', which was not given", plan->kpi->id,
                     role, table);
            return cmi_error_at(err, table, 0, role), CM_ERR_MISSING;
        }
    }
    return CM_OK;
}

/* One row that is not always in force is enough to have to look; min_time is of these only. */
static bool has_several_rows(const cmi_facts *customers)
{
    return customers->min_time != CMI_NULL;
}

cm_status cmi_bind(const cmi_plan *plan, const cm_dataset *ds, const cmi_labels *labels,
                   cmi_bound *out, cm_error *err)
{
    cm_status status = check_required(plan, ds, err);
    if (status != CM_OK) return status;
    memset(out, 0, sizeof *out);
    out->plan = plan;
    out->ds = ds;
    out->labels = labels;
    cmi_arena_init(&out->arena, ds->ctx);
    out->empty = cmi_dict_from_sorted(ds->ctx, 0, NULL, NULL);
    if (!out->empty) status = cmi_no_memory(ds->ctx, err);
    out->has_where = plan->where.n > 0;
    out->several_rows =
        ds->facts[CMI_CUSTOMERS].n_rows > 0 && has_several_rows(&ds->facts[CMI_CUSTOMERS]);
    if (status == CM_OK) open_tables(out);
    if (status == CM_OK) status = check_dimensions(out, &plan->where, err);
    for (int t = 0; t < out->n_tables && status == CM_OK; t++)
        status = bind_table(out, &out->table[t], err);
    if (status == CM_OK) status = check_values(out, err);
    if (status == CM_OK) bind_customer(out);
    if (status == CM_OK) status = cmi_bind_by(out, err);
    if (status != CM_OK) cmi_bound_destroy(out);
    return status;
}

void cmi_bound_destroy(cmi_bound *b)
{
    cmi_dict_release(b->empty);
    cmi_arena_destroy(&b->arena);
}
