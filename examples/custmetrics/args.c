/* SPDX-License-Identifier: MIT */
#include "args.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "text.h"

typedef struct parser {
    args *a;
    int argc, at;
    char **argv;
    char *why;
    size_t capacity;
} parser;

static bool refuse(parser *p, const char *format, const char *what)
{
    snprintf(p->why, p->capacity, format, what);
    return false;
}

/* Texts that are split get a copy that lives as long as the args. */
static const char *keep(parser *p, const char *from, size_t n)
{
    char *copy = p->a->storage + p->a->storage_used;
    memcpy(copy, from, n);
    copy[n] = '\0';
    p->a->storage_used += n + 1;
    return copy;
}

static void *append(void *list, int *n, size_t size)
{
    list = grow(list, (size_t)*n + 1, size);
    memset((char *)list + (size_t)*n * size, 0, size);
    ++*n;
    return list;
}

/* Is it a table of the library? Its kind: 'f' a fact table, 's' a side table, 0 neither. */
static char kind_of_table(const char *name, size_t n)
{
    for (int32_t i = 0; i < cm_fact_count(); i++) {
        cm_fact_info info = { .struct_size = sizeof info };
        if (cm_fact_get(i, &info, NULL) != CM_OK) continue;
        if (strlen(info.name) == n && !memcmp(info.name, name, n)) {
            return strcmp(info.kind, "fact") ? 's' : 'f';
        }
    }
    return 0;
}

static void add_input(parser *p, const char *table, const char *path)
{
    p->a->inputs = append(p->a->inputs, &p->a->n_inputs, sizeof *p->a->inputs);
    p->a->inputs[p->a->n_inputs - 1] = (input){ table, path };
}

static bool add_side_table(parser *p, const char *value)
{
    const char *equals = strchr(value, '=');
    if (!equals || !equals[1]) return refuse(p, "--table-in needs NAME=FILE, not '%s'", value);
    size_t n = (size_t)(equals - value);
    const char *name = keep(p, value, n);
    if (!kind_of_table(value, n)) return refuse(p, "--table-in: there is no table '%s'", name);
    add_input(p, name, equals + 1);
    return true;
}

static binding *find_binding(parser *p, const char *table, const char *role)
{
    args *a = p->a;
    for (int i = 0; *role && i < a->n_bindings; i++) {
        if (!strcmp(a->bindings[i].table, table) && !strcmp(a->bindings[i].role, role)) {
            return &a->bindings[i];
        }
    }
    a->bindings = append(a->bindings, &a->n_bindings, sizeof *a->bindings);
    binding *b = &a->bindings[a->n_bindings - 1];
    b->table = table;
    b->role = role;
    return b;
}

/* table.role=Column; an empty role leaves the column out: table.=Column */
static binding *split_binding(parser *p, const char *flag, const char *value, const char **rest)
{
    const char *equals = strchr(value, '=');
    const char *dot = strchr(value, '.');
    if (!equals || !dot || dot > equals || dot == value) {
        snprintf(p->why, p->capacity, "%s needs TABLE.ROLE=..., not '%s'", flag, value);
        return NULL;
    }
    const char *table = keep(p, value, (size_t)(dot - value));
    if (!kind_of_table(table, strlen(table))) {
        snprintf(p->why, p->capacity, "%s: there is no table '%s'", flag, table);
        return NULL;
    }
    *rest = equals + 1;
    return find_binding(p, table, keep(p, dot + 1, (size_t)(equals - dot - 1)));
}

static bool add_map(parser *p, const char *value)
{
    const char *rest;
    binding *b = split_binding(p, "--map", value, &rest);
    if (!b) return false;
    if (b->column || b->constant) return refuse(p, "--map: '%s' is bound twice", value);
    if (*rest == '=') {
        b->constant = rest + 1;
    } else if (!*rest) {
        return refuse(p, "--map %s: a column name is missing", value);
    } else {
        b->column = rest;
    }
    return true;
}

static bool add_time_format(parser *p, const char *value)
{
    const char *rest;
    binding *b = split_binding(p, "--time-format", value, &rest);
    if (!b) return false;
    if (!*rest) return refuse(p, "--time-format %s: a format is missing", value);
    b->format = rest;
    return true;
}

