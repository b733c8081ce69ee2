/* SPDX-License-Identifier: MIT
 *
 * Arrow batches of orders and events with hostile contents: the bytes choose types, nulls, slices
 * and values. Sizes of buffers are honest, as the interface has no way to tell them; everything
 * that can be checked (indices, offsets, views, formats, numbers) lies as it likes. Buffers are of
 * exact size, so that reading beyond them shows.
 */
#include "fuzz.h"

#include <stdio.h>

enum { MOST_COLUMNS = 8, MOST_ROWS = 40 };

typedef struct input {
    const uint8_t *p;
    size_t left;
} input;

static uint8_t take(input *in)
{
    if (!in->left) return 0;
    in->left--;
    return *in->p++;
}

static void *take_bytes(input *in, size_t n)
{
    uint8_t *bytes = malloc(n + (n == 0));
    for (size_t i = 0; i < n; i++) bytes[i] = take(in);
    return bytes;
}

static void release_schema(struct ArrowSchema *s)
{
    for (int64_t i = 0; i < s->n_children; i++) {
        if (s->children[i]->release) s->children[i]->release(s->children[i]);
        free(s->children[i]);
    }
    free(s->children);
    if (s->dictionary) {
        if (s->dictionary->release) s->dictionary->release(s->dictionary);
        free(s->dictionary);
    }
    free((void *)(uintptr_t)s->format);
    s->release = NULL;
}

static void release_array(struct ArrowArray *a)
{
    for (int64_t i = 0; i < a->n_children; i++) {
        if (a->children[i]->release) a->children[i]->release(a->children[i]);
        free(a->children[i]);
    }
    free(a->children);
    if (a->dictionary) {
        if (a->dictionary->release) a->dictionary->release(a->dictionary);
        free(a->dictionary);
    }
    for (int i = 0; i < 4 && a->buffers; i++) free((void *)(uintptr_t)a->buffers[i]);
    free(a->buffers);
    a->release = NULL;
}

static void make_schema(struct ArrowSchema *s, const char *format, const char *name)
{
    *s = (struct ArrowSchema){ .format = strdup(format),
                               .name = name,
                               .flags = ARROW_FLAG_NULLABLE,
                               .release = release_schema };
}

/* A text array: offsets anywhere within the data. */
static void make_offsets(input *in, struct ArrowArray *a, int64_t n, size_t width)
{
    size_t bytes = take(in);
    uint8_t *offsets = calloc((size_t)n + 1, width);
    for (int64_t i = 0; i <= n; i++) {
        int64_t at = take(in) % (int64_t)(bytes + 1);
        if (take(in) < 200) at = (int64_t)bytes * i / (n + 1); /* mostly rising */
        memcpy(offsets + (size_t)i * width, &at, width);
    }
    a->buffers[1] = offsets;
    a->buffers[2] = take_bytes(in, bytes);
    a->n_buffers = 3;
}

/* Views: 16 bytes each, then data buffers, then their lengths. */
static void make_views(input *in, struct ArrowArray *a, int64_t n)
{
    size_t bytes = take(in);
    int64_t *lengths = malloc(sizeof *lengths);
    *lengths = (int64_t)bytes;
    a->buffers[1] = take_bytes(in, (size_t)n * 16);
    a->buffers[2] = take_bytes(in, bytes);
    a->buffers[3] = lengths;
    a->n_buffers = 4;
}

static size_t width_of(const char *format)
{
    static const struct {
        const char *format;
        size_t width;
    } widths[] = { { "c", 1 },   { "C", 1 },   { "s", 2 },   { "S", 2 },   { "i", 4 },
                   { "I", 4 },   { "l", 8 },   { "L", 8 },   { "e", 2 },   { "f", 4 },
                   { "g", 8 },   { "tdD", 4 }, { "tdm", 8 }, { "tts", 4 }, { "ttm", 4 },
                   { "ttu", 8 }, { "ttn", 8 }, { "tDs", 8 } };
    for (size_t i = 0; i < sizeof widths / sizeof *widths; i++)
        if (strcmp(widths[i].format, format) == 0) return widths[i].width;
    if (strncmp(format, "ts", 2) == 0) return 8;
    if (strncmp(format, "d:", 2) == 0) return strstr(format, ",256") ? 32 : 16;
    return 0;
}

static const char *const FORMATS[] = {
    "c",    "C",     "s",          "S",       "i",         "I",       "l",
    "L",    "f",     "g",          "e",       "b",         "u",       "U",
    "vu",   "z",     "tdD",        "tdm",     "tss:",      "tsm:UTC", "tsu:Europe/Paris",
    "tsn:", "d:9,2", "d:38,0,128", "d:20,-3", "d:5,9,256", "n",       "tts",
    "tsq:", "d:x",   "w:3",        "+l",      "tDs"
};

static void make_array(input *in, struct ArrowArray *a, const char *format, int64_t n, int depth);

