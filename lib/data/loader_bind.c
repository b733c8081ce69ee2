/* SPDX-License-Identifier: MIT */
/* Which column of the input is what: an explicit mapping wins over a role's own name, which wins
 * over well-known headers; what is left becomes a dimension. A column binds to one role only. */
#include <string.h>

#include "core/error.h"
#include "core/hash.h"
#include "data/add.h"

enum { FREE = -1, TAKEN = -2 };

typedef struct binder {
    cmi_add *add;
    const cm_mapping *mapping;
    int32_t *use;                  /* per input: role, FREE or TAKEN */
    const cm_binding **dimension;  /* per input: bound to a dimension by this; NULL */
    int32_t source[CMI_MAX_ROLES]; /* per role: input, CMI_FROM_..., FREE_ROLE or CLOSED */
    const cm_binding *given[CMI_MAX_ROLES];
} binder;

#define FREE_ROLE (-3)
#define CLOSED    (-4) /* the mapping says that the role has no column */

static bool is_separator(char c)
{
    return c == ' ' || c == '_' || c == '-' || c == '.';
}

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}

bool cmi_same_name(const char *a, size_t na, const char *b, size_t nb)
{
    size_t i = 0, j = 0;
    for (;;) {
        while (i < na && is_separator(a[i])) i++;
        while (j < nb && is_separator(b[j])) j++;
        if (i == na || j == nb) return i == na && j == nb;
        if (lower(a[i++]) != lower(b[j++])) return false;
    }
}

static bool matches(const char *name, const char *other)
{
    return cmi_same_name(name, strlen(name), other, strlen(other));
}

/* ---- what the mapping says ---- */

static const char *get_input(int32_t index, const void *user)
{
    return ((const binder *)user)->add->inputs[index];
}

static cm_status find_column(const binder *b, const char *name, int32_t *out, cm_error *err)
{
    const cmi_add *add = b->add;
    int32_t found = FREE, n_found = 0;
    for (int32_t c = 0; c < add->n_inputs; c++) {
        if (strcmp(add->inputs[c], name) == 0) {
            *out = c;
            return CM_OK;
        }
        if (!matches(add->inputs[c], name)) continue;
        found = c;
        n_found++;
    }
    if (n_found == 1) {
        *out = found;
        return CM_OK;
    }
    cmi_fail(err, CM_ERR_NOT_FOUND, "%s: the input has %s column '%s'", add->def->name,
             n_found ? "more than one" : "no", name);
    cmi_error_at(err, add->def->name, 0, name);
    cmi_error_suggest(err, name, add->n_inputs, get_input, b);
    return CM_ERR_NOT_FOUND;
}

static cm_status fail_binding(const binder *b, const char *name, const char *what, cm_error *err)
{
    cmi_fail(err, CM_ERR_ARG, "%s: mapping of '%s': %s", b->add->def->name, name, what);
    cmi_error_at(err, b->add->def->name, 0, name);
    return CM_ERR_ARG;
}

static cm_status check_format(const binder *b, const cm_binding *m, cm_error *err)
{
    if (!m->format || cmi_time_format_valid(m->format)) return CM_OK;
    cmi_fail(err, CM_ERR_OPTION, "%s.%s: '%s' is no time format", b->add->def->name,
             m->role ? m->role : "", m->format);
    cmi_error_at(err, b->add->def->name, 0, m->role);
    cmi_error_hint(err, "for example %%Y-%%m-%%d %%H:%%M:%%S or %%d/%%m/%%Y");
    return CM_ERR_OPTION;
}

