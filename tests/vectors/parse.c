/* SPDX-License-Identifier: MIT */
#include "vector.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void fault(vector *v, const char *what, const char *about)
{
    if (!*v->fault) snprintf(v->fault, sizeof v->fault, "%s '%.100s'", what, about);
}

static char *trim(char *s)
{
    while (isspace((unsigned char)*s)) s++;
    size_t n = strlen(s);
    while (n && isspace((unsigned char)s[n - 1])) n--;
    s[n] = '\0';
    return s;
}

/* Cuts at the next separator outside quotes; NULL at the end. */
static char *next_word(char **rest, char separator)
{
    char *s = *rest, quote = 0;
    while (separator == ' ' && *s == ' ') s++;
    if (!*s) return NULL;
    char *from = s;
    for (; *s && (quote || *s != separator); s++) {
        if (!quote && (*s == '"' || *s == '\''))
            quote = *s;
        else if (*s == quote)
            quote = 0;
    }
    *rest = *s ? s + 1 : s;
    *s = '\0';
    return from;
}

/* Single quotes are the file's own; double quotes belong to the option's grammar. */
static void drop_single_quotes(char *s)
{
    char *to = s;
    bool inside = false;
    for (; *s; s++) {
        if (*s == '"') inside = !inside;
        if (*s != '\'' || inside) *to++ = *s;
    }
    *to = '\0';
}

static int read_settings(vector *v, char *line, setting *list, int n, int max)
{
    for (char *word; (word = next_word(&line, ' '));) {
        char *equals = strchr(word, '=');
        if (!equals || n == max) {
            fault(v, "no setting", word);
            return n;
        }
        *equals = '\0';
        drop_single_quotes(equals + 1);
        list[n++] = (setting){ word, equals + 1 };
    }
    return n;
}

/* map=customer:id,survey==nps */
static void read_map(vector *v, facts_block *f, char *text)
{
    for (char *word; (word = next_word(&text, ','));) {
        char *constant = strstr(word, "=="), *colon = strchr(word, ':');
        if (f->n_bindings == MAX_BINDINGS || (!constant && !colon)) {
            fault(v, "no binding", word);
            return;
        }
        cm_binding *b = &f->binding[f->n_bindings++];
        *b = (cm_binding){ .role = word };
        *(constant ? constant : colon) = '\0';
        if (constant)
            b->constant = constant + 2;
        else
            b->column = colon + 1;
    }
}

/* format=time:%Y%m%d */
static void read_format(vector *v, facts_block *f, char *text)
{
    char *colon = strchr(text, ':');
    if (!colon || f->n_bindings == MAX_BINDINGS) {
        fault(v, "no format", text);
        return;
    }
    *colon = '\0';
    for (int i = 0; i < f->n_bindings; i++)
        if (strcmp(f->binding[i].role, text) == 0) {
            f->binding[i].format = colon + 1;
            return;
        }
    f->binding[f->n_bindings++] = (cm_binding){ .role = text, .column = text, .format = colon + 1 };
}

static void read_clauses(vector *v, facts_block *f, char *text)
{
    for (char *word; (word = next_word(&text, ';'));) {
        word = trim(word);
        if (strncmp(word, "map=", 4) == 0)
            read_map(v, f, word + 4);
        else if (strncmp(word, "format=", 7) == 0)
            read_format(v, f, word + 7);
        else if (*word && !f->csv && !f->path)
            f->path = word;
        else if (*word)
            fault(v, "no clause", word);
    }
}

static void read_tolerances(vector *v, char *text)
{
    for (char *column; (column = next_word(&text, ' '));) {
        char *number = next_word(&text, ' '), *end;
        if (!number || v->n_tolerances == MAX_TOLERANCES) {
            fault(v, "no tolerance", column);
            return;
        }
        tolerance *t = &v->tolerance[v->n_tolerances++];
        t->column = column;
        t->relative = strtod(number, &end);
        t->absolute = *end == '+' ? strtod(end + 1, &end) : 0;
        if (*end && *end != ',') fault(v, "no tolerance", number);
    }
}

/* ---- CSV of what is expected ---- */

static field read_field(char **at)
{
    char *s = *at, *to = s;
    field f = { s, false };
    if (*s != '"') {
        while (*s && *s != ',' && *s != '\n') s++;
        f.null = s == f.text;
        *at = s;
        return f;
    }
    for (s++; *s && (*s != '"' || s[1] == '"'); s++) {
        if (*s == '"') s++;
        *to++ = *s;
    }
    if (*s == '"') *s++ = '\0';
    *to = '\0';
    *at = s;
    return f;
}

/* The block is cut in place: fields are ended by 0 once the next one was found. */
static void read_rows(vector *v, char *csv, rows *out)
{
    size_t capacity = 1;
    for (const char *p = csv; *p; p++) capacity += *p == ',' || *p == '\n';
    field *cells = calloc(capacity + 1, sizeof *cells);
    int n = 0, width = 0;
    for (char *p = csv; *p;) {
        int before = n;
        for (;;) {
            cells[n++] = read_field(&p);
            char end = *p;
            *p = '\0';
            if (end) p++;
            if (end != ',') break;
        }
        if (!width) width = n;
        if (n - before != width) fault(v, "ragged row", cells[before].text);
    }
    out->header = cells;
    out->cell = cells + width;
    out->n_columns = width;
    out->n_rows = width ? n / width - 1 : 0;
}

/* ---- lines ---- */

static bool starts(const char *line, const char *word)
{
    return strncmp(line, word, strlen(word)) == 0;
}

static bool is_end(const char *line)
{
    return !*line || starts(line, "tolerance: ") || starts(line, "expect ") ||
           starts(line, "expect-some ") || starts(line, "expect-error: ");
}

