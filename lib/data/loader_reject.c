/* SPDX-License-Identifier: MIT */
/* Rows that cannot be used: counted by reason, the first ones kept with table, row, column and
 * value. Nothing is dropped in silence. */
#include <string.h>

#include "core/error.h"
#include "core/sort.h"
#include "data/add.h"
#include "data/utf8.h"

enum { MAX_VALUE = 200, MAX_REASON = 400, MAX_REASONS = 64 };

void cmi_work_note(cmi_work *w, int64_t row, int32_t target, cmi_cell cell, int32_t detail)
{
    if (w->dropped[row]) return; /* the first reason stays */
    w->dropped[row] = 1;
    w->notes[w->n_notes++] =
        (cmi_note){ .row = (int32_t)row, .target = target, .detail = detail, .cell = cell };
}

static const char *get_unreadable(cmi_role_type type)
{
    switch (type) {
    case CMI_ROLE_TIME:
    case CMI_ROLE_DATE:
        return "cannot be read";
    case CMI_ROLE_COUNT:
        return "is not a whole number";
    case CMI_ROLE_SECONDS:
        return "is not a duration";
    case CMI_ROLE_BOOL:
        return "is neither true nor false";
    case CMI_ROLE_TERM:
        return "is not a term";
    default:
        return "is not a number";
    }
}

static int32_t put(char *text, int32_t at, const char *more)
{
    size_t n = strlen(more);
    if (n > 120) n = 120;
    memcpy(text + at, more, n);
    text[at + (int32_t)n] = '\0';
    return at + (int32_t)n;
}

static int32_t put_count(char *text, int32_t at, int64_t n)
{
    return at + cmi_print_i128(n, 0, text + at);
}

/* The reason's text in `text`, or a literal. */
static const char *describe(const cmi_add *add, const cmi_note *note, char text[MAX_REASON])
{
    const cmi_target *t = note->target >= 0 ? &add->targets[note->target] : NULL;
    switch (note->cell) {
    case CMI_CELL_RANGE:
        return "value does not fit";
    case CMI_CELL_NO_OWNER:
        return "customer or session is missing";
    case CMI_CELL_SCALE:
        return "score outside scale";
    case CMI_CELL_UTF8:
        return "text is not valid UTF-8";
    case CMI_CELL_NUL:
        return "text has a NUL byte";
    case CMI_CELL_ORDER:
        return add->table == CMI_TICKETS ? "opened is after resolved" : "start is after end";
    case CMI_CELL_FIELDS: {
        int32_t n = put(text, 0, "row has ");
        n = put_count(text, n, note->detail);
        n = put(text, n, note->detail == 1 ? " field, header has " : " fields, header has ");
        put_count(text, n, add->n_inputs);
        return text;
    }
    default: {
        int32_t n = put(text, 0, t ? t->name : "row");
        n = put(text, n, " ");
        put(text, n,
            note->cell == CMI_CELL_MISSING ? "is missing"
                                           : get_unreadable(t ? t->type : CMI_ROLE_TEXT));
        return text;
    }
    }
}

/* Text that may be shown: cut, and bytes that are no UTF-8 replaced. */
static const char *keep_shown(cmi_arena *arena, const char *p, int64_t n)
{
    size_t length = n < MAX_VALUE ? (size_t)n : MAX_VALUE;
    char *copy = cmi_arena_text(arena, p, length);
    for (size_t i = 0; copy && i < length;) {
        size_t step = cmi_utf8_length(copy + i, length - i);
        if (step == 0 || copy[i] == 0) {
            copy[i] = '?';
            step = 1;
        }
        i += step;
    }
    return copy;
}

static const char *keep_value(cmi_add *add, const cmi_work *w, const cmi_note *note,
                              cmi_arena *arena)
{
    char buffer[80];
    int32_t n = -1;
    const char *p = "";
    const cmi_target *t = note->target >= 0 ? &add->targets[note->target] : NULL;
    if (t && t->source >= 0)
        p = cmi_cell_text(add->loader, &w->batch.columns[t->source], note->row, buffer, &n);
    else if (t && t->constant)
        n = (int32_t)strlen(p = t->constant);
    return keep_shown(arena, p, n < 0 ? 0 : n);
}

static const char *get_column(const cmi_add *add, const cmi_note *note)
{
    if (note->cell == CMI_CELL_LONG) return add->inputs[note->detail];
    if (note->target < 0) return "";
    const cmi_target *t = &add->targets[note->target];
    return *t->header ? t->header : t->name;
}

static int32_t find_reject(const cmi_add *add, const char *reason)
{
    int32_t i = 0;
    while (i < add->n_rejects && strcmp(add->rejects[i].reason, reason) != 0) i++;
    return i;
}

/* The entry of a reason; NULL: no memory. Rows may have any number of fields: beyond some of them
 * they share a reason. */
static cmi_reject *open_reject(cmi_add *add, cmi_cell cell, const char *reason)
{
    int32_t i = find_reject(add, reason);
    if (i >= MAX_REASONS && i == add->n_rejects && cell == CMI_CELL_FIELDS) {
        reason = "row has another number of fields than the header";
        i = find_reject(add, reason);
    }
    if (i < add->n_rejects) return &add->rejects[i];
    const char *copy = cmi_arena_text(&add->loader->arena, reason, strlen(reason));
    if (!copy || !cmi_grow(add->ctx, (void **)&add->rejects, &add->reject_capacity,
                           add->n_rejects + 1, sizeof *add->rejects))
        return NULL;
    cmi_reject *r = &add->rejects[add->n_rejects++];
    *r = (cmi_reject){ .table = add->table, .reason = copy };
    return r;
}