static void make_column(input *in, struct ArrowSchema *s, struct ArrowArray *a, const char *name,
                        int64_t n)
{
    const char *format = FORMATS[take(in) % (sizeof FORMATS / sizeof *FORMATS)];
    make_schema(s, format, name);
    make_array(in, a, format, n, 0);
    if (width_of(format) > 8 || !width_of(format) || take(in) > 60) return;
    /* An integer column becomes a dictionary's indices. */
    const char *values = FORMATS[take(in) % (sizeof FORMATS / sizeof *FORMATS)];
    s->dictionary = malloc(sizeof *s->dictionary);
    a->dictionary = malloc(sizeof *a->dictionary);
    make_schema(s->dictionary, values, "");
    make_array(in, a->dictionary, values, take(in) % 6, 1);
}

static void make_array(input *in, struct ArrowArray *a, const char *format, int64_t n, int depth)
{
    int64_t offset = take(in) % 4, whole = n + offset;
    *a = (struct ArrowArray){ .length = n,
                              .offset = offset,
                              .null_count = take(in) & 1 ? -1 : 0,
                              .buffers = calloc(4, sizeof(void *)),
                              .release = release_array };
    bool nulls = take(in) & 1;
    a->n_buffers = 2;
    if (nulls) a->buffers[0] = take_bytes(in, (size_t)(whole + 7) / 8);
    if (strcmp(format, "u") == 0 || strcmp(format, "z") == 0)
        make_offsets(in, a, whole, 4);
    else if (strcmp(format, "U") == 0)
        make_offsets(in, a, whole, 8);
    else if (strcmp(format, "vu") == 0)
        make_views(in, a, whole);
    else if (strcmp(format, "b") == 0)
        a->buffers[1] = take_bytes(in, (size_t)(whole + 7) / 8);
    else if (width_of(format))
        a->buffers[1] = take_bytes(in, (size_t)whole * width_of(format));
    else
        a->n_buffers = strcmp(format, "n") == 0 ? 0 : 1;
    (void)depth;
}

/* ---- the stream ---- */

typedef struct stream {
    struct ArrowSchema schema;
    struct ArrowArray array;
    bool schema_gone, array_gone;
} stream;

static int get_schema(struct ArrowArrayStream *s, struct ArrowSchema *out)
{
    stream *own = s->private_data;
    if (own->schema_gone) return 5;
    *out = own->schema;
    own->schema_gone = true;
    return 0;
}

static int get_next(struct ArrowArrayStream *s, struct ArrowArray *out)
{
    stream *own = s->private_data;
    memset(out, 0, sizeof *out);
    if (own->array_gone) return 0;
    *out = own->array;
    own->array_gone = true;
    return 0;
}

static const char *get_last_error(struct ArrowArrayStream *s)
{
    (void)s;
    return "no more";
}

static void release_stream(struct ArrowArrayStream *s)
{
    stream *own = s->private_data;
    if (!own->schema_gone) release_schema(&own->schema);
    if (!own->array_gone) release_array(&own->array);
    free(own);
    s->release = NULL;
}

static void make_stream(input *in, const char *const *names, int n_names,
                        struct ArrowArrayStream *out)
{
    stream *own = calloc(1, sizeof *own);
    int64_t n = take(in) % MOST_ROWS;
    make_schema(&own->schema, "+s", "");
    own->schema.flags = 0;
    own->schema.n_children = own->array.n_children = n_names;
    own->schema.children = calloc((size_t)n_names, sizeof(void *));
    own->array.children = calloc((size_t)n_names, sizeof(void *));
    own->array.buffers = calloc(4, sizeof(void *));
    own->array.n_buffers = 1;
    own->array.length = n;
    own->array.release = release_array;
    for (int i = 0; i < n_names; i++) {
        own->schema.children[i] = malloc(sizeof(struct ArrowSchema));
        own->array.children[i] = malloc(sizeof(struct ArrowArray));
        make_column(in, own->schema.children[i], own->array.children[i], names[i], n);
    }
    *out = (struct ArrowArrayStream){ get_schema, get_next, get_last_error, release_stream, own };
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const orders[] = { "customer", "time",     "amount", "order",
                                          "product",  "quantity", "channel" };
    static const char *const events[] = { "time", "name", "customer", "session", "value", "pages" };
    input in = { data, size };
    struct ArrowArrayStream s;
    cm_loader *loader;
    cm_dataset *ds;
    cm_context *ctx = fuzz_context();
    bool first = take(&in) & 1;
    if (first)
        make_stream(&in, orders, 7, &s);
    else
        make_stream(&in, events, 6, &s);
    if (cm_loader_create(ctx, NULL, NULL, &loader, NULL) == CM_OK) {
        cm_loader_add_arrow(loader, first ? "orders" : "events", &s, NULL, NULL, NULL);
        fuzz_must(!s.release, "the stream was released");
        if (cm_loader_seal(loader, NULL, &ds, NULL) == CM_OK) cm_dataset_destroy(ds);
        cm_loader_destroy(loader);
    } else {
        s.release(&s);
    }
    fuzz_must(cm_context_memory(ctx) == 0, "nothing is leaked");
    cm_context_destroy(ctx);
    return 0;
}