static char *cut_line(char **rest)
{
    char *line = *rest, *end = strchr(line, '\n');
    *rest = end ? end + 1 : line + strlen(line);
    if (end) *end = '\0';
    if (end && end > line && end[-1] == '\r') end[-1] = '\0';
    return line;
}

/* The lines up to an empty one, as one text; *rest stands behind them. */
static char *take_block(char **rest, size_t *n)
{
    char *from = *rest, *to = from;
    while (**rest) {
        char *peek = *rest, *end = strchr(peek, '\n');
        size_t length = end ? (size_t)(end - peek) : strlen(peek);
        char first[16] = "";
        memcpy(first, peek, length < sizeof first - 1 ? length : sizeof first - 1);
        if (is_end(first)) break;
        char *line = cut_line(rest);
        length = strlen(line);
        memmove(to, line, length);
        to += length;
        *to++ = '\n';
    }
    /* What follows was already read or lies behind; the last \n gives its place to the end. */
    if (to > from) to[-1] = '\0';
    *n = to > from ? (size_t)(to - from) - 1 : 0;
    return from;
}

static void read_facts(vector *v, char *table, char *clauses, bool in_file, char **rest)
{
    if (v->n_facts == MAX_BLOCKS) {
        fault(v, "too many tables at", table);
        return;
    }
    facts_block *f = &v->facts[v->n_facts++];
    f->table = table;
    if (in_file) f->csv = take_block(rest, &f->n_csv);
    read_clauses(v, f, clauses);
    if (!f->csv && !f->path) fault(v, "no facts for", table);
}

static void read_expect(vector *v, char *text, bool some, char **rest)
{
    char *colon = strchr(text, ':');
    size_t n;
    if (v->n_expect == MAX_BLOCKS || !colon) {
        fault(v, "cannot read", text);
        return;
    }
    expect_block *e = &v->expect[v->n_expect++];
    *colon = '\0';
    e->table = trim(text);
    char *clause = trim(colon + 1);
    if (some && !starts(clause, "keys=")) fault(v, "keys= is missing at", e->table);
    e->keys = some ? clause + 5 : NULL;
    e->csv = take_block(rest, &n);
    read_rows(v, e->csv, &e->rows);
    if (!e->rows.n_columns) fault(v, "nothing expected of", e->table);
}

static bool is_word(const char *s, const char *end)
{
    if (s == end) return false;
    for (; s < end; s++)
        if (!islower((unsigned char)*s) && *s != '_') return false;
    return true;
}

static void read_line(vector *v, char *line, char **rest)
{
    char *colon = strchr(line, ':');
    if (starts(line, "case: "))
        v->name = trim(line + 6);
    else if (starts(line, "source: "))
        v->source = trim(line + 8);
    else if (starts(line, "kpi: "))
        v->kpi = trim(line + 5);
    else if (starts(line, "options:"))
        v->n_options = read_settings(v, line + 8, v->option, v->n_options, MAX_OPTIONS);
    else if (starts(line, "dataset:"))
        v->n_dataset = read_settings(v, line + 8, v->dataset, v->n_dataset, 8);
    else if (starts(line, "tolerance: "))
        read_tolerances(v, line + 11);
    else if (starts(line, "expect-error: "))
        v->error = trim(line + 14);
    else if (starts(line, "expect-some "))
        read_expect(v, line + 12, true, rest);
    else if (starts(line, "expect "))
        read_expect(v, line + 7, false, rest);
    else if (starts(line, "file ") && colon) {
        *colon = '\0';
        read_facts(v, trim(line + 5), colon + 1, false, rest);
    } else if (colon && is_word(line, colon)) {
        *colon = '\0';
        read_facts(v, line, colon + 1, true, rest);
    } else
        fault(v, "cannot read the line", line);
}

static void read_case(vector *v)
{
    char *rest = v->text;
    while (*rest) {
        char *line = cut_line(&rest);
        char *trimmed = line + strspn(line, " \t");
        if (*trimmed && *line != '#') read_line(v, line, &rest);
    }
    if (!v->name) fault(v, "a case has no name:", v->file);
    if (!v->source) fault(v, "a case has no source:", v->name ? v->name : v->file);
    if (!v->kpi) fault(v, "a case has no kpi:", v->name ? v->name : v->file);
    if (!v->n_expect && !v->error) fault(v, "nothing is expected of", v->name ? v->name : v->file);
}

static char *read_whole(const char *path)
{
    FILE *f = fopen(path, "rb");
    if (!f) return NULL;
    fseek(f, 0, SEEK_END);
    long n = ftell(f);
    rewind(f);
    char *text = malloc((size_t)n + 1);
    size_t got = fread(text, 1, (size_t)n, f);
    fclose(f);
    text[got] = '\0';
    return text;
}

void vector_read_file(const char *path, const char *name, vector **list, size_t *n)
{
    char *text = read_whole(path), *at = text;
    int line = 1;
    while (at && *at) {
        char *end = starts(at, "---\n") ? at : strstr(at, "\n---\n");
        size_t length = end ? (size_t)(end - at) + (end > at) : strlen(at);
        *list = realloc(*list, (*n + 1) * sizeof **list);
        vector *v = &(*list)[(*n)++];
        memset(v, 0, sizeof *v);
        v->file = name;
        v->line = line;
        v->text = malloc(length + 2);
        memcpy(v->text, at, length);
        v->text[length] = '\0';
        for (size_t i = 0; i < length; i++) line += at[i] == '\n';
        read_case(v);
        line += end != NULL;
        at += length + (end ? 4 : 0);
    }
    free(text);
}

void vector_free(vector *v)
{
    for (int i = 0; i < v->n_expect; i++) free(v->expect[i].rows.header);
    free(v->text);
}