static cm_status fail_row(cmi_add *add, const cmi_work *w, const cmi_note *note, int64_t row,
                          const char *reason, cm_error *err)
{
    const char *column = get_column(add, note);
    const char *value = keep_value(add, w, note, &add->arena);
    cm_status s = CM_ERR_DATA;
    if (note->cell == CMI_CELL_LONG) {
        s = cmi_fail(err, CM_ERR_LIMIT,
                     "%s: row %lld, column '%s': the field is longer than %lld bytes",
                     add->def->name, (long long)row, column, (long long)add->loader->max_field);
        cmi_error_hint(err, "a quote that is never closed? otherwise raise max_field");
    } else if (note->cell == CMI_CELL_OPEN) {
        s = cmi_fail(err, CM_ERR_FORMAT, "%s: row %lld: a quote is never closed", add->def->name,
                     (long long)row);
    } else if (*column) {
        cmi_fail(err, s, "%s: row %lld, column '%s', value '%s': %s", add->def->name,
                 (long long)row, column, value ? value : "", reason);
    } else {
        cmi_fail(err, s, "%s: row %lld: %s", add->def->name, (long long)row, reason);
    }
    cmi_error_at(err, add->def->name, row, column);
    return s;
}

static int64_t count_diagnostics(const cm_loader *l, int32_t table)
{
    int64_t n = 0;
    for (int64_t i = 0; i < l->n_diagnostics; i++) n += l->diagnostics[i].table == table;
    return n;
}

static cm_status keep_diagnostic(cmi_add *add, const cmi_work *w, const cmi_note *note, int64_t row,
                                 const char *reason, cm_error *err)
{
    cmi_arena *arena = &add->loader->arena;
    const char *column = get_column(add, note);
    cmi_diagnostic d = { .table = add->table, .row = row, .reason = reason };
    d.column = cmi_arena_text(arena, column, strlen(column));
    d.value = keep_value(add, w, note, arena);
    if (!d.column || !d.value ||
        !cmi_grow(add->ctx, (void **)&add->diagnostics, &add->diagnostic_capacity,
                  add->n_diagnostics + 1, sizeof *add->diagnostics))
        return cmi_no_memory(add->ctx, err);
    add->diagnostics[add->n_diagnostics++] = d;
    return CM_OK;
}

static cm_status note_reject(cmi_add *add, const cmi_work *w, const cmi_note *note, int64_t *room,
                             cm_error *err)
{
    char text[MAX_REASON];
    int64_t row = add->n_read + note->row + 1;
    const char *reason = describe(add, note, text);
    if (add->loader->strict || note->cell >= CMI_CELL_LONG)
        return fail_row(add, w, note, row, reason, err);
    cmi_reject *r = open_reject(add, note->cell, reason);
    if (!r) return cmi_no_memory(add->ctx, err);
    r->n++;
    add->n_rejected++;
    return (*room)-- > 0 ? keep_diagnostic(add, w, note, row, r->reason, err) : CM_OK;
}

cm_status cmi_add_note_rejects(cmi_add *add, cmi_work *w, cm_error *err)
{
    size_t n = (size_t)w->n_notes;
    if (n == 0) return CM_OK;
    uint64_t *keys = cmi_scratch_alloc(&w->scratch, 2 * n, sizeof *keys);
    if (!keys) return cmi_no_memory(add->ctx, err);
    for (size_t i = 0; i < n; i++) keys[i] = (uint64_t)w->notes[i].row << 32 | i;
    cmi_sort_u64(keys, keys + n, (int64_t)n);
    int64_t room = add->loader->max_diagnostics - count_diagnostics(add->loader, add->table) -
                   add->n_diagnostics;
    for (size_t i = 0; i < n; i++) {
        cm_status s = note_reject(add, w, &w->notes[(uint32_t)keys[i]], &room, err);
        if (s) return s;
    }
    return CM_OK;
}

/* ---- commit ---- */

bool cmi_add_reserve_notes(cmi_add *add)
{
    cm_loader *l = add->loader;
    if (add->n_rejects == 0) return true;
    size_t n = (size_t)(l->n_rejects + add->n_rejects),
           m = (size_t)(l->n_diagnostics + add->n_diagnostics);
    cmi_reject *rejects = cmi_realloc(l->ctx, l->rejects, n * sizeof *rejects);
    if (rejects) l->rejects = rejects;
    cmi_diagnostic *diagnostics = cmi_realloc(l->ctx, l->diagnostics, m * sizeof *diagnostics);
    if (diagnostics) l->diagnostics = diagnostics;
    return rejects && diagnostics;
}

void cmi_add_merge_notes(cmi_add *add)
{
    cm_loader *l = add->loader;
    for (int32_t i = 0; i < add->n_rejects; i++) {
        const cmi_reject *r = &add->rejects[i];
        int32_t k = 0;
        while (k < l->n_rejects &&
               (l->rejects[k].table != r->table || strcmp(l->rejects[k].reason, r->reason) != 0))
            k++;
        if (k < l->n_rejects)
            l->rejects[k].n += r->n;
        else
            l->rejects[l->n_rejects++] = *r;
    }
    for (int64_t i = 0; i < add->n_diagnostics; i++)
        l->diagnostics[l->n_diagnostics++] = add->diagnostics[i];
}