static cm_status take_binding(binder *b, const cm_binding *m, cm_error *err)
{
    cm_status s = check_format(b, m, err);
    if (s) return s;
    int32_t column = FREE;
    bool has_column = m->column && *m->column, leaves_out = !m->role || !*m->role;
    if (has_column && m->constant)
        return fail_binding(b, m->column, "column and constant are both given", err);
    if (has_column && (s = find_column(b, m->column, &column, err))) return s;
    if (has_column && b->use[column] != FREE)
        return fail_binding(b, m->column, "the column is bound twice", err);
    if (leaves_out) {
        if (!has_column) return fail_binding(b, "", "neither role nor column is given", err);
        b->use[column] = TAKEN;
        b->add->skipped[column] = true;
        return CM_OK;
    }
    int32_t role = cmi_role_find(b->add->def, m->role);
    if (role < 0) {
        if (has_column) {
            b->use[column] = TAKEN;
            b->dimension[column] = m;
        } else if (!m->constant) {
            return fail_binding(b, m->role, "neither column nor constant is given", err);
        }
        return CM_OK;
    }
    if (b->given[role]) return fail_binding(b, m->role, "the role is bound twice", err);
    b->given[role] = m;
    if (has_column) b->use[column] = role;
    if (has_column)
        b->source[role] = column;
    else if (m->constant)
        b->source[role] = CMI_FROM_CONSTANT;
    else if (m->column)
        b->source[role] = CLOSED;
    return CM_OK;
}

static cm_status take_mapping(binder *b, cm_error *err)
{
    const cm_mapping *m = b->mapping;
    if (!m) return CM_OK;
    if (m->struct_size != sizeof *m)
        return cmi_fail(err, CM_ERR_ARG, "cm_mapping has struct_size %u; this version knows %u",
                        (unsigned)m->struct_size, (unsigned)sizeof *m);
    if (m->n_bindings < 0 || (m->n_bindings > 0 && !m->bindings))
        return cmi_fail(err, CM_ERR_ARG, "cm_mapping has no bindings");
    for (size_t i = 0; i < sizeof m->reserved; i++)
        if (m->reserved[i]) return cmi_fail(err, CM_ERR_ARG, "cm_mapping: reserved must be 0");
    for (int32_t i = 0; i < m->n_bindings; i++) {
        cm_status s = take_binding(b, &m->bindings[i], err);
        if (s) return s;
    }
    return CM_OK;
}

/* ---- what the names say ---- */

static void bind_by_name(binder *b, int32_t role, const char *name, size_t length)
{
    for (int32_t c = 0; c < b->add->n_inputs && b->source[role] == FREE_ROLE; c++) {
        const char *input = b->add->inputs[c];
        if (b->use[c] != FREE || !cmi_same_name(input, strlen(input), name, length)) continue;
        b->use[c] = role;
        b->source[role] = c;
    }
}

/* The headers stand in order of preference. */
static void bind_by_headers(binder *b, int32_t role)
{
    const char *p = b->add->def->roles[role].headers;
    while (p && *p) {
        const char *bar = strchr(p, '|');
        size_t n = bar ? (size_t)(bar - p) : strlen(p);
        bind_by_name(b, role, p, n);
        p = bar ? bar + 1 : NULL;
    }
}

static void bind_names(binder *b)
{
    const cmi_fact_def *def = b->add->def;
    for (int32_t r = 0; r < def->n_roles; r++)
        bind_by_name(b, r, def->roles[r].name, strlen(def->roles[r].name));
    for (int32_t r = 0; r < def->n_roles; r++)
        if (b->source[r] == FREE_ROLE) bind_by_headers(b, r);
}

/* ---- what must be there ---- */

static bool has_role(const binder *b, const char *name)
{
    int32_t r = cmi_role_find(b->add->def, name);
    return r >= 0 && b->source[r] > FREE_ROLE;
}

static cm_status fail_missing(const binder *b, const char *role, const char *what, cm_error *err)
{
    const cmi_add *add = b->add;
    char columns[240] = "";
    size_t used = 0;
    for (int32_t c = 0; c < add->n_inputs; c++) {
        size_t n = strlen(add->inputs[c]);
        if (used + n + 6 > sizeof columns) {
            memcpy(columns + used, ", ...", 6);
            break;
        }
        if (used) {
            memcpy(columns + used, ", ", 2);
            used += 2;
        }
        memcpy(columns + used, add->inputs[c], n + 1);
        used += n;
    }
    cmi_fail(err, CM_ERR_MISSING, "%s: no column for %s among %s", add->def->name, what, columns);
    cmi_error_at(err, add->def->name, 0, role);
    cmi_error_hint(err, "map it: %s.%s=COLUMN", add->def->name, role);
    return CM_ERR_MISSING;
}

