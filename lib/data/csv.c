/* SPDX-License-Identifier: MIT */
#define _POSIX_C_SOURCE 200809L /* O_CLOEXEC */
/* CSV files, descriptors and readers into the loader: while one block is converted, the texts of
 * the block before are interned and the next one is read. */
#define _GNU_SOURCE 1 /* O_CLOEXEC */
#include "data/csv.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/error.h"
#include "core/memory.h"
#include "data/csv_blocks.h"
#include "data/utf8.h"

enum {
    PIECE = 512 << 10, /* bytes that a task takes */
    SAMPLE = 1 << 20   /* bytes that decide on dialect and time formats, whatever the blocks */
};

typedef struct csv {
    cmi_job job;
    cmi_csv_input input;
    cmi_csv_shape shape;
    cmi_csv_block blocks[3];
    int32_t current;
    cmi_scratch scratch; /* header and sample */
    cmi_add *add;
} csv;

/* ---- header ---- */

static bool is_line_end(char c)
{
    return c == '\n' || c == '\r';
}

/* The header's record, blank lines in front left out, [from, to) of the block. */
static cm_status find_header(csv *c, int64_t *from, int64_t *to, cm_error *err)
{
    cmi_csv_block *b = &c->blocks[0];
    for (;;) {
        while (*from < b->n && is_line_end(b->bytes[*from])) ++*from;
        int64_t end = cmi_csv_first_end(b->bytes + *from, b->n - *from, &c->shape.dialect);
        if (!end && !c->input.at_end) {
            cm_status s = cmi_csv_fill(&c->input, b, b->n * 2, err);
            if (s) return s;
            continue;
        }
        if (*from == b->n)
            return cmi_fail(err, CM_ERR_FORMAT, "the input is empty: there is no header");
        *to = end ? *from + end : b->n;
        return CM_OK;
    }
}

static const char *copy_name(cmi_scratch *scratch, const char *p, int32_t n)
{
    while (n > 0 && (*p == ' ' || *p == '\t')) p++, n--;
    while (n > 0 && (p[n - 1] == ' ' || p[n - 1] == '\t')) n--;
    char *name = cmi_scratch_alloc(scratch, (size_t)(n < 0 ? 0 : n) + 1, 1);
    if (!name) return NULL;
    if (n > 0) memcpy(name, p, (size_t)n);
    name[n < 0 ? 0 : n] = '\0';
    return name;
}

static cm_status read_header(csv *c, const char *p, int64_t n, cm_error *err)
{
    cmi_csv_shape *shape = &c->shape;
    shape->n_columns = cmi_csv_count_fields(p, n, &shape->dialect);
    size_t count = (size_t)shape->n_columns;
    const char **names = cmi_scratch_alloc(&c->scratch, count, sizeof *names);
    if (!names) return cmi_no_memory(c->input.ctx, err);
    for (size_t i = 0; i < count; i++) names[i] = "";
    shape->names = names;
    cmi_batch header;
    cm_status s = cmi_csv_index(shape, p, n, &c->scratch, &header, err);
    if (s) return s;
    if (header.n_rows != 1 || header.n_faults)
        return cmi_fail(
            err, CM_ERR_FORMAT,
            "the header cannot be read: a quote is never closed, or a name is too long");
    for (size_t i = 0; i < count; i++) {
        const char *text = header.columns[i].text[0];
        int32_t length = header.columns[i].length[0];
        if (length > 0 &&
            (!cmi_utf8_valid(text, (size_t)length) || memchr(text, 0, (size_t)length)))
            return cmi_fail(err, CM_ERR_FORMAT, "the name of column %lld is not valid UTF-8",
                            (long long)i + 1);
        if (!(names[i] = copy_name(&c->scratch, text, length)))
            return cmi_no_memory(c->input.ctx, err);
    }
    return CM_OK;
}

static cm_status check_mapping(const cm_mapping *m, cmi_csv_dialect *d, cm_error *err)
{
    if (!m || m->struct_size != sizeof *m) return CM_OK; /* binding refuses the latter */
    if (m->delimiter == '\n' || m->delimiter == '\r' || (m->delimiter && m->delimiter == m->quote))
        return cmi_fail(err, CM_ERR_OPTION, "the delimiter cannot be a line end or the quote");
    if (m->quote == '\n' || m->quote == '\r')
        return cmi_fail(err, CM_ERR_OPTION, "the quote cannot be a line end");
    d->delimiter = m->delimiter;
    d->quote = m->quote;
    return CM_OK;
}

