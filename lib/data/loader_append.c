/* SPDX-License-Identifier: MIT */
/* Batches to staged chunks. One parallel loop a round: it interns and copies the round before (one
 * task per interner, as an interner takes its batches in order) while it converts this one. */
#include <string.h>

#include "core/error.h"
#include "data/add.h"

/* Batches that are larger are cut, so that threads have something to share and memory stays
 * bounded. */
enum { BATCH_ROWS = 1 << 14 };

typedef struct staging {
    cmi_add *add;
    const cmi_stage *stage; /* NULL: only the round before */
    cmi_round *before, *now;
    int64_t n_interns, n_beside;
} staging;

static cm_status reserve_round(cmi_add *add, cmi_round *r, int32_t n, cm_error *err)
{
    if (n > r->capacity) {
        cmi_work *works = cmi_realloc(add->ctx, r->works, (size_t)n * sizeof *works);
        if (!works) return cmi_no_memory(add->ctx, err);
        r->works = works;
        for (; r->capacity < n; r->capacity++) {
            memset(&works[r->capacity], 0, sizeof *works);
            cmi_scratch_init(&works[r->capacity].scratch, add->ctx);
        }
    }
    for (int32_t i = 0; i < n; i++) cmi_scratch_reset(&r->works[i].scratch);
    r->n = n;
    return CM_OK;
}

void cmi_add_free_rounds(cmi_add *add)
{
    for (int k = 0; k < 2; k++) {
        cmi_round *r = &add->rounds[k];
        for (int32_t i = 0; i < r->capacity; i++) cmi_scratch_destroy(&r->works[i].scratch);
        cmi_free(add->ctx, r->works);
    }
}

/* ---- tasks ---- */

/* Groups first, then the anonymous, then the numbers. */
static cm_status run_intern(staging *s, int64_t task, cm_error *err)
{
    cmi_add *add = s->add;
    for (int32_t i = 0; i < s->before->n; i++) {
        cmi_work *w = &s->before->works[i];
        cm_status status = CM_OK;
        if (task < add->n_groups)
            status = cmi_intern_group(add, w, add->groups[task], err);
        else if (task == add->n_groups)
            status = cmi_intern_anonymous(add, w, err);
        else
            cmi_copy_values(add, w);
        if (status) return status;
        if (cmi_job_cancelled(&add->job)) return CM_OK; /* the loop says so */
    }
    return CM_OK;
}

static cm_status run_task(int64_t task, int32_t thread, void *user, cm_error *err)
{
    staging *s = user;
    (void)thread;
    if (task < s->n_interns) return run_intern(s, task, err);
    task -= s->n_interns;
    if (task < s->n_beside) return s->stage->beside(s->stage->user, err);
    task -= s->n_beside;
    cmi_work *w = &s->now->works[task];
    w->batch = (cmi_batch){ 0 };
    cm_status status = s->stage->make((int32_t)task, &w->scratch, &w->batch, s->stage->user, err);
    return status ? status : cmi_work_convert(s->add, w, err);
}

/* ---- in the input's order ---- */

/* A column of the last chunk, in `rows` rows instead of those it had. */
static bool resize(cmi_add *add, void *array, int64_t rows, size_t size)
{
    void *old, *fresh;
    memcpy(&old, array, sizeof old); /* pointers to several types */
    fresh = cmi_realloc(add->ctx, old, (size_t)rows * size);
    if (fresh) memcpy(array, &fresh, sizeof fresh);
    return fresh != NULL;
}

static bool resize_chunk(cmi_add *add, cmi_chunk *c, int64_t rows)
{
    bool ok = true;
    for (int32_t i = 0; i < add->n_targets && ok; i++) {
        const cmi_target *t = &add->targets[i];
        size_t size = t->dict == -1 ? sizeof(int64_t) : sizeof(uint32_t);
        if (t->place == CMI_PLACE_COLUMN) ok = resize(add, &c->column[t->column], rows, size);
    }
    if (!add->is_fact || !ok) return ok;
    ok = resize(add, &c->owner, rows, sizeof *c->owner) &&
         resize(add, &c->time, rows, sizeof *c->time);
    if (add->place[CMI_PLACE_ENTITY] >= 0)
        ok = ok && resize(add, &c->entity, rows, sizeof *c->entity);
    if (add->place[CMI_PLACE_SEQUENCE] >= 0)
        ok = ok && resize(add, &c->sequence, rows, sizeof *c->sequence);
    return ok;
}

