/* SPDX-License-Identifier: MIT */
#include "data/meta.h"

#include <string.h>

#include "core/buffer.h"
#include "data/batch.h"
#include "data/table.h"

typedef enum node_kind { NODE_LITERAL, NODE_TEXT, NODE_OBJECT, NODE_ARRAY } node_kind;

struct cmi_meta_node {
    node_kind kind;
    const char *key;  /* NULL in an array */
    const char *text; /* literal, or text as it is; objects and arrays: their JSON, after finish */
    cmi_meta_node *first, *last, *next;
};

struct cmi_meta {
    cm_context *ctx; /* retained */
    cmi_arena arena;
    cmi_meta_node root;
    bool failed, finished;
};

/* Definition 43, in its order. */
static const char *const TOP_KEYS[] = {
    "kpi",     "version",     "library",     "options", "plan_hash", "rows_read", "rows_rejected",
    "pending", "n_customers", "n_anonymous", "ties",    "tz",        "tzdata",    "warnings",
};
enum { N_TOP_KEYS = sizeof TOP_KEYS / sizeof *TOP_KEYS };

cmi_meta *cmi_meta_create(cm_context *ctx)
{
    cmi_meta *meta = cmi_calloc(ctx, 1, sizeof *meta);
    if (!meta) return NULL;
    cmi_context_retain(ctx);
    meta->ctx = ctx;
    cmi_arena_init(&meta->arena, ctx);
    meta->root.kind = NODE_OBJECT;
    for (size_t i = 0; i < N_TOP_KEYS; i++) cmi_meta_null(meta, NULL, TOP_KEYS[i]);
    cmi_meta_array(meta, NULL, "warnings");
    return meta;
}

void cmi_meta_destroy(cmi_meta *meta)
{
    if (!meta) return;
    cm_context *ctx = meta->ctx;
    cmi_arena_destroy(&meta->arena);
    cmi_free(ctx, meta);
    cmi_context_release(ctx);
}

/* ---- writing ---- */

static cmi_meta_node *find_key(const cmi_meta_node *parent, const char *key)
{
    cmi_meta_node *node = parent->first;
    while (node && strcmp(node->key, key) != 0) node = node->next;
    return node;
}

/* The node of that key, made if it is not there; NULL after a failure. */
static cmi_meta_node *open_node(cmi_meta *meta, cmi_meta_node *parent, const char *key)
{
    if (!meta || meta->failed) return NULL;
    if (!parent) parent = &meta->root;
    bool keyed = parent->kind == NODE_OBJECT;
    bool misused = meta->finished || parent->kind < NODE_OBJECT || keyed != (key != NULL);
    cmi_meta_node *node = NULL;
    if (!misused && keyed && (node = find_key(parent, key))) return node;
    if (!misused) node = cmi_arena_alloc(&meta->arena, sizeof *node);
    if (node && keyed) node->key = cmi_arena_text(&meta->arena, key, strlen(key));
    if (!node || (keyed && !node->key)) {
        meta->failed = true;
        return NULL;
    }
    if (parent->last) {
        parent->last->next = node;
    } else {
        parent->first = node;
    }
    parent->last = node;
    return node;
}

static cmi_meta_node *open_parent(cmi_meta *meta, cmi_meta_node *parent, const char *key,
                                  node_kind kind)
{
    cmi_meta_node *node = open_node(meta, parent, key);
    if (!node || node->kind == kind) return node;
    node->kind = kind;
    node->first = node->last = NULL;
    return node;
}

cmi_meta_node *cmi_meta_object(cmi_meta *meta, cmi_meta_node *parent, const char *key)
{
    return open_parent(meta, parent, key, NODE_OBJECT);
}

cmi_meta_node *cmi_meta_array(cmi_meta *meta, cmi_meta_node *parent, const char *key)
{
    return open_parent(meta, parent, key, NODE_ARRAY);
}

static void put_value(cmi_meta *meta, cmi_meta_node *parent, const char *key, node_kind kind,
                      const char *text)
{
    cmi_meta_node *node = open_node(meta, parent, key);
    if (!node) return;
    node->kind = kind;
    node->first = node->last = NULL;
    node->text = cmi_arena_text(&meta->arena, text, strlen(text));
    if (!node->text) meta->failed = true;
}

void cmi_meta_text(cmi_meta *meta, cmi_meta_node *parent, const char *key, const char *text)
{
    if (text) {
        put_value(meta, parent, key, NODE_TEXT, text);
    } else {
        cmi_meta_null(meta, parent, key);
    }
}

void cmi_meta_i64(cmi_meta *meta, cmi_meta_node *parent, const char *key, int64_t value)
{
    char text[CMI_CELL_TEXT];
    cmi_i64_text(value, text);
    put_value(meta, parent, key, NODE_LITERAL, text);
}