/* Excel's first line `sep=;` names the delimiter. */
static int64_t read_excel_line(const char *p, int64_t n, cmi_csv_dialect *d)
{
    if (n < 6 || memcmp(p, "sep=", 4) != 0 || (p[5] != '\r' && p[5] != '\n')) return 0;
    d->delimiter = p[4];
    return p[5] == '\r' && n > 6 && p[6] == '\n' ? 7 : 6;
}

/* Behind the header in *rows. */
static cm_status open_input(csv *c, const cm_mapping *mapping, int64_t *rows, cm_error *err)
{
    cmi_csv_block *b = &c->blocks[0];
    int64_t want = c->input.round > SAMPLE ? c->input.round : SAMPLE, from = 0;
    cm_status s = check_mapping(mapping, &c->shape.dialect, err);
    if (!s) s = cmi_csv_fill(&c->input, b, want, err);
    if (!s) s = cmi_csv_check_start(b->bytes, b->n, &from, err);
    if (s) return s;
    if (!c->shape.dialect.delimiter)
        from += read_excel_line(b->bytes + from, b->n - from, &c->shape.dialect);
    /* Blank lines in front say nothing. */
    while (from < b->n && is_line_end(b->bytes[from])) from++;
    int64_t sample = b->n - from < SAMPLE ? b->n - from : SAMPLE;
    cmi_csv_sniff(b->bytes + from, sample, &c->shape.dialect);
    if ((s = find_header(c, &from, rows, err))) return s;
    return read_header(c, b->bytes + from, *rows - from, err);
}

static cm_status take_sample(csv *c, int64_t rows, cm_error *err)
{
    const cmi_csv_block *b = &c->blocks[0];
    int64_t n = b->n - rows;
    if (n > SAMPLE) n = SAMPLE;
    int64_t end = cmi_csv_last_end(b->bytes + rows, n, &c->shape.dialect);
    if (!end && n == b->n - rows) end = n;
    cmi_batch sample;
    cm_status s = cmi_csv_index(&c->shape, b->bytes + rows, end, &c->scratch, &sample, err);
    return s ? s : cmi_add_sample(c->add, &sample, err);
}

static cm_status begin(csv *c, cm_loader *loader, const char *table, const cm_mapping *mapping,
                       int64_t *rows, cm_error *err)
{
    cm_status s = open_input(c, mapping, rows, err);
    if (s) return s;
    s = cmi_add_begin(loader, table, c->shape.n_columns, c->shape.names, mapping, &c->job, &c->add,
                      err);
    if (s) return s;
    bool *skipped = cmi_scratch_alloc(&c->scratch, (size_t)c->shape.n_columns, sizeof *skipped);
    if (!skipped) return cmi_no_memory(c->input.ctx, err);
    for (int32_t i = 0; i < c->shape.n_columns; i++) skipped[i] = cmi_add_skips(c->add, i);
    c->shape.skipped = skipped;
    return take_sample(c, *rows, err);
}

/* ---- rounds ---- */

static cm_status make_batch(int32_t index, cmi_scratch *scratch, cmi_batch *out, void *user,
                            cm_error *err)
{
    csv *c = user;
    const cmi_csv_block *b = &c->blocks[c->current];
    int64_t from = b->edge[index];
    return cmi_csv_index(&c->shape, b->bytes + from, b->edge[index + 1] - from, scratch, out, err);
}

static cm_status read_next(void *user, cm_error *err)
{
    csv *c = user;
    return cmi_csv_next(&c->input, &c->blocks[c->current], &c->blocks[(c->current + 1) % 3], err);
}

static double get_progress(const csv *c)
{
    double n = (double)c->input.n_read, size = (double)c->input.source->size;
    return size > 0 ? (n < size ? n / size : 1) : n / (n + 0x1p28);
}

static cm_status run_rounds(csv *c, int64_t rows, cm_error *err)
{
    cm_status s = cmi_csv_cut(&c->input, &c->blocks[0], rows, err);
    while (!s) {
        const cmi_csv_block *b = &c->blocks[c->current];
        cmi_stage stage = { .n_batches = b->n_pieces, .make = make_batch, .user = c };
        /* A callback runs on this thread; a descriptor is read beside. */
        if (!b->last && c->input.source->read)
            s = read_next(c, err);
        else if (!b->last)
            stage.beside = read_next;
        cmi_add_progress(c->add, get_progress(c));
        if (!s) s = cmi_add_stage(c->add, &stage, err);
        if (b->last) break;
        c->current = (c->current + 1) % 3;
    }
    return s;
}

static void free_csv(csv *c)
{
    cm_context *ctx = c->input.ctx;
    for (int i = 0; i < 3; i++) cmi_free(ctx, c->blocks[i].bytes);
    cmi_scratch_destroy(&c->scratch);
    cmi_free(ctx, c);
}

