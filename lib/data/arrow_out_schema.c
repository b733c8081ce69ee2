/* SPDX-License-Identifier: MIT */
#include "data/arrow_out.h"

#include <string.h>

#include "core/buffer.h"

/* Schemas live apart from arrays and stream: each holds a reference to the table, whose texts it
 * shows. */

enum { MAX_FORMAT = 80 };

typedef struct schema_owner {
    const cm_table *table;
    char format[MAX_FORMAT];
    cm_buffer *metadata;
    struct ArrowSchema *children;
    struct ArrowSchema **pointers;
} schema_owner;

static void release_schema(struct ArrowSchema *schema)
{
    schema_owner *owner = schema->private_data;
    for (int64_t i = 0; i < schema->n_children; i++) {
        struct ArrowSchema *child = schema->children[i];
        if (child->release) child->release(child);
    }
    const cm_table *table = owner->table;
    cm_context *ctx = table->ctx;
    cm_buffer_destroy(owner->metadata);
    cmi_free(ctx, owner->children);
    cmi_free(ctx, owner->pointers);
    cmi_free(ctx, owner);
    schema->release = NULL;
    cmi_table_release(table); /* last: the context may go with it */
}

/* ---- metadata: native-endian int32 counts and lengths, as the C data interface fixes them ---- */

static void put_native(cm_buffer *out, int32_t v)
{
    cmi_put_bytes(out, &v, sizeof v);
}

static void put_pair(cm_buffer *out, const char *key, const char *value)
{
    size_t n_key = strlen(key), n_value = strlen(value);
    put_native(out, (int32_t)n_key);
    cmi_put_bytes(out, key, n_key);
    put_native(out, (int32_t)n_value);
    cmi_put_bytes(out, value, n_value);
}

static cm_buffer *make_metadata(const cm_table *table, const cmi_table_column *column)
{
    cm_buffer *out = NULL;
    if (cm_buffer_create(table->ctx, &out, NULL) != CM_OK) return NULL;
    if (column) {
        put_native(out, 4);
        put_pair(out, "unit", column->unit);
        put_pair(out, "description", column->doc);
        put_pair(out, "additivity", column->additivity);
        put_pair(out, "key", column->is_key ? "true" : "false");
    } else {
        put_native(out, 2);
        put_pair(out, "name", table->name);
        put_pair(out, "description", table->doc);
    }
    if (cmi_buffer_ok(out)) return out;
    cm_buffer_destroy(out);
    return NULL;
}

/* ---- formats ---- */

static void append(char text[MAX_FORMAT], const char *tail)
{
    size_t used = strlen(text), n = strlen(tail);
    if (used + n < MAX_FORMAT) memcpy(text + used, tail, n + 1);
}

static void write_format(const cmi_table_column *column, char text[MAX_FORMAT])
{
    static const char *const PLAIN[] = {
        [CM_TYPE_I64] = "l",          [CM_TYPE_F64] = "g",  [CM_TYPE_MONEY] = "d:38,",
        [CM_TYPE_TEXT] = "U",         [CM_TYPE_BOOL] = "b", [CM_TYPE_DATE] = "tdD",
        [CM_TYPE_TIMESTAMP] = "tsu:",
    };
    text[0] = '\0';
    append(text, PLAIN[column->type]);
    if (column->type == CM_TYPE_MONEY) {
        char scale[CMI_CELL_TEXT];
        cmi_i64_text(column->scale, scale);
        append(text, scale);
    } else if (column->type == CM_TYPE_TIMESTAMP) {
        append(text, cmi_tz_name(column->tz));
    }
}

static schema_owner *begin_schema(const cm_table *table, const cmi_table_column *column,
                                  struct ArrowSchema *out)
{
    schema_owner *owner = cmi_calloc(table->ctx, 1, sizeof *owner);
    if (!owner) return NULL;
    cmi_table_retain(table);
    owner->table = table;
    owner->metadata = make_metadata(table, column);
    *out = (struct ArrowSchema){
        .format = owner->format,
        .name = column ? column->name : "",
        .metadata = cm_buffer_data(owner->metadata),
        .flags = column ? ARROW_FLAG_NULLABLE : 0,
        .release = release_schema,
        .private_data = owner,
    };
    if (owner->metadata) return owner;
    release_schema(out);
    return NULL;
}

bool cmi_arrow_export_schema(const cm_table *table, struct ArrowSchema *out)
{
    struct ArrowSchema schema;
    schema_owner *owner = begin_schema(table, NULL, &schema);
    if (!owner) return false;
    append(owner->format, "+s");
    size_t n = (size_t)table->n_columns;
    owner->children = cmi_calloc(table->ctx, n, sizeof *owner->children);
    owner->pointers = cmi_calloc(table->ctx, n, sizeof *owner->pointers);
    bool ok = owner->children && owner->pointers;
    schema.children = owner->pointers;
    for (int32_t c = 0; c < table->n_columns && ok; c++) {
        owner->pointers[c] = &owner->children[c];
        schema_owner *child = begin_schema(table, &table->columns[c], owner->pointers[c]);
        if (child) write_format(&table->columns[c], child->format);
        ok = child != NULL;
        schema.n_children += ok;
    }
    if (ok) {
        *out = schema;
    } else {
        release_schema(&schema);
    }
    return ok;
}