static cm_status check_required(const binder *b, cm_error *err)
{
    const cmi_add *add = b->add;
    for (int32_t r = 0; r < add->def->n_roles; r++) {
        const cmi_role *role = &add->def->roles[r];
        if (role->required && b->source[r] <= FREE_ROLE)
            return fail_missing(b, role->name, role->name, err);
    }
    if (!add->is_fact) return CM_OK;
    if (add->table == CMI_EVENTS && !has_role(b, "customer") && !has_role(b, "session"))
        return fail_missing(b, "customer", "customer or session", err);
    if (add->table == CMI_ORDERS && !has_role(b, "amount") &&
        !(has_role(b, "quantity") && has_role(b, "price")))
        return fail_missing(b, "amount", "amount (or quantity and price)", err);
    return CM_OK;
}

/* ---- targets ---- */

static const char *keep_text(cmi_add *add, const char *text)
{
    return cmi_arena_text(&add->arena, text, strlen(text));
}

static cmi_target *add_target(binder *b, const char *name, int32_t role, cmi_role_type type,
                              int32_t source, const cm_binding *m)
{
    cmi_add *add = b->add;
    cmi_target *t = &add->targets[add->n_targets];
    *t = (cmi_target){ .place = CMI_PLACE_COLUMN,
                       .source = source,
                       .role = role,
                       .type = type,
                       .shown = true,
                       .column = -1,
                       .dict = -1,
                       .name = name,
                       .name_hash = cmi_hash(name, strlen(name)),
                       .header = "" };
    if (source >= 0) t->header = add->inputs[source];
    if (m && m->constant && !(t->constant = keep_text(add, m->constant))) return NULL;
    if (m && m->format && !(t->format = keep_text(add, m->format))) return NULL;
    add->n_targets++;
    return t;
}

static cmi_place find_place(const cmi_add *add, int32_t role)
{
    const cmi_fact_def *def = add->def;
    if (!add->is_fact) return CMI_PLACE_COLUMN;
    if (role == def->entity_role) return CMI_PLACE_ENTITY;
    if (role == def->time_role) return CMI_PLACE_TIME;
    if (role == def->owner_role && !add->loader->owner) return CMI_PLACE_OWNER;
    return strcmp(def->roles[role].name, "sequence") == 0 ? CMI_PLACE_SEQUENCE : CMI_PLACE_COLUMN;
}

static bool add_role_target(binder *b, int32_t r)
{
    cmi_add *add = b->add;
    const cmi_role *role = &add->def->roles[r];
    cmi_role_type type = role->type;
    cmi_place place = find_place(add, r);
    /* Where a dimension owns the rows, the customer is a dimension like others. */
    bool demoted = add->is_fact && r == add->def->owner_role && add->loader->owner;
    cmi_target *t = add_target(b, role->name, demoted ? -1 : r, demoted ? CMI_ROLE_TEXT : type,
                               b->source[r], b->given[r]);
    if (!t) return false;
    t->place = place;
    t->required = role->required;
    add->role_target[r] = (int32_t)(t - add->targets);
    if (place != CMI_PLACE_COLUMN) add->place[place] = add->role_target[r];
    return true;
}

/* A name that is a role's in this table would stand twice: such a column is left out, and said so.
 */
static bool add_dimension(binder *b, const char *name, int32_t source, const cm_binding *m)
{
    cmi_add *add = b->add;
    bool number = !add->is_fact && add->table - CMI_N_FACTS == CMI_SIDE_FEATURES;
    if (!*name || cmi_role_find(add->def, name) >= 0) {
        if (source >= 0) add->skipped[source] = true;
        return true;
    }
    for (int32_t i = 0; i < add->n_targets; i++) {
        if (add->targets[i].role >= 0 || strcmp(add->targets[i].name, name) != 0) continue;
        if (source >= 0) add->skipped[source] = true;
        return true;
    }
    const char *copy = keep_text(add, name);
    return copy && add_target(b, copy, -1, number ? CMI_ROLE_NUMBER : CMI_ROLE_TEXT, source, m);
}