static void open_csv(csv *c, cm_context *ctx, const cm_loader *loader, const cmi_csv_source *source,
                     int64_t piece)
{
    c->shape.max_field = cmi_loader_max_field(loader);
    c->input = (cmi_csv_input){ .ctx = ctx,
                                .source = source,
                                .job = &c->job,
                                .dialect = &c->shape.dialect,
                                .max_field = c->shape.max_field,
                                .piece = piece ? piece : PIECE };
    int64_t n = c->job.threads * INT64_C(4);
    if (n > CMI_CSV_PIECES) n = CMI_CSV_PIECES;
    c->input.round = c->input.piece * n;
    cmi_scratch_init(&c->scratch, ctx);
}

static cm_status load(cm_loader *loader, const char *table, const cmi_csv_source *source,
                      const cm_mapping *mapping, const cm_run *run, int64_t piece, cm_error *err)
{
    cm_context *ctx = cmi_loader_context(loader);
    csv *c = cmi_calloc(ctx, 1, sizeof *c);
    if (!c) return cmi_no_memory(ctx, err);
    cm_status s = cmi_job_init(&c->job, run, err);
    open_csv(c, ctx, loader, source, piece);
    int64_t rows = 0;
    if (!s) s = begin(c, loader, table, mapping, &rows, err);
    if (!s) s = run_rounds(c, rows, err);
    if (!s)
        s = cmi_add_commit(c->add, err);
    else if (c->add)
        cmi_add_abort(c->add);
    free_csv(c);
    return s;
}

cm_status cmi_csv_add(cm_loader *loader, const char *table, const cmi_csv_source *source,
                      const cm_mapping *mapping, const cm_run *run, int64_t piece, cm_error *err)
{
    cm_status s = cmi_loader_enter(loader, err);
    if (s) return s;
    s = load(loader, table, source, mapping, run, piece, err);
    cmi_loader_leave(loader);
    return s;
}

/* ---- the public calls ---- */

static int64_t get_size(int fd)
{
    struct stat st;
    return fstat(fd, &st) == 0 && S_ISREG(st.st_mode) ? (int64_t)st.st_size : 0;
}

static cm_status fail_open(int number, const char *path, cm_error *err)
{
    const char *why = number == ENOENT   ? "no such file"
                      : number == EACCES ? "permission denied"
                      : number == EMFILE ? "too many open files"
                                         : NULL;
    if (why) return cmi_fail(err, CM_ERR_IO, "%s cannot be opened: %s", path, why);
    return cmi_fail(err, CM_ERR_IO, "%s cannot be opened (errno %d)", path, number);
}

cm_status cm_loader_add_csv(cm_loader *loader, const char *table, const char *path,
                            const cm_mapping *mapping, const cm_run *run, cm_error *err)
{
    cmi_error_reset(err);
    if (!loader || !table || !path)
        return cmi_fail(err, CM_ERR_ARG, "%s is NULL",
                        !loader  ? "loader"
                        : !table ? "table"
                                 : "path");
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return fail_open(errno, path, err);
    cmi_csv_source source = { .fd = fd, .size = get_size(fd) };
    cm_status s = cmi_csv_add(loader, table, &source, mapping, run, 0, err);
    if (s) cmi_error_prefix(err, "%s: ", path);
    close(fd);
    return s;
}

cm_status cm_loader_add_csv_fd(cm_loader *loader, const char *table, int32_t fd,
                               const cm_mapping *mapping, const cm_run *run, cm_error *err)
{
    cmi_error_reset(err);
    if (!loader || !table || fd < 0)
        return cmi_fail(err, CM_ERR_ARG,
                        !loader  ? "loader is NULL"
                        : !table ? "table is NULL"
                                 : "fd is negative");
    cmi_csv_source source = { .fd = fd, .size = get_size(fd) };
    return cmi_csv_add(loader, table, &source, mapping, run, 0, err);
}

cm_status cm_loader_add_csv_reader(cm_loader *loader, const char *table, cm_read_fn read,
                                   void *user, const cm_mapping *mapping, const cm_run *run,
                                   cm_error *err)
{
    cmi_error_reset(err);
    if (!loader || !table || !read)
        return cmi_fail(err, CM_ERR_ARG, "%s is NULL",
                        !loader  ? "loader"
                        : !table ? "table"
                                 : "read");
    cmi_csv_source source = { .fd = -1, .read = read, .user = user };
    return cmi_csv_add(loader, table, &source, mapping, run, 0, err);
}
