/* SPDX-License-Identifier: MIT */
#ifndef CMI_DATA_META_H
#define CMI_DATA_META_H

#include "core/memory.h"

/* What made a result: an ordered tree of keys and JSON values. Written by one thread, then frozen.
 *
 * At the top level the keys of definition 43 always come out, in its order (kpi, version, library,
 * options, plan_hash, rows_read, rows_rejected, pending, n_customers, n_anonymous, ties, tz,
 * tzdata, warnings), whatever the order they were put in: never put is null, but warnings is then
 * []. Further keys follow in the order they were put. */
typedef struct cmi_meta cmi_meta;
typedef struct cmi_meta_node cmi_meta_node;

cmi_meta *cmi_meta_create(cm_context *ctx); /* NULL: no memory */
void cmi_meta_destroy(cmi_meta *meta);      /* NULL ok */

/* `parent` NULL is the top level. A key that is there already is replaced; opening an object or
 * array that is there already goes on with it. In an array the key is NULL and the value is
 * appended. The first failure sticks, later calls do nothing; meta NULL ok. Texts are copied. */
cmi_meta_node *cmi_meta_object(cmi_meta *meta, cmi_meta_node *parent, const char *key);
cmi_meta_node *cmi_meta_array(cmi_meta *meta, cmi_meta_node *parent, const char *key);
void cmi_meta_text(cmi_meta *meta, cmi_meta_node *parent, const char *key,
                   const char *text); /* NULL: null */
void cmi_meta_i64(cmi_meta *meta, cmi_meta_node *parent, const char *key, int64_t value);
void cmi_meta_f64(cmi_meta *meta, cmi_meta_node *parent, const char *key,
                  double value); /* not finite: null */
void cmi_meta_bool(cmi_meta *meta, cmi_meta_node *parent, const char *key, bool value);
void cmi_meta_null(cmi_meta *meta, cmi_meta_node *parent, const char *key);
void cmi_meta_hash(cmi_meta *meta, cmi_meta_node *parent, const char *key,
                   uint64_t hash); /* 16 hex digits, as text */
void cmi_meta_warn(cmi_meta *meta,
                   const char *text); /* appends to "warnings", once for equal texts */

/* Freezes: writes the JSON of the whole and of every object and array. false: no memory. */
bool cmi_meta_finish(cmi_meta *meta);
const char *cmi_meta_json(const cmi_meta *meta); /* after finish */
/* "tz", "options.as_of": text as it is, numbers, true, false, "" for null, JSON for objects and
 * arrays; NULL: there is no such entry. */
const char *cmi_meta_get(const cmi_meta *meta, const char *path);

#endif