static bool open_chunk(cmi_add *add)
{
    if (!cmi_grow(add->ctx, (void **)&add->chunks, &add->chunk_capacity, add->n_chunks + 1,
                  sizeof(cmi_chunk *)))
        return false;
    cmi_chunk *c = cmi_calloc(add->ctx, 1, sizeof *c);
    if (!c) return false;
    c->n_columns = add->staged->n_columns;
    c->column = cmi_calloc(add->ctx, (size_t)c->n_columns, sizeof *c->column);
    add->chunks[add->n_chunks++] = c;
    add->rows_capacity = 0;
    return c->column != NULL;
}

/* Room for all rows so far. Small tables get no more than they need: they may have many columns. */
static bool reserve_rows(cmi_add *add)
{
    for (;;) {
        int64_t k = add->n_chunks - 1, need = add->n_rows - k * CMI_CHUNK_ROWS;
        if (k >= 0) {
            int64_t rows = need < CMI_CHUNK_ROWS ? need : CMI_CHUNK_ROWS;
            int64_t room = k > 0 || rows * 2 > CMI_CHUNK_ROWS ? CMI_CHUNK_ROWS : rows * 2;
            if (rows > add->rows_capacity) {
                if (!resize_chunk(add, add->chunks[k], room)) return false;
                add->rows_capacity = room;
            }
            add->chunks[k]->n = rows;
        }
        if (k < 0 ? add->n_rows == 0 : need <= CMI_CHUNK_ROWS) return true;
        if (!open_chunk(add)) return false;
    }
}

static void merge_times(cmi_add *add, const cmi_work *w)
{
    if (w->min_time != CMI_NULL && (add->min_time == CMI_NULL || w->min_time < add->min_time))
        add->min_time = w->min_time;
    if (w->max_time != CMI_NULL && (add->max_time == CMI_NULL || w->max_time > add->max_time))
        add->max_time = w->max_time;
    if (w->n_kept == 0) return;
    if (!w->in_order || (add->last_time != CMI_NULL && w->first_time < add->last_time))
        add->in_order = false;
    if (add->first_time == CMI_NULL) add->first_time = w->first_time;
    add->last_time = w->last_time;
}

static cm_status merge_work(cmi_add *add, cmi_work *w, cm_error *err)
{
    cm_status s = cmi_add_note_rejects(add, w, err);
    if (!s) s = cmi_add_see_examples(add, w, err);
    if (s) return s;
    add->n_read += w->batch.n_rows;
    add->n_rounded += w->n_rounded;
    merge_times(add, w);
    w->first = add->n_rows;
    add->n_rows += w->n_kept;
    return CM_OK;
}

/* ---- rounds ---- */

static cm_status run_round(cmi_add *add, const cmi_stage *stage, cm_error *err)
{
    staging s = { .add = add,
                  .stage = stage,
                  .now = &add->rounds[add->current],
                  .before = &add->rounds[1 - add->current] };
    int32_t n = stage ? stage->n_batches : 0;
    cm_status status = reserve_round(add, s.now, n, err);
    if (status) return status;
    s.n_interns = s.before->n ? add->n_groups + 2 : 0;
    s.n_beside = stage && stage->beside;
    status = cmi_parallel(&add->job, add->ctx, s.n_interns + s.n_beside + n, run_task, &s, err);
    if (status) return status;
    s.before->n = 0;
    for (int32_t i = 0; i < n; i++)
        if ((status = merge_work(add, &s.now->works[i], err))) return status;
    if (!reserve_rows(add)) return cmi_no_memory(add->ctx, err);
    add->current = 1 - add->current;
    return CM_OK;
}