static bool read_whole_number(const char *digits, long least, long most, int32_t *out)
{
    char *end;
    if (!(*digits >= '0' && *digits <= '9')) return false;
    errno = 0;
    long v = strtol(digits, &end, 10);
    if (errno || *end || v < least || v > most) return false;
    *out = (int32_t)v;
    return true;
}

static bool set_partition(parser *p, const char *value)
{
    const char *slash = strchr(value, '/');
    int32_t part = 0, n = 0;
    bool fine = slash && read_whole_number(slash + 1, 1, INT_MAX, &n) &&
                read_whole_number(keep(p, value, (size_t)(slash - value)), 0, n - 1, &part);
    if (!fine) return refuse(p, "--partition needs I/N with 0 <= I < N, not '%s'", value);
    p->a->partition = part;
    p->a->n_partitions = n;
    return true;
}

static bool set_format(parser *p, const char *value)
{
    static const char *const names[] = { "text", "csv", "json" };
    for (int i = 0; i < 3; i++) {
        if (strcmp(value, names[i])) continue;
        p->a->format = (output_format)i;
        p->a->format_given = true;
        return true;
    }
    return refuse(p, "--format is text, csv or json, not '%s'", value);
}

static bool set_threads(parser *p, const char *value)
{
    if (read_whole_number(value, 0, 1024, &p->a->threads)) return true;
    return refuse(p, "--threads needs a whole number, not '%s'", value);
}

static bool set_scale(parser *p, const char *value)
{
    if (read_whole_number(value, 0, 9, &p->a->scale)) return true;
    return refuse(p, "--scale needs a number from 0 to 9, not '%s'", value);
}

static bool set_owner(parser *p, const char *value)
{
    p->a->owner = value;
    return true;
}

static bool set_table(parser *p, const char *value)
{
    p->a->table = value;
    return true;
}

static bool set_out(parser *p, const char *value)
{
    p->a->out = value;
    return true;
}

static bool set_save_model(parser *p, const char *value)
{
    p->a->save_model = value;
    return true;
}

static bool add_labels(parser *p, const char *value)
{
    p->a->labels = append(p->a->labels, &p->a->n_labels, sizeof *p->a->labels);
    p->a->labels[p->a->n_labels - 1] = value;
    return true;
}

static bool set_strict(parser *p, const char *value)
{
    (void)value;
    return p->a->strict = true;
}

static bool set_quiet(parser *p, const char *value)
{
    (void)value;
    return p->a->quiet = true;
}

static bool set_help(parser *p, const char *value)
{
    (void)value;
    return p->a->help = true;
}

static bool set_json(parser *p, const char *value)
{
    (void)value;
    return set_format(p, "json");
}

/* Without a value: a switch. Without a text: another name, which the help leaves out. */
static const struct flag {
    flag_help help;
    bool (*set)(parser *p, const char *value);
} flags[] = {
    { { "--table-in", "NAME=F", "a side table", true }, add_side_table },
    { { "--map", "TABLE.ROLE=COLUMN", "role <- column; ==VALUE sets a constant", true }, add_map },
    { { "--time-format", "TABLE.ROLE=FORMAT",
        "as of strptime, %m/%d/%Y; only where ISO 8601 is not what the file has", true },
      add_time_format },
    { { "--format", "text|csv|json", "how results are printed", false }, set_format },
    { { "--json", "", "the same as --format json", false }, set_json },
    { { "--table", "T", "only this table of the result", false }, set_table },
    { { "-o", "FILE", "where to; standard output unless given", false }, set_out },
    { { "--save-model", "FILE", "keeps what was fitted, for apply", false }, set_save_model },
    { { "--labels", "MODEL", "behind segments in by and where of collect; may stand again", false },
      add_labels },
    { { "--partition", "I/N", "part I of N of the customers, from 0", false }, set_partition },
    { { "--strict", "", "the first row that cannot be used ends the run", false }, set_strict },
    { { "--threads", "N", "0: as many as the machine allows", false }, set_threads },
    { { "--scale", "N", "digits behind the point that money is kept in; 4 unless given", false },
      set_scale },
    { { "--owner", "DIMENSION", "rows belong to this dimension instead of the customer", false },
      set_owner },
    { { "--quiet", "", "no summary of rejected rows, no progress", false }, set_quiet },
    { { "--help", "", "this text", false }, set_help },
    { { "-h", "", "", false }, set_help },
};
enum { N_FLAGS = sizeof flags / sizeof *flags };

