/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <string.h>

#include "api/run.h"
#include "data/result.h"

/* What made a result (definition 43): all of it stands in the plan and in the states' counters, so
 * that a result of merged parts says the same as one of the whole. */

/* A plan without facts of its own tells what its children read: the same facts, so the most of
 * them. */
static int64_t count_most(const cmi_node *node, const char *what)
{
    int64_t most = cmi_state_counter(node->state, what);

    for (int i = 0; i < node->n_children; i++) {
        int64_t n = count_most(node->child[i], what);
        most = n > most ? n : most;
    }
    return most;
}

static int64_t count_all(const cmi_node *node, const char *what)
{
    int64_t n = cmi_state_counter(node->state, what);
    for (int i = 0; i < node->n_children; i++) n += count_all(node->child[i], what);
    return n;
}

static void put_options(cmi_meta *meta, const cmi_plan *plan)
{
    cmi_meta_node *options = cmi_meta_object(meta, NULL, "options");
    for (int i = 0; i < plan->n_text; i++)
        cmi_meta_text(meta, options, plan->name[i],
                      plan->text[i] && *plan->text[i] ? plan->text[i] : NULL);
}

/* "read.orders": what follows the prefix; NULL: another counter. */
static const char *follow(const char *what, const char *prefix)
{
    size_t n = strlen(prefix);
    return strncmp(what, prefix, n) == 0 ? what + n : NULL;
}

static void put_read(cmi_meta *meta, cmi_meta_node *read, const cmi_node *root,
                     const cmi_node *node)
{
    int64_t n;
    const char *what;

    for (int64_t i = 0; (what = cmi_state_counter_at(node->state, i, &n)); i++) {
        const char *table = follow(what, "read.");
        if (table) cmi_meta_i64(meta, read, table, count_most(root, what));
    }
    for (int i = 0; i < node->n_children; i++) put_read(meta, read, root, node->child[i]);
}

static void put_rejected(cmi_meta *meta, cmi_meta_node *rejected, const cmi_node *root,
                         const cmi_node *node)
{
    int64_t n;
    const char *what;

    for (int64_t i = 0; (what = cmi_state_counter_at(node->state, i, &n)); i++) {
        const char *table = follow(what, "rejected."), *dot = table ? strchr(table, '.') : NULL;
        char name[40];
        if (!dot || (size_t)(dot - table) >= sizeof name) continue;
        memcpy(name, table, (size_t)(dot - table));
        name[dot - table] = '\0';
        cmi_meta_i64(meta, cmi_meta_object(meta, rejected, name), dot + 1, count_most(root, what));
    }
    for (int i = 0; i < node->n_children; i++) put_rejected(meta, rejected, root, node->child[i]);
}

/* What kernels counted under names of their own. */
static void put_counts(cmi_meta *meta, const cmi_node *node)
{
    static const char *const own[] = { "n_customers", "n_anonymous", "ties", "pending" };
    cmi_meta_node *counts = NULL;
    int64_t n;
    const char *what;

    for (int64_t i = 0; (what = cmi_state_counter_at(node->state, i, &n)); i++) {
        bool known = follow(what, "read.") || follow(what, "rejected.") || follow(what, "select.");
        for (size_t k = 0; k < sizeof own / sizeof *own; k++) known |= strcmp(what, own[k]) == 0;
        if (known) continue;
        if (!counts) counts = cmi_meta_object(meta, NULL, "counts");
        cmi_meta_i64(meta, counts, what, n);
    }
}

static void warn_of(cmi_meta *meta, const char *before, const char *text, const char *after)
{
    const char *parts[] = { before, text, after };
    char line[400];
    size_t n = 0;

    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        size_t more = strlen(parts[i]);
        if (more > sizeof line - 1 - n) more = sizeof line - 1 - n;
        memcpy(line + n, parts[i], more);
        n += more;
    }
    /* A cut text must not end within a character. */
    while (n == sizeof line - 1 && n > 0 && (line[n - 1] & 0x80)) n--;
    line[n] = '\0';
    cmi_meta_warn(meta, line);
}

