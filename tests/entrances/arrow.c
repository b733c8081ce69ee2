/* SPDX-License-Identifier: MIT */
#include "entrances.h"

#include <stdlib.h>
#include <string.h>

/* Columns as Arrow arrays. The values of a whole stream lie behind PAD rows of rubbish in one array
 * a column; batches are slices of them, by their own offset and by that of their children. */

enum { PAD = 3, MAX_BATCHES = 8, MAX_PIECES = 512 };

typedef struct batch {
    struct ArrowArray array, child[FACT_COLUMNS];
    struct ArrowArray *pointer[FACT_COLUMNS];
    const void *validity[1];
} batch;

typedef struct field {
    struct ArrowSchema schema, values;
    struct ArrowArray dictionary;
    const void *buffer[4], *values_buffer[3];
    int n_buffers;
} field;

struct arrow_stream {
    const columns *c;
    spelling how;
    int64_t from, n;
    struct ArrowSchema schema;
    struct ArrowSchema *pointer[FACT_COLUMNS];
    field field[FACT_COLUMNS];
    batch batch[MAX_BATCHES];
    int n_batches, next, live;
    void *piece[MAX_PIECES];
    int n_pieces;
};

/* ---- values ---- */

static void *piece(arrow_stream *s, size_t size)
{
    assert_true(s->n_pieces < MAX_PIECES);
    void *p = s->piece[s->n_pieces++] = malloc(size + 1);
    memset(p, 0x55, size + 1);
    return p;
}

static size_t n_values(const arrow_stream *s)
{
    return (size_t)(PAD + s->n);
}

static const void *make_validity(arrow_stream *s, const column *c)
{
    uint8_t *bits = piece(s, n_values(s) / 8 + 1);
    for (int64_t i = 0; i < s->n; i++) {
        int64_t at = PAD + i;
        bits[at / 8] = (uint8_t)(bits[at / 8] & ~(1 << at % 8));
        if (c->valid[s->from + i]) bits[at / 8] = (uint8_t)(bits[at / 8] | 1 << at % 8);
    }
    return bits;
}

/* Offsets of 4 or 8 bytes, and bytes. */
static void make_texts(arrow_stream *s, const column *c, bool wide, const void *out[2])
{
    int32_t *narrow = piece(s, (n_values(s) + 1) * 4);
    int64_t *offset = piece(s, (n_values(s) + 1) * 8), end = 0;
    char *bytes = piece(s, n_values(s) * CELL_TEXT);
    for (int64_t i = 0; i <= PAD; i++) narrow[i] = 0, offset[i] = 0;
    for (int64_t i = 0; i < s->n; i++) {
        const char *text = c->text[s->from + i];
        memcpy(bytes + end, text, strlen(text));
        end += (int64_t)strlen(text);
        narrow[PAD + i + 1] = (int32_t)end;
        offset[PAD + i + 1] = end;
    }
    out[0] = wide ? (const void *)offset : narrow;
    out[1] = bytes;
}

static void make_views(arrow_stream *s, const column *c, const void *out[3])
{
    char *view = piece(s, n_values(s) * 16), *bytes = piece(s, n_values(s) * CELL_TEXT);
    int64_t *size = piece(s, 8);
    int32_t end = 0;
    for (int64_t i = 0; i < s->n; i++) {
        const char *text = c->text[s->from + i];
        int32_t n = (int32_t)strlen(text), word[4] = { n, 0, 0, end };
        if (n > 12) memcpy(&word[1], text, 4);
        memcpy(view + (PAD + i) * 16, word, 16);
        if (n <= 12) memcpy(view + (PAD + i) * 16 + 4, text, (size_t)n);
        memcpy(bytes + end, text, (size_t)n);
        end += n;
    }
    *size = end;
    out[0] = view;
    out[1] = bytes;
    out[2] = size;
}

/* Index of the first equal text among all texts, which are the dictionary. */
static const void *make_indices(arrow_stream *s, const column *c)
{
    int32_t *index = piece(s, n_values(s) * 4);
    for (int64_t i = 0; i < s->n; i++) {
        int64_t k = 0;
        while (strcmp(c->text[s->from + k], c->text[s->from + i]) != 0) k++;
        index[PAD + i] = c->valid[s->from + i] ? (int32_t)(PAD + k) : 1 << 30;
    }
    return index;
}

