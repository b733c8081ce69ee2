/* SPDX-License-Identifier: MIT */
#define _DEFAULT_SOURCE /* getentropy */
#include "core/intern.h"

#include <string.h>
#include <unistd.h>

#include "core/dict.h"
#include "core/hash.h"
#include "core/memory.h"

/* 16 bytes a slot, four to a cache line. `tag` is 30 bits of the hash and the class of the length;
 * `word` decides almost every comparison, and says where a long text lies, so that a hit costs at
 * most two cache misses: the slot and the text. */
typedef struct slot {
    uint32_t tag;
    uint32_t code; /* 0: empty */
    uint64_t word; /* up to 7 bytes: they and their number; 8 bytes: they; more: see LONG_ */
} slot;

enum { CLASS_SHORT, CLASS_EIGHT, CLASS_LONG };

/* Word of a long text: 12 more bits of the hash, 12 bits of the length (all set: it does not fit),
 * 40 bits of the offset. */
#define LONG_OFFSET ((UINT64_C(1) << 40) - 1)
#define LONG_LENGTH UINT64_C(0xfff)

#define FIRST_SLOTS ((uint64_t)64)
/* Below load 5/8 a good hash never comes near; texts made to collide do, and then get a new hash.
 */
#define TOO_MANY_PROBES 192

struct cmi_intern {
    cm_context *ctx;
    slot *slots;
    uint64_t n_slots; /* power of two */
    int log2_slots;
    uint64_t seed; /* 0: the caller's hash is used */
    int64_t count;
    uint64_t *end; /* text of code c is bytes[end[c-1] .. end[c]); end[0] = 0 */
    int64_t end_capacity;
    char *bytes;
    int64_t bytes_capacity;
};

typedef struct probe {
    uint32_t tag;
    uint64_t word;
    const char *p;
    size_t n;
} probe;

uint64_t cmi_random_seed(const void *anything)
{
    uint64_t seed = 0;
    if (getentropy(&seed, sizeof seed) != 0) seed = cmi_mix((uint64_t)(uintptr_t)anything);
    return seed | 1;
}

static uint64_t load_bytes(const char *p, size_t n)
{
    uint64_t word = 0;
    if (n) memcpy(&word, p, n);
    return word;
}

static probe make_probe(const cmi_intern *in, const char *p, size_t n, uint64_t hash)
{
    if (in->seed) hash = cmi_hash_seeded(p, n, in->seed);
    uint32_t high = (uint32_t)(hash >> 34) << 2;
    if (n > 8) {
        uint64_t length = n < LONG_LENGTH ? n : LONG_LENGTH;
        return (probe){ high | CLASS_LONG, (hash & 0xfff) << 52 | length << 40, p, n };
    }
    if (n == 8) return (probe){ high | CLASS_EIGHT, load_bytes(p, 8), p, n };
    /* The text fills at most 7 of the 8 bytes in memory order; the number goes into the last. */
    char packed[8] = { 0 };
    if (n) memcpy(packed, p, n);
    packed[7] = (char)n;
    return (probe){ high | CLASS_SHORT, load_bytes(packed, 8), p, n };
}

/* The slot comes from the same 30 bits as the tag, so growing needs no text; above 2^30 slots they
 * are spread with gaps, which is slower but right. */
static uint64_t home_of(uint32_t tag, int log2_slots)
{
    uint64_t high = tag >> 2;
    return log2_slots <= 30 ? high >> (30 - log2_slots) : high << (log2_slots - 30);
}

static bool is_match(const cmi_intern *in, const slot *s, const probe *q)
{
    if (s->tag != q->tag) return false;
    if ((q->tag & 3) != CLASS_LONG) return s->word == q->word;
    if ((s->word & ~LONG_OFFSET) != q->word) return false;
    uint64_t begin = s->word & LONG_OFFSET;
    if (q->n >= LONG_LENGTH && in->end[s->code] - begin != q->n) return false;
    return memcmp(in->bytes + begin, q->p, q->n) == 0;
}

/* The slot that holds the text, or the empty one where it belongs. */
static slot *find_slot(const cmi_intern *in, const probe *q, int64_t *probes)
{
    uint64_t mask = in->n_slots - 1, i = home_of(q->tag, in->log2_slots);
    *probes = 1;
    while (in->slots[i].code && !is_match(in, &in->slots[i], q)) {
        i = (i + 1) & mask;
        ++*probes;
    }
    return &in->slots[i];
}

static slot make_slot(const probe *q, uint32_t code, uint64_t begin)
{
    bool is_long = (q->tag & 3) == CLASS_LONG;
    return (slot){ q->tag, code, is_long ? q->word | begin : q->word };
}

static void place(slot *slots, uint64_t mask, int log2_slots, slot s)
{
    uint64_t i = home_of(s.tag, log2_slots);
    while (slots[i].code) i = (i + 1) & mask;
    slots[i] = s;
}

static bool resize(cmi_intern *in, uint64_t n_slots, int log2_slots)
{
    slot *fresh = cmi_calloc(in->ctx, n_slots, sizeof *fresh);
    if (!fresh) return false;
    for (uint64_t i = 0; i < in->n_slots; i++)
        if (in->slots[i].code) place(fresh, n_slots - 1, log2_slots, in->slots[i]);
    cmi_free(in->ctx, in->slots);
    in->slots = fresh;
    in->n_slots = n_slots;
    in->log2_slots = log2_slots;
    return true;
}