const flag_help *args_flag(int i)
{
    return i < N_FLAGS ? &flags[i].help : NULL;
}

/* The value of a flag: behind its '=', else the next word. NULL: there is none. */
static const char *take_value(parser *p, const char *equals)
{
    if (equals) return equals + 1;
    if (p->at + 1 >= p->argc) return NULL;
    return p->argv[++p->at];
}

static bool parse_flag(parser *p, const char *word)
{
    const char *equals = strchr(word, '=');
    size_t n = equals ? (size_t)(equals - word) : strlen(word);
    for (int i = 0; i < N_FLAGS; i++) {
        const flag_help *f = &flags[i].help;
        if (strlen(f->name) != n || memcmp(f->name, word, n)) continue;
        if (!*f->value) {
            if (equals) return refuse(p, "%s takes no value", f->name);
            return flags[i].set(p, NULL);
        }
        const char *value = take_value(p, equals);
        if (!value) return refuse(p, "%s needs a value", f->name);
        return flags[i].set(p, value);
    }
    if (n > 2 && word[1] == '-') {
        const char *table = keep(p, word + 2, n - 2);
        char kind = kind_of_table(table, n - 2);
        if (kind == 's') return refuse(p, "%s is a side table: use --table-in NAME=FILE", word);
        if (kind == 'f') {
            const char *value = take_value(p, equals);
            if (!value || !*value) return refuse(p, "%s needs a file", word);
            add_input(p, table, value);
            return true;
        }
    }
    return refuse(p, "unknown flag '%s'", word);
}

static bool is_setting(const char *word)
{
    size_t n = strspn(word, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.");
    return n > 0 && word[n] == '=' && !(word[0] >= '0' && word[0] <= '9') && word[0] != '.';
}

static bool parse_setting(parser *p, const char *word)
{
    args *a = p->a;
    const char *equals = strchr(word, '=');
    const char *name = keep(p, word, (size_t)(equals - word));
    const char **dataset = !strcmp(name, "tz")           ? &a->tz
                           : !strcmp(name, "week_start") ? &a->week_start
                                                         : NULL;
    if (dataset ? *dataset != NULL : args_setting(a, name) != NULL) {
        return refuse(p, "'%s' is set twice", name);
    }
    if (dataset) {
        *dataset = equals + 1;
        return true;
    }
    a->settings = append(a->settings, &a->n_settings, sizeof *a->settings);
    a->settings[a->n_settings - 1] = (setting){ name, equals + 1 };
    return true;
}

bool args_parse(args *a, int argc, char **argv, char *why, size_t capacity)
{
    *a = (args){ .scale = -1 };
    size_t bytes = 1;
    for (int i = 0; i < argc; i++) bytes += 2 * strlen(argv[i]) + 3;
    a->storage = allocate(bytes, 1);
    parser p = { a, argc, 1, argv, why, capacity };
    bool only_words = false;
    for (; p.at < argc; p.at++) {
        const char *word = argv[p.at];
        if (!only_words && !strcmp(word, "--")) {
            only_words = true;
        } else if (!only_words && word[0] == '-' && word[1]) {
            if (!parse_flag(&p, word)) return false;
        } else if (!only_words && is_setting(word)) {
            if (!parse_setting(&p, word)) return false;
        } else if (!a->command) {
            a->command = word;
        } else {
            a->words = append(a->words, &a->n_words, sizeof *a->words);
            a->words[a->n_words - 1] = word;
        }
    }
    return true;
}

void args_free(args *a)
{
    free(a->words);
    free(a->inputs);
    free(a->bindings);
    free(a->labels);
    free(a->settings);
    free(a->storage);
    *a = (args){ 0 };
}

const char *args_setting(const args *a, const char *name)
{
    for (int i = 0; i < a->n_settings; i++) {
        if (!strcmp(a->settings[i].name, name)) return a->settings[i].value;
    }
    return NULL;
}