static const void *make_wholes(arrow_stream *s, const column *c, int width, int64_t times)
{
    char *v = piece(s, n_values(s) * (size_t)width);
    for (int64_t i = 0; i < s->n; i++) {
        const fact_cell *cell = c->cell[s->from + i];
        if (!c->valid[s->from + i]) continue;
        int64_t word[2] = { times < 0 ? cell->v / -times : cell->v * times, cell->v < 0 ? -1 : 0 };
        memcpy(v + (PAD + i) * width, word, (size_t)width); /* little-endian, as CI is */
    }
    return v;
}

static const void *make_doubles(arrow_stream *s, const column *c)
{
    double *v = piece(s, n_values(s) * 8);
    for (int64_t i = 0; i < s->n; i++) {
        const fact_cell *cell = c->cell[s->from + i];
        v[PAD + i] = c->kind == FACT_MONEY ? (double)cell->v / 100 : cell->number;
    }
    return v;
}

/* ---- columns ---- */

/* All values lie in lowest .. highest and are multiples of unit. */
static bool fits(const arrow_stream *s, const column *c, int64_t lowest, int64_t highest,
                 int64_t unit)
{
    for (int64_t i = s->from; i < s->from + s->n; i++) {
        int64_t v = c->cell[i]->v;
        if (c->valid[i] && (v < lowest || v > highest || v % unit)) return false;
    }
    return true;
}

static void set_field(field *f, const char *format, int n_buffers, const void *values)
{
    f->schema.format = format;
    f->n_buffers = n_buffers;
    f->buffer[1] = values;
}

static void make_text_field(arrow_stream *s, const column *c, field *f)
{
    if (s->how == AS_DOUBLES) {
        set_field(f, "u", 3, NULL);
        make_texts(s, c, false, &f->buffer[1]);
    } else if (s->how == AS_WALL_CLOCKS) {
        set_field(f, "vu", 4, NULL);
        make_views(s, c, &f->buffer[1]);
    } else {
        set_field(f, "i", 2, make_indices(s, c));
        f->values.format = "U";
        make_texts(s, c, true, &f->values_buffer[1]);
    }
}

static void make_time_field(arrow_stream *s, const column *c, field *f)
{
    if (c->kind == FACT_DATE) {
        bool wide = s->how == AS_DECIMALS;
        set_field(f, wide ? "tdm" : "tdD", 2, make_wholes(s, c, wide ? 8 : 4, wide ? 86400000 : 1));
    } else if (s->how == AS_DOUBLES) {
        set_field(f, "tsu:UTC", 2, make_wholes(s, c, 8, 1));
    } else if (s->how == AS_DECIMALS) {
        set_field(f, "tsn:Europe/Paris", 2, make_wholes(s, c, 8, 1000));
    } else {
        bool coarse = fits(s, c, INT64_MIN, INT64_MAX, 1000000);
        set_field(f, coarse ? "tss:" : "tsu:", 2, make_wholes(s, c, 8, coarse ? -1000000 : 1));
    }
}

static void make_number_field(arrow_stream *s, const column *c, field *f)
{
    if (c->kind == FACT_NUMBER || (c->kind == FACT_MONEY && s->how == AS_DOUBLES)) {
        set_field(f, "g", 2, make_doubles(s, c));
    } else if (c->kind == FACT_MONEY) {
        bool wide = s->how == AS_DECIMALS;
        set_field(f, wide ? "d:19,2" : "d:18,2,64", 2, make_wholes(s, c, wide ? 16 : 8, 1));
    } else if (s->how == AS_WALL_CLOCKS && fits(s, c, INT32_MIN, INT32_MAX, 1)) {
        set_field(f, "i", 2, make_wholes(s, c, 4, 1));
    } else {
        bool positive = s->how == AS_DECIMALS && fits(s, c, 0, INT64_MAX, 1);
        set_field(f, positive ? "L" : "l", 2, make_wholes(s, c, 8, 1));
    }
}

static void release_field(struct ArrowSchema *schema)
{
    schema->release = NULL;
}

static void release_child(struct ArrowArray *array)
{
    array->release = NULL;
}

