/* SPDX-License-Identifier: MIT */
/* Bytes into blocks that end where records end. */
#include "data/csv_blocks.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "core/error.h"
#include "core/memory.h"

static cm_status fail_read(int number, cm_error *err)
{
    if (number == EISDIR) return cmi_fail(err, CM_ERR_IO, "this is a folder");
    return cmi_fail(err, CM_ERR_IO, "reading failed (errno %d)", number);
}

/* Some bytes, 0 at the end. */
static cm_status read_some(cmi_csv_input *in, char *to, int64_t room, int64_t *n, cm_error *err)
{
    const cmi_csv_source *s = in->source;
    if (cmi_job_cancelled(in->job)) return cmi_fail(err, CM_ERR_CANCELLED, "the run was cancelled");
    if (s->read) {
        *n = s->read(to, room, s->user);
        if (*n < 0)
            return cmi_fail(err, CM_ERR_IO, "the read callback failed with %lld", (long long)*n);
        if (*n > room)
            return cmi_fail(err, CM_ERR_IO,
                            "the read callback gave %lld bytes where %lld were asked for",
                            (long long)*n, (long long)room);
        return CM_OK;
    }
    do *n = read(s->fd, to, (size_t)room);
    while (*n < 0 && errno == EINTR);
    return *n < 0 ? fail_read(errno, err) : CM_OK;
}

cm_status cmi_csv_fill(cmi_csv_input *in, cmi_csv_block *b, int64_t want, cm_error *err)
{
    if (want > b->capacity) {
        char *bytes = cmi_realloc(in->ctx, b->bytes, (size_t)want);
        if (!bytes) return cmi_no_memory(in->ctx, err);
        b->bytes = bytes;
        b->capacity = want;
    }
    /* Bounded reads, so that a cancel is seen soon. */
    const int64_t most = INT64_C(4) << 20;
    while (b->n < want && !in->at_end) {
        int64_t room = want - b->n, n = 0;
        cm_status s = read_some(in, b->bytes + b->n, room < most ? room : most, &n, err);
        if (s) return s;
        b->n += n;
        in->n_read += n;
        in->at_end = n == 0;
    }
    return CM_OK;
}

/* Behind the last whole record of [from, n) that should end near `from` + piece; 0: none is whole.
 */
static int64_t find_edge(const cmi_csv_input *in, const cmi_csv_block *b, int64_t from)
{
    int64_t left = b->n - from, length = in->piece;
    for (;; length = length > left / 2 ? left : length * 2) {
        if (length > left) length = left;
        int64_t end = cmi_csv_last_end(b->bytes + from, length, in->dialect);
        if (end || length == left) return end ? from + end : 0;
    }
}

/* The record that has begun has a field which is already too long: reading on would only fill
 * memory. */
static bool is_hopeless(const cmi_csv_input *in, const cmi_csv_block *b, int64_t from)
{
    int64_t n = b->n - from;
    return n > in->max_field &&
           n - cmi_csv_last_field(b->bytes + from, n, in->dialect) > in->max_field + 2;
}

cm_status cmi_csv_cut(cmi_csv_input *in, cmi_csv_block *b, int64_t from, cm_error *err)
{
    b->n_pieces = 0;
    b->last = false;
    b->edge[0] = from;
    while (from < b->n && b->n_pieces < CMI_CSV_PIECES) {
        int64_t end = find_edge(in, b, from);
        if (!end && (in->at_end || (b->n_pieces == 0 && is_hopeless(in, b, from)))) end = b->n;
        if (!end && b->n_pieces == 0) {
            cm_status s = cmi_csv_fill(in, b, b->n * 2, err);
            if (s) return s;
            continue;
        }
        if (!end) return CM_OK;
        from = b->edge[++b->n_pieces] = end;
    }
    b->last = from == b->n && in->at_end;
    return CM_OK;
}

cm_status cmi_csv_next(cmi_csv_input *in, const cmi_csv_block *before, cmi_csv_block *b,
                       cm_error *err)
{
    int64_t from = before->edge[before->n_pieces], left = before->n - from;
    b->n = 0;
    int64_t want = left + in->round;
    if (want > b->capacity) {
        cmi_free(in->ctx, b->bytes);
        b->capacity = 0;
        if (!(b->bytes = cmi_alloc(in->ctx, (size_t)want))) return cmi_no_memory(in->ctx, err);
        b->capacity = want;
    }
    if (left) memcpy(b->bytes, before->bytes + from, (size_t)left);
    b->n = left;
    cm_status s = cmi_csv_fill(in, b, want, err);
    return s ? s : cmi_csv_cut(in, b, 0, err);
}
