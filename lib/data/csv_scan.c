/* SPDX-License-Identifier: MIT */
/* Where records end. Only quotes are looked at, so a file without any passes at the speed of
 * memory. */
#include "data/csv.h"
#include "data/csv_match.h"

/* Stretches outside quotes; the last ones are kept, as the last record mostly ends in one of them.
 */
enum { KEPT = 64 };

typedef struct outside {
    int64_t from, to;
} outside;

typedef struct scan {
    const char *p;
    int64_t n;
    const cmi_csv_dialect *d;
    bool inside;
    int64_t from; /* where this stretch began; inside: where the field did */
    bool thorough;
    int64_t found; /* thorough: behind the last record so far */
    int64_t n_seen;
    outside seen[KEPT];
} scan;

/* Behind the last line end of [from, to); 0: there is none. */
static int64_t find_back(const scan *s, int64_t from, int64_t to)
{
    while (to > from)
        if (s->p[--to] == s->d->newline) return to + 1;
    return 0;
}

static void leave(scan *s, int64_t to)
{
    if (s->thorough) {
        int64_t end = find_back(s, s->from, to);
        if (end) s->found = end;
    }
    s->seen[s->n_seen++ % KEPT] = (outside){ s->from, to };
}

static bool starts_field(const scan *s, int64_t at)
{
    if (at == 0) return true;
    char c = s->p[at - 1];
    return c == s->d->delimiter || c == s->d->newline;
}

/* One quote; returns how many bytes it settles: 2 for a doubled one. */
static int64_t take_quote(scan *s, int64_t at)
{
    if (!s->inside) {
        if (!starts_field(s, at)) return 1;
        leave(s, at);
        s->inside = true;
        s->from = at;
        return 1;
    }
    if (at + 1 == s->n) return 1; /* may be the first half of a doubled one */
    if (s->p[at + 1] == s->d->quote) return 2;
    s->inside = false;
    s->from = at + 1;
    return 1;
}

static void run(scan *s)
{
    int64_t next = 0; /* quotes before it are settled */
    for (int64_t base = 0; base < s->n; base += 64) {
        uint64_t mask = cmi_match64(cmi_load64_part(s->p + base, s->n - base), s->d->quote);
        mask &= cmi_mask64(s->n - base);
        for (; mask; mask &= mask - 1) {
            int64_t at = base + __builtin_ctzll(mask);
            if (at >= next) next = at + take_quote(s, at);
        }
    }
    if (!s->inside) leave(s, s->n);
}

int64_t cmi_csv_last_end(const char *p, int64_t n, const cmi_csv_dialect *d)
{
    scan s = { .p = p, .n = n, .d = d };
    run(&s);
    for (int64_t i = s.n_seen - 1; i >= 0 && i >= s.n_seen - KEPT; i--) {
        int64_t end = find_back(&s, s.seen[i % KEPT].from, s.seen[i % KEPT].to);
        if (end) return end;
    }
    if (s.n_seen <= KEPT) return 0;
    s = (scan){ .p = p, .n = n, .d = d, .thorough = true };
    run(&s);
    return s.found;
}

/* ---- one record, byte by byte ---- */

typedef struct walk {
    int64_t end; /* behind the record; 0: it goes on */
    int64_t last_field;
    int32_t n_fields;
} walk;

static walk walk_record(const char *p, int64_t n, const cmi_csv_dialect *d)
{
    walk w = { .n_fields = 1 };
    bool inside = false;
    for (int64_t i = 0; i < n; i++) {
        if (inside) {
            if (p[i] != d->quote) continue;
            if (i + 1 < n && p[i + 1] == d->quote)
                i++;
            else
                inside = false;
        } else if (p[i] == d->quote) {
            inside = i == w.last_field;
        } else if (p[i] == d->newline) {
            w.end = i + 1;
            return w;
        } else if (p[i] == d->delimiter) {
            w.last_field = i + 1;
            w.n_fields++;
        }
    }
    return w;
}

int64_t cmi_csv_first_end(const char *p, int64_t n, const cmi_csv_dialect *d)
{
    return walk_record(p, n, d).end;
}

int64_t cmi_csv_last_field(const char *p, int64_t n, const cmi_csv_dialect *d)
{
    return walk_record(p, n, d).last_field;
}

int32_t cmi_csv_count_fields(const char *p, int64_t n, const cmi_csv_dialect *d)
{
    return walk_record(p, n, d).n_fields;
}