static void make_field(arrow_stream *s, int index)
{
    const column *c = &s->c->column[index];
    field *f = &s->field[index];
    if (c->kind == FACT_TEXT)
        make_text_field(s, c, f);
    else if (c->kind == FACT_TIME || c->kind == FACT_DATE)
        make_time_field(s, c, f);
    else
        make_number_field(s, c, f);
    f->buffer[0] = make_validity(s, c);
    f->schema.name = c->name;
    f->schema.flags = ARROW_FLAG_NULLABLE;
    f->schema.release = release_field;
    s->pointer[index] = &f->schema;
    if (!f->values.format) return;
    f->values.release = release_field;
    f->schema.dictionary = &f->values;
    f->dictionary = (struct ArrowArray){
        .length = PAD + s->n, .n_buffers = 3, .buffers = f->values_buffer, .release = release_child
    };
}

/* ---- stream ---- */

static void release_array(struct ArrowArray *array)
{
    ((arrow_stream *)array->private_data)->live--;
    array->release = NULL;
}

static void release_schema(struct ArrowSchema *schema)
{
    ((arrow_stream *)schema->private_data)->live--;
    schema->release = NULL;
}

static int get_schema(struct ArrowArrayStream *stream, struct ArrowSchema *out)
{
    arrow_stream *s = stream->private_data;
    s->live++;
    *out = s->schema;
    return 0;
}

static int get_next(struct ArrowArrayStream *stream, struct ArrowArray *out)
{
    arrow_stream *s = stream->private_data;
    *out = (struct ArrowArray){ 0 };
    if (s->next == s->n_batches) return 0;
    s->live++;
    *out = s->batch[s->next++].array;
    return 0;
}

static const char *get_last_error(struct ArrowArrayStream *stream)
{
    (void)stream;
    return NULL;
}

static void release_stream(struct ArrowArrayStream *stream)
{
    ((arrow_stream *)stream->private_data)->live--;
    stream->release = NULL;
}

static void add_batch(arrow_stream *s, int64_t from, int64_t n)
{
    batch *b = &s->batch[s->n_batches];
    int64_t own = s->n_batches % 2 ? PAD : 0; /* either offset, or both */
    for (int i = 0; i < s->c->n_columns; i++) {
        field *f = &s->field[i];
        b->child[i] = (struct ArrowArray){ .length = own + n,
                                           .offset = PAD + from - own,
                                           .null_count = -1,
                                           .n_buffers = f->n_buffers,
                                           .buffers = f->buffer,
                                           .release = release_child };
        if (f->schema.format[0] == 'v') b->child[i].n_buffers = 4;
        if (f->values.format) b->child[i].dictionary = &f->dictionary;
        b->pointer[i] = &b->child[i];
    }
    b->array = (struct ArrowArray){ .length = n,
                                    .offset = own,
                                    .n_buffers = 1,
                                    .buffers = b->validity,
                                    .n_children = s->c->n_columns,
                                    .children = b->pointer,
                                    .release = release_array,
                                    .private_data = s };
    s->n_batches++;
}

arrow_stream *arrow_open(const columns *c, spelling how, int64_t from, int64_t to,
                         struct ArrowArrayStream *out)
{
    static const int64_t sizes[] = { 1, 0, 50, 7, 200 };
    arrow_stream *s = calloc(1, sizeof *s);
    s->c = c;
    s->how = how;
    s->from = from;
    s->n = to - from;
    for (int i = 0; i < c->n_columns; i++) make_field(s, i);
    s->schema = (struct ArrowSchema){ .format = "+s",
                                      .name = "",
                                      .n_children = c->n_columns,
                                      .children = s->pointer,
                                      .release = release_schema,
                                      .private_data = s };
    int64_t at = 0;
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes && at < s->n; i++) {
        int64_t n = s->n - at < sizes[i] ? s->n - at : sizes[i];
        add_batch(s, at, n);
        at += n;
    }
    if (at < s->n) add_batch(s, at, s->n - at);
    s->live = 1;
    *out = (struct ArrowArrayStream){ get_schema, get_next, get_last_error, release_stream, s };
    return s;
}

void arrow_close(arrow_stream *s)
{
    assert_int_equal(s->live, 0);
    for (int i = 0; i < s->n_pieces; i++) free(s->piece[i]);
    free(s);
}
