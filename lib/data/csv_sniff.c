/* SPDX-License-Identifier: MIT */
/* What kind of file is this? Told by its first bytes and first records. */
#include <string.h>

#include "core/error.h"
#include "data/csv.h"

enum { SNIFF_RECORDS = 50 };

static bool starts_with(const char *p, int64_t n, const char *magic, int64_t length)
{
    return n >= length && memcmp(p, magic, (size_t)length) == 0;
}

static const char *find_compression(const char *p, int64_t n)
{
    if (starts_with(p, n, "\x1f\x8b", 2)) return "gzip";
    if (starts_with(p, n,
                    "\xfd"
                    "7zXZ\0",
                    6))
        return "xz";
    if (starts_with(p, n, "\x28\xb5\x2f\xfd", 4)) return "zstd";
    if (starts_with(p, n, "PK\x03\x04", 4)) return "a zip archive";
    if (starts_with(p, n, "PAR1", 4)) return "Parquet";
    return NULL;
}

cm_status cmi_csv_check_start(const char *p, int64_t n, int64_t *skip, cm_error *err)
{
    *skip = 0;
    const char *other = find_compression(p, n);
    if (other) return cmi_fail(err, CM_ERR_FORMAT, "this is no CSV text but %s", other);
    bool wide = starts_with(p, n, "\xff\xfe", 2) || starts_with(p, n, "\xfe\xff", 2);
    /* Without a mark, every other byte of Latin text is 0. */
    if (wide ||
        (n >= 4 && ((!p[0] && p[1] && !p[2] && p[3]) || (p[0] && !p[1] && p[2] && !p[3])))) {
        cmi_fail(err, CM_ERR_FORMAT, "the text is UTF-16; only UTF-8 is read");
        cmi_error_hint(err, "convert it: iconv -f UTF-16 -t UTF-8");
        return CM_ERR_FORMAT;
    }
    if (starts_with(p, n, "\xef\xbb\xbf", 3)) *skip = 3;
    return CM_OK;
}

/* The first line end outside quotes decides; CR only where no LF follows. */
static char sniff_newline(const char *p, int64_t n, char quote)
{
    bool inside = false;
    for (int64_t i = 0; i < n; i++) {
        if (p[i] == quote) inside = !inside;
        if (inside || (p[i] != '\n' && p[i] != '\r')) continue;
        return p[i] == '\r' && i + 1 < n && p[i + 1] != '\n' ? '\r' : '\n';
    }
    return '\n';
}

typedef struct score {
    int32_t n_fields;          /* of the header */
    int32_t n_same, n_records; /* records with as many */
} score;

static score rate(const char *p, int64_t n, const cmi_csv_dialect *d)
{
    score s = { 0 };
    for (int32_t r = 0; r < SNIFF_RECORDS && n > 0; r++) {
        int64_t end = cmi_csv_first_end(p, n, d);
        if (!end && r > 0) break; /* cut by the end of the sample */
        int64_t length = end ? end : n;
        int32_t n_fields = cmi_csv_count_fields(p, length, d);
        if (r == 0) s.n_fields = n_fields;
        s.n_same += n_fields == s.n_fields;
        s.n_records++;
        p += length;
        n -= length;
    }
    return s;
}

static bool is_better(const score *a, const score *b)
{
    if ((a->n_fields > 1) != (b->n_fields > 1)) return a->n_fields > 1;
    int64_t left = (int64_t)a->n_same * b->n_records, right = (int64_t)b->n_same * a->n_records;
    if (left != right) return left > right;
    return a->n_fields > b->n_fields;
}

void cmi_csv_sniff(const char *p, int64_t n, cmi_csv_dialect *d)
{
    static const char DELIMITERS[] = ",;\t|";
    if (!d->quote) d->quote = '"';
    d->newline = sniff_newline(p, n, d->quote);
    if (d->delimiter) return;
    score best = { 0 };
    for (int i = 0; i < 4; i++) {
        cmi_csv_dialect tried = { DELIMITERS[i], d->quote, d->newline };
        score s = rate(p, n, &tried);
        if (i > 0 && !is_better(&s, &best)) continue;
        best = s;
        d->delimiter = DELIMITERS[i];
    }
}