static bool matched(const cmi_state *s, int bit)
{
    char what[12] = "select.";
    size_t n = 7;

    if (bit >= 10) what[n++] = (char)('0' + bit / 10);
    what[n++] = (char)('0' + bit % 10);
    what[n] = '\0';
    return cmi_state_counter(s, what) > 0;
}

static bool has_counter(const cmi_state *s, const char *prefix)
{
    int64_t n;
    const char *what;
    for (int64_t i = 0; (what = cmi_state_counter_at(s, i, &n)); i++)
        if (follow(what, prefix)) return true;
    return false;
}

/* A selector or filter that matched no row is a likely misspelling, and must not pass for "none".
 */
static void warn_of_unmatched(cmi_meta *meta, const cmi_node *node)
{
    const cmi_plan *plan = node->plan;

    if (has_counter(node->state, "select.")) {
        const char *where = cmi_plan_text(plan, "where");
        if (where && *where && !matched(node->state, 0))
            warn_of(meta, "where=", where, " matched no row");
        for (int i = 0; i < plan->n_select; i++) {
            const cmi_select *select = &plan->select[i];
            if (select->kind == 0 && select->selector->text && !matched(node->state, select->bit))
                warn_of(meta, "'", select->selector->text, "' matched no row");
        }
    }
    for (int i = 0; i < node->n_children; i++) warn_of_unmatched(meta, node->child[i]);
}

static void put_labels(cmi_meta *meta, const cmi_plan *plan)
{
    char text[128];

    if (!plan->n_labels) return;
    cmi_meta_node *labels = cmi_meta_object(meta, NULL, "labels");
    for (int i = 0; i < plan->n_labels; i++) {
        const cmi_plan *from = plan->label[i]->plan;
        snprintf(text, sizeof text, "%s.%s", from->kpi->id, from->kpi->label);
        cmi_meta_node *label = cmi_meta_object(meta, labels, text);
        cmi_meta_text(meta, label, "kpi", from->kpi->id);
        cmi_time_print(from->tz, from->common.as_of, text, sizeof text);
        cmi_meta_text(meta, label, "as_of", text);
        cmi_meta_hash(meta, label, "plan_hash", from->hash);
    }
}

void cmi_put_meta(const cmi_node *node, cm_result *result)
{
    cmi_meta *meta = cmi_result_open_meta(result);
    const cmi_plan *plan = node->plan;
    static const char *const days[] = { "monday", "tuesday",  "wednesday", "thursday",
                                        "friday", "saturday", "sunday" };

    put_options(meta, plan);
    cmi_meta_hash(meta, NULL, "plan_hash", plan->hash);
    put_read(meta, cmi_meta_object(meta, NULL, "rows_read"), node, node);
    put_rejected(meta, cmi_meta_object(meta, NULL, "rows_rejected"), node, node);
    cmi_meta_i64(meta, NULL, "pending", count_all(node, "pending"));
    cmi_meta_i64(meta, NULL, "n_customers", count_most(node, "n_customers"));
    cmi_meta_i64(meta, NULL, "n_anonymous", count_most(node, "n_anonymous"));
    cmi_meta_i64(meta, NULL, "ties", count_most(node, "ties"));
    if (plan->tz) {
        cmi_meta_text(meta, NULL, "tz", cmi_tz_name(plan->tz));
        cmi_meta_text(meta, NULL, "tzdata", cmi_tz_version(plan->tz));
    }
    cmi_meta_text(
        meta, NULL, "week_start",
        days[plan->common.week_start >= 0 && plan->common.week_start < 7 ? plan->common.week_start
                                                                         : 0]);
    cmi_meta_i64(meta, NULL, "scale", cmi_plan_scale(plan));
    const char *as_of = cmi_plan_text(plan, "as_of");
    cmi_meta_text(meta, NULL, "as_of", as_of && *as_of ? as_of : NULL);
    put_labels(meta, plan);
    put_counts(meta, node);
    warn_of_unmatched(meta, node);
}