void cmi_meta_f64(cmi_meta *meta, cmi_meta_node *parent, const char *key, double value)
{
    char text[CMI_CELL_TEXT] = "null";
    if (value - value == 0) text[cmi_f64_shortest(value, text)] = '\0';
    put_value(meta, parent, key, NODE_LITERAL, text);
}

void cmi_meta_bool(cmi_meta *meta, cmi_meta_node *parent, const char *key, bool value)
{
    put_value(meta, parent, key, NODE_LITERAL, value ? "true" : "false");
}

void cmi_meta_null(cmi_meta *meta, cmi_meta_node *parent, const char *key)
{
    put_value(meta, parent, key, NODE_LITERAL, "null");
}

void cmi_meta_hash(cmi_meta *meta, cmi_meta_node *parent, const char *key, uint64_t hash)
{
    static const char HEX[] = "0123456789abcdef";
    char text[17];
    for (unsigned i = 0; i < 16; i++) text[i] = HEX[hash >> (60 - 4 * i) & 15];
    text[16] = '\0';
    put_value(meta, parent, key, NODE_TEXT, text);
}

void cmi_meta_warn(cmi_meta *meta, const char *text)
{
    cmi_meta_node *warnings = cmi_meta_array(meta, NULL, "warnings");
    if (!warnings) return;
    for (const cmi_meta_node *w = warnings->first; w; w = w->next) {
        if (w->kind == NODE_TEXT && strcmp(w->text, text) == 0) return;
    }
    put_value(meta, warnings, NULL, NODE_TEXT, text);
}

/* ---- freezing: depth first, so that a parent finds its children's JSON ready ---- */

static void put_json(const cmi_meta_node *node, cm_buffer *out)
{
    if (node->kind == NODE_TEXT) {
        cmi_put_json_text(out, node->text, strlen(node->text));
    } else {
        cmi_put_text(out, node->text);
    }
}

static bool freeze(cmi_meta *meta, cmi_meta_node *node, cm_buffer *scratch)
{
    if (node->kind < NODE_OBJECT) return true;
    for (cmi_meta_node *child = node->first; child; child = child->next) {
        /* depth is what the house writes: options, rows by table, rejects by table and reason */
        if (!freeze(meta, child, scratch)) return false;
    }
    int64_t begin = cm_buffer_size(scratch);
    cmi_put_text(scratch, node->kind == NODE_OBJECT ? "{" : "[");
    for (cmi_meta_node *child = node->first; child; child = child->next) {
        if (child != node->first) cmi_put_text(scratch, ",");
        if (child->key) {
            cmi_put_json_text(scratch, child->key, strlen(child->key));
            cmi_put_text(scratch, ":");
        }
        put_json(child, scratch);
    }
    cmi_put_text(scratch, node->kind == NODE_OBJECT ? "}" : "]");
    if (!cmi_buffer_ok(scratch)) return false;
    const char *json = (const char *)cm_buffer_data(scratch) + begin;
    node->text = cmi_arena_text(&meta->arena, json, (size_t)(cm_buffer_size(scratch) - begin));
    cmi_buffer_truncate(scratch, begin);
    return node->text != NULL;
}

bool cmi_meta_finish(cmi_meta *meta)
{
    if (!meta || meta->failed) return false;
    if (meta->finished) return true;
    cm_buffer *scratch = NULL;
    meta->failed =
        cm_buffer_create(meta->ctx, &scratch, NULL) != CM_OK || !freeze(meta, &meta->root, scratch);
    cm_buffer_destroy(scratch);
    meta->finished = !meta->failed;
    return meta->finished;
}

/* ---- reading ---- */

const char *cmi_meta_json(const cmi_meta *meta)
{
    return meta && meta->finished ? meta->root.text : "{}";
}

static const cmi_meta_node *find_path(const cmi_meta_node *parent, const char *path)
{
    if (parent->kind != NODE_OBJECT) return NULL;
    for (const cmi_meta_node *child = parent->first; child; child = child->next) {
        size_t n = strlen(child->key); /* keys may hold points themselves */
        if (strncmp(child->key, path, n) != 0) continue;
        if (path[n] == '\0') return child;
        const cmi_meta_node *found = path[n] == '.' ? find_path(child, path + n + 1) : NULL;
        if (found) return found;
    }
    return NULL;
}

const char *cmi_meta_get(const cmi_meta *meta, const char *path)
{
    const cmi_meta_node *node = meta && meta->finished ? find_path(&meta->root, path) : NULL;
    if (!node) return NULL;
    bool null = node->kind == NODE_LITERAL && strcmp(node->text, "null") == 0;
    return null ? "" : node->text;
}
