/* SPDX-License-Identifier: MIT */
#include "needs.h"

#include <string.h>

#include "table.h"

/* Is a column of that role in the check's `columns`, with rows? `name` is "table" or "table.role".
 */
static bool have_fact(const session *s, const cm_table *columns, const char *name, size_t n)
{
    const char *dot = memchr(name, '.', n);
    size_t length = dot ? (size_t)(dot - name) : n;
    bool given = false;
    for (int i = 0; i < s->a->n_inputs; i++) {
        const char *table = s->a->inputs[i].table;
        given = given || (strlen(table) == length && !memcmp(table, name, length));
    }
    if (!given || !dot) return given;
    bool found = false;
    for (int64_t row = 0; !found && row < cm_table_n_rows(columns); row++) {
        text table = { 0 }, role = { 0 };
        table_cell(columns, row, "table", &table);
        table_cell(columns, row, "role", &role);
        found = table.n == length && !memcmp(text_c(&table), name, length) &&
                role.n == n - length - 1 && !memcmp(text_c(&role), dot + 1, role.n);
        text_free(&table);
        text_free(&role);
    }
    return found;
}

static bool one_of_is_there(const session *s, const cm_table *columns, const char *p, size_t n)
{
    for (const char *end = p + n; p < end;) {
        const char *bar = memchr(p, '|', (size_t)(end - p));
        size_t length = bar ? (size_t)(bar - p) : (size_t)(end - p);
        if (have_fact(s, columns, p, length)) return true;
        p += length + (bar ? 1 : 0);
    }
    return false;
}

/* Appends what `facts` ("orders, events|visits [spend]") needs and the command line does not give.
 */
void needs_missing(const session *s, const cm_table *columns, const char *facts, text *out)
{
    bool optional = false;
    for (const char *p = facts; *p;) {
        if (*p == '[') optional = true;
        if (*p == ']') optional = false;
        if (strchr("[], ;", *p)) {
            p++;
            continue;
        }
        size_t n = strcspn(p, "[], ;");
        if (!optional && !one_of_is_there(s, columns, p, n)) {
            if (out->n) text_puts(out, ", ");
            for (size_t i = 0; i < n; i++)
                text_puts(out, p[i] == '|' ? " or " : (char[]){ p[i], 0 });
        }
        p += n;
    }
}