/* Fills the slots anew from the texts under the seed; needs no memory, so it cannot fail. */
static void rebuild(cmi_intern *in)
{
    memset(in->slots, 0, in->n_slots * sizeof *in->slots);
    for (int64_t c = 1; c <= in->count; c++) {
        uint64_t begin = in->end[c - 1];
        probe q = make_probe(in, in->bytes + begin, in->end[c] - begin, 0);
        slot s = make_slot(&q, (uint32_t)c, begin);
        place(in->slots, in->n_slots - 1, in->log2_slots, s);
    }
}

cmi_intern *cmi_intern_create(cm_context *ctx)
{
    cmi_intern *in = cmi_calloc(ctx, 1, sizeof *in);
    if (!in) return NULL;
    in->ctx = ctx;
    cmi_context_retain(ctx);
    if (!resize(in, FIRST_SLOTS, 6) ||
        !cmi_grow(ctx, (void **)&in->end, &in->end_capacity, 2, sizeof *in->end) ||
        !cmi_grow(ctx, (void **)&in->bytes, &in->bytes_capacity, 1, 1)) {
        cmi_intern_destroy(in);
        return NULL;
    }
    in->end[0] = 0;
    return in;
}

void cmi_intern_destroy(cmi_intern *in)
{
    if (!in) return;
    cm_context *ctx = in->ctx;
    cmi_free(ctx, in->slots);
    cmi_free(ctx, in->end);
    cmi_free(ctx, in->bytes);
    cmi_free(ctx, in);
    cmi_context_release(ctx);
}

static bool make_room(cmi_intern *in, size_t n)
{
    if (in->count >= UINT32_MAX - 1 || n > LONG_OFFSET - in->end[in->count]) return false;
    return cmi_grow(in->ctx, (void **)&in->end, &in->end_capacity, in->count + 2,
                    sizeof *in->end) &&
           cmi_grow(in->ctx, (void **)&in->bytes, &in->bytes_capacity,
                    (int64_t)in->end[in->count] + (int64_t)n, 1);
}

uint32_t cmi_intern_add(cmi_intern *in, const char *p, size_t n, uint64_t hash)
{
    int64_t probes;
    probe q = make_probe(in, p, n, hash);
    slot *s = find_slot(in, &q, &probes);
    if (s->code) return s->code;
    if (!make_room(in, n)) return 0;
    bool flooded = probes > TOO_MANY_PROBES && !in->seed;
    if (flooded) {
        in->seed = cmi_random_seed(in->slots);
        rebuild(in);
    }
    bool full = (uint64_t)in->count + 1 > in->n_slots / 8 * 5;
    if (full && !resize(in, in->n_slots * 2, in->log2_slots + 1)) return 0;
    if (flooded || full) {
        q = make_probe(in, p, n, hash);
        s = find_slot(in, &q, &probes);
    }
    uint64_t begin = in->end[in->count];
    if (n) memcpy(in->bytes + begin, p, n);
    in->end[++in->count] = begin + n;
    *s = make_slot(&q, (uint32_t)in->count, begin);
    return s->code;
}

void cmi_intern_prefetch(const cmi_intern *in, uint64_t hash)
{
    __builtin_prefetch(&in->slots[home_of((uint32_t)(hash >> 34) << 2, in->log2_slots)]);
}

uint32_t cmi_intern_find(const cmi_intern *in, const char *p, size_t n, uint64_t hash)
{
    int64_t probes;
    probe q = make_probe(in, p, n, hash);
    return find_slot(in, &q, &probes)->code;
}

int64_t cmi_intern_count(const cmi_intern *in)
{
    return in->count;
}

const char *cmi_intern_text(const cmi_intern *in, uint32_t code, size_t *length)
{
    if (code == 0 || code > in->count) {
        *length = 0;
        return "";
    }
    *length = in->end[code] - in->end[code - 1];
    return in->bytes + in->end[code - 1];
}

double cmi_intern_probes(const cmi_intern *in)
{
    uint64_t sum = 0;
    for (uint64_t i = 0; i < in->n_slots; i++) {
        if (!in->slots[i].code) continue;
        sum += ((i - home_of(in->slots[i].tag, in->log2_slots)) & (in->n_slots - 1)) + 1;
    }
    return in->count ? (double)sum / (double)in->count : 0;
}

/* Linear probing leaves no holes behind: the slots that stay are placed anew, in place, run by run.
 */
void cmi_intern_truncate(cmi_intern *in, int64_t count)
{
    if (count < 0 || count >= in->count) return;
    uint64_t mask = in->n_slots - 1;
    for (uint64_t i = 0; i < in->n_slots; i++)
        if (in->slots[i].code > count) in->slots[i].code = 0;
    in->count = count;
    /* Start behind an empty slot, so that no run wraps around the place where the walk begins. */
    uint64_t first = 0;
    while (in->slots[first].code) first++;
    for (uint64_t k = 1; k <= in->n_slots; k++) {
        uint64_t i = (first + k) & mask;
        slot s = in->slots[i];
        if (!s.code) continue;
        in->slots[i].code = 0;
        place(in->slots, mask, in->log2_slots, s);
    }
}

cmi_texts cmi_intern_texts(const cmi_intern *in)
{
    return (cmi_texts){ in->bytes, in->end, in->count };
}

cm_context *cmi_intern_context(const cmi_intern *in)
{
    return in->ctx;
}

void cmi_intern_drop_index(cmi_intern *in)
{
    cmi_free(in->ctx, in->slots);
    in->slots = NULL;
    in->n_slots = 0;
}
