/* SPDX-License-Identifier: MIT */
/* Takes one table out of a result's JSON without reading it into memory a second time. The text
 * comes from the library itself, so it is well formed. */
#include "output.h"

#include <string.h>

static const char *skip_space(const char *p)
{
    return p + strspn(p, " \t\r\n");
}

static const char *skip_string(const char *p)
{
    for (p++; *p && *p != '"'; p++) {
        if (*p == '\\' && p[1]) p++;
    }
    return *p ? p + 1 : p;
}

static const char *skip_value(const char *p)
{
    int depth = 0;
    if (*p != '"' && *p != '{' && *p != '[') return p + strcspn(p, ",}] \t\r\n");
    do {
        if (*p == '"') {
            p = skip_string(p);
            continue;
        }
        depth += (*p == '{' || *p == '[') - (*p == '}' || *p == ']');
        p++;
    } while (depth > 0 && *p);
    return p;
}

/* The value of a member of the object that begins at p; NULL: it has none of that name. */
static const char *find_member(const char *p, const char *name)
{
    text key = { 0 };
    text_json(&key, name, strlen(name));
    const char *found = NULL;
    for (p = skip_space(p + 1); *p == '"' && !found;) {
        const char *end = skip_string(p);
        bool same = (size_t)(end - p) == key.n && !memcmp(p, text_c(&key), key.n);
        p = skip_space(skip_space(end) + 1); /* behind the colon */
        if (same) found = p;
        p = skip_space(skip_value(p));
        if (*p == ',') p = skip_space(p + 1);
    }
    text_free(&key);
    return found;
}

bool pick_json_table(const char *json, const char *table, text *out)
{
    const char *tables = find_member(skip_space(json), "tables");
    const char *value = tables && *tables == '{' ? find_member(tables, table) : NULL;
    if (!value) return false;
    const char *end = skip_value(value), *all_end = skip_value(tables);
    text_add(out, json, (size_t)(tables - json));
    text_puts(out, "{");
    text_json(out, table, strlen(table));
    text_puts(out, ": ");
    text_add(out, value, (size_t)(end - value));
    text_puts(out, "}");
    text_puts(out, all_end);
    return true;
}