cm_status cmi_add_stage(cmi_add *add, const cmi_stage *stage, cm_error *err)
{
    return run_round(add, stage, err);
}

cm_status cmi_add_flush(cmi_add *add, cm_error *err)
{
    return add->rounds[1 - add->current].n ? run_round(add, NULL, err) : CM_OK;
}

/* On the caller's thread, at most a hundred times. */
void cmi_add_progress(cmi_add *add, double done)
{
    double now = add->base_from + (add->base_to - add->base_from) * done;
    if (add->reported >= 0 && now < add->reported + 0.01) return;
    add->job.from = add->job.to = add->reported = now;
    cmi_job_progress(&add->job, now, add->job.phase);
}

/* ---- finished batches ---- */

enum { PIECES = 64 }; /* of a round at most */

typedef struct piece {
    const cmi_batch *batch;
    int64_t row, n_rows;
} piece;

static void slice_column(cmi_source_column *c, int64_t row)
{
    if (c->text) c->text += row;
    if (c->length) c->length += row;
    if (c->i64) c->i64 += row;
    if (c->f64) c->f64 += row;
    if (c->decimal) c->decimal += row;
    if (c->validity) c->validity += row;
}

static cm_status make_piece(int32_t index, cmi_scratch *scratch, cmi_batch *out, void *user,
                            cm_error *err)
{
    const piece *p = &((const piece *)user)[index];
    size_t n = (size_t)p->batch->n_columns;
    cmi_source_column *columns = cmi_scratch_alloc(scratch, n, sizeof *columns);
    cmi_fault *faults = cmi_scratch_alloc(scratch, (size_t)p->batch->n_faults, sizeof *faults);
    if (!columns || !faults) return cmi_no_memory(scratch->ctx, err);
    *out = *p->batch;
    if (n) memcpy(columns, p->batch->columns, n * sizeof *columns);
    for (size_t c = 0; c < n; c++) slice_column(&columns[c], p->row);
    out->columns = columns;
    out->n_rows = p->n_rows;
    out->first_row += p->row;
    out->n_faults = 0;
    for (int64_t i = 0; i < p->batch->n_faults; i++) {
        cmi_fault f = p->batch->faults[i];
        if (f.row < p->row || f.row >= p->row + p->n_rows) continue;
        f.row -= (int32_t)p->row;
        faults[out->n_faults++] = f;
    }
    out->faults = faults;
    return CM_OK;
}

static cm_status check_batch(const cmi_add *add, const cmi_batch *b, cm_error *err)
{
    if (b->n_rows >= 0 && b->n_columns == add->n_inputs && b->n_rows < INT32_MAX) return CM_OK;
    return cmi_fail(err, CM_ERR_INTERNAL,
                    "%s: a batch of %lld rows and %d columns; %d were announced", add->def->name,
                    (long long)b->n_rows, (int)b->n_columns, (int)add->n_inputs);
}

cm_status cmi_add_append(cmi_add *add, const cmi_batch *batches, int32_t n_batches, cm_error *err)
{
    piece pieces[PIECES];
    cmi_stage stage = { .make = make_piece, .user = pieces };
    int32_t most = add->job.threads * 4 < PIECES ? add->job.threads * 4 : PIECES;
    cm_status s = CM_OK;
    for (int32_t b = 0; b < n_batches && !s; b++) {
        const cmi_batch *batch = &batches[b];
        if ((s = check_batch(add, batch, err)) || (s = cmi_add_sample(add, batch, err))) return s;
        for (int64_t row = 0; row < batch->n_rows && !s; row += BATCH_ROWS) {
            int64_t left = batch->n_rows - row;
            pieces[stage.n_batches++] =
                (piece){ batch, row, left < BATCH_ROWS ? left : BATCH_ROWS };
            if (stage.n_batches < most) continue;
            s = cmi_add_stage(add, &stage, err);
            stage.n_batches = 0;
        }
    }
    if (!s && stage.n_batches > 0) s = cmi_add_stage(add, &stage, err);
    return s ? s : cmi_add_flush(add, err);
}