/* The dimension (or text role, or id) that owns the rows is read once more, as the owner. */
static bool add_owner_target(binder *b)
{
    cmi_add *add = b->add;
    const char *owner = add->loader->owner;
    if (!owner || !add->is_fact) return true;
    for (int32_t i = 0; i < add->n_targets; i++) {
        const cmi_target *t = &add->targets[i];
        bool text =
            t->type == CMI_ROLE_TEXT || t->type == CMI_ROLE_ENTITY || t->type == CMI_ROLE_CUSTOMER;
        if (!text || strcmp(t->name, owner) != 0) continue;
        cmi_target *o = &add->targets[add->n_targets++];
        *o = *t;
        o->place = CMI_PLACE_OWNER;
        o->type = CMI_ROLE_CUSTOMER;
        o->shown = o->required = false;
        add->place[CMI_PLACE_OWNER] = (int32_t)(o - add->targets);
        return true;
    }
    return true;
}

static bool make_targets(binder *b)
{
    cmi_add *add = b->add;
    int32_t n_bindings = b->mapping ? b->mapping->n_bindings : 0;
    size_t room = (size_t)add->n_inputs + (size_t)n_bindings + CMI_MAX_ROLES + 2;
    add->targets = cmi_arena_alloc(&add->arena, room * sizeof *add->targets);
    if (!add->targets) return false;
    for (int32_t r = 0; r < add->def->n_roles; r++)
        if (b->source[r] > FREE_ROLE && !add_role_target(b, r)) return false;
    for (int32_t c = 0; c < add->n_inputs; c++) {
        const cm_binding *m = b->dimension[c];
        if (m ? !add_dimension(b, m->role, c, m)
              : b->use[c] == FREE && !add_dimension(b, add->inputs[c], c, NULL))
            return false;
    }
    for (int32_t i = 0; i < n_bindings; i++) {
        const cm_binding *m = &b->mapping->bindings[i];
        bool constant = m->constant && m->role && cmi_role_find(add->def, m->role) < 0;
        if (constant && !add_dimension(b, m->role, CMI_FROM_CONSTANT, m)) return false;
    }
    return add_owner_target(b);
}

/* Order lines without amount get quantity x price, be it that the column or only the cell is
 * missing. */
static void close_amount(binder *b)
{
    int32_t amount = cmi_role_find(b->add->def, "amount");
    if (b->add->is_fact && b->add->table == CMI_ORDERS && b->source[amount] <= FREE_ROLE)
        b->source[amount] = CMI_FROM_PRODUCT;
}

cm_status cmi_add_bind(cmi_add *add, const cm_mapping *mapping, cm_error *err)
{
    size_t n = (size_t)add->n_inputs;
    binder b = { .add = add, .mapping = mapping };
    b.use = cmi_arena_alloc(&add->arena, n * sizeof *b.use);
    b.dimension = cmi_arena_alloc(&add->arena, n * sizeof *b.dimension);
    add->skipped = cmi_arena_alloc(&add->arena, n * sizeof *add->skipped);
    if (!b.use || !b.dimension || !add->skipped) return cmi_no_memory(add->ctx, err);
    for (size_t c = 0; c < n; c++) b.use[c] = FREE;
    for (int32_t r = 0; r < CMI_MAX_ROLES; r++) {
        b.source[r] = FREE_ROLE;
        add->role_target[r] = -1;
    }
    for (int32_t p = 0; p < CMI_PLACE_COLUMN; p++) add->place[p] = -1;
    cm_status s = take_mapping(&b, err);
    if (s) return s;
    bind_names(&b);
    if ((s = check_required(&b, err))) return s;
    close_amount(&b);
    return make_targets(&b) ? CM_OK : cmi_no_memory(add->ctx, err);
}
