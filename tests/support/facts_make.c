/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "facts_make.h"

/* What the random facts are: the tables of facts.h, filled. */

enum { DAYS = 243, CUSTOMERS = 60, GUESTS = 12, ANCHOR = 20 };

/* ---- rows ---- */

fact_table *add_table(making *m, const char *name, bool pooled, const char *columns)
{
    static const char *const words[] = { "customer",
                                         "order",
                                         "time",
                                         "sequence",
                                         "amount",
                                         "product",
                                         "quantity",
                                         "cost",
                                         "discount",
                                         "price",
                                         "coupon",
                                         "channel",
                                         "device",
                                         "campaign",
                                         "name",
                                         "session",
                                         "duration",
                                         "pages",
                                         "value",
                                         "count",
                                         "item",
                                         "other",
                                         "signed_up",
                                         "country",
                                         "vip",
                                         "birth_date",
                                         "score",
                                         "survey",
                                         "question",
                                         "weight",
                                         "start",
                                         "end",
                                         "term",
                                         "plan",
                                         "kind",
                                         "trial",
                                         "reason",
                                         "ticket",
                                         "opened",
                                         "resolved",
                                         "priority",
                                         "schedule",
                                         "reopened",
                                         "replies",
                                         "category",
                                         "purpose",
                                         "visits",
                                         "sent",
                                         "delivered",
                                         "opens",
                                         "clicks",
                                         "clicked",
                                         "experiment",
                                         "variant",
                                         "path",
                                         "conversions",
                                         "nulls",
                                         "frequency",
                                         "recency",
                                         "tenure",
                                         "monetary",
                                         "cohort",
                                         "period",
                                         "n",
                                         "metric",
                                         "mean",
                                         "variance",
                                         "event",
                                         "group",
                                         "entry",
                                         "entity",
                                         "basket",
                                         "series",
                                         "target",
                                         "denominator",
                                         "weekday",
                                         "opens",
                                         "closes",
                                         "date",
                                         "kpi",
                                         "alias",
                                         "since",
                                         "x1",
                                         "x2",
                                         "list_price",
                                         "referred_by",
                                         "valid_from",
                                         "cancelled_at",
                                         "first_response",
                                         "paused_seconds",
                                         "respondent",
                                         "impressions",
                                         "conversions",
                                         "bounced",
                                         "unsubscribed",
                                         "visitors" };
    fact_table *t = &m->set->table[m->set->n_tables++];
    t->name = name;
    t->pooled = pooled;
    m->tick = 0;
    for (const char *p = columns; *p;) {
        size_t n = strcspn(p, ",");
        const char *word = NULL;
        for (size_t i = 0; i < sizeof words / sizeof *words && !word; i++)
            if (strlen(words[i]) == n && memcmp(words[i], p, n) == 0) word = words[i];
        if (!word || t->n_columns == FACT_COLUMNS) abort();
        t->column[t->n_columns++] = word;
        p += n + (p[n] == ',');
    }
    return t;
}

void add_row(fact_table *t)
{
    if (t->n_rows == t->capacity) {
        t->capacity = 2 * t->capacity + 16;
        t->cell = realloc(t->cell, (size_t)(t->capacity * t->n_columns) * sizeof *t->cell);
    }
    memset(t->cell + t->n_rows++ * t->n_columns, 0, sizeof *t->cell * (size_t)t->n_columns);
}

static fact_cell *cell(fact_table *t, const char *column)
{
    fact_cell *c = (fact_cell *)(uintptr_t)facts_cell(t, t->n_rows - 1, column);
    if (!c) abort();
    return c;
}

void set_cell(fact_table *t, const char *column, fact_kind kind, int64_t v)
{
    fact_cell *c = cell(t, column);
    c->kind = kind;
    c->v = v;
}

void set_text(fact_table *t, const char *column, const char *text)
{
    fact_cell *c = cell(t, column);
    c->kind = text && *text ? FACT_TEXT : FACT_NULL;
    snprintf(c->text, sizeof c->text, "%s", text ? text : "");
}

void set_number(fact_table *t, const char *column, double v)
{
    fact_cell *c = cell(t, column);
    c->kind = FACT_NUMBER;
    c->number = v;
}

/* ---- chance ---- */

int64_t below(making *m, int64_t n)
{
    return facts_below(&m->seed, n);
}

bool chance(making *m, int64_t percent)
{
    return below(m, 100) < percent;
}

static const char *pick(making *m, const char *const *list, int64_t n)
{
    return list[below(m, n)];
}
#define PICK(m, list) pick(m, list, (int64_t)(sizeof(list) / sizeof *(list)))

static const char *const CHANNELS[] = { "ads", "email", "organic", "direct", "" };
static const char *const DEVICES[] = { "phone", "tablet", "desktop", "" };
static const char *const CAMPAIGNS[] = { "spring", "summer", "" };
const char *const PRODUCTS[7] = { "apple", "pear", "plum", "fig", "10", "9", "" };
static const char *const COUNTRIES[] = { "FR", "DE", "US", "" };

/* Customer i; some ids are numbers with and without zeros, hold blanks, or leave ASCII. */
const char *customer_id(int64_t i, char out[24])
{
    static const char *const odd[] = { "007", "7", "a b", "\xc3\xa9mile", "17850.0", "-3" };
    if (i < 6) return odd[i];
    snprintf(out, 24, "c%d", (int)i);
    return out;
}

/* A customer of each country who did something of everything at the very first instant, so that the
 * facts of one country begin when all do. */
static bool is_anchor(int64_t i)
{
    return i >= ANCHOR && i < ANCHOR + 3;
}

static bool is_odd(int64_t i, int64_t n)
{
    return i % n == 0;
}

/* An instant; one in eight at midnight, one in twelve around the change to summer time. */
static int64_t any_time(making *m)
{
    int64_t day = below(m, DAYS);
    if (below(m, 12) == 0) day = 151; /* 2024-03-31 */
    if (below(m, 8) == 0) return FIRST + day * DAY;
    return FIRST + day * DAY + below(m, 86400) * SECOND;
}

/* For tables without sequence: no two facts at one instant. */
static int64_t own_time(making *m)
{
    return any_time(m) + ++m->tick;
}

/* ---- the eight tables ---- */

static void make_customers(making *m)
{
    fact_table *t =
        add_table(m, "customers", false,
                  "customer,signed_up,channel,birth_date,referred_by,valid_from,country,vip");
    char id[24], other[24];
    for (int64_t i = 0; i < CUSTOMERS; i++) {
        const char *country = is_anchor(i) ? COUNTRIES[i - ANCHOR] : PICK(m, COUNTRIES);
        int64_t rows = chance(m, 15) ? 2 : 1, joined = FIRST + below(m, DAYS - 20) * DAY + i;
        const char *from = i > 8 && chance(m, 30) ? customer_id(below(m, i), other) : NULL;
        int64_t born = chance(m, 90) ? below(m, 18000) - 5000 : INT64_MIN;
        if (!is_anchor(i) && chance(m, 6)) continue; /* known from facts only */
        for (int64_t k = 0; k < rows; k++) {
            add_row(t);
            set_text(t, "customer", customer_id(i, id));
            if (!is_odd(i, 7)) set_cell(t, "signed_up", FACT_TIME, joined);
            set_text(t, "channel", PICK(m, CHANNELS));
            if (born != INT64_MIN) set_cell(t, "birth_date", FACT_DATE, born);
            set_text(t, "referred_by", from);
            if (k) set_cell(t, "valid_from", FACT_TIME, joined + 60 * DAY);
            set_text(t, "country", country);
            set_cell(t, "vip", FACT_INT, is_odd(i, 5));
        }
    }
}

static const char *const EVENTS[] = { "visit",       "view",     "product_view", "cart",
                                      "add_to_cart", "checkout", "account",      "trial_free",
                                      "trial_paid",  "purchase", "launch",       "share",
                                      "invite",      "sent",     "delivered",    "opened",
                                      "clicked",     "approve" };

static void add_event(making *m, fact_table *t, int64_t i, const char *name, int64_t time)
{
    char id[24], other[24], session[24];
    add_row(t);
    bool known = i < CUSTOMERS;
    /* Some visitors are known only later in their visit. */
    bool in_session = !known || chance(m, 60);
    if (known && !(in_session && chance(m, 15))) set_text(t, "customer", customer_id(i, id));
    snprintf(session, sizeof session, "s%d-%d", (int)i, (int)((time - FIRST) / (2 * DAY)));
    if (in_session) set_text(t, "session", session);
    set_cell(t, "time", FACT_TIME, time);
    set_cell(t, "sequence", FACT_INT, ++m->tick);
    set_text(t, "name", name);
    if (chance(m, 50)) set_cell(t, "duration", FACT_INT, below(m, 900));
    if (chance(m, 50)) set_cell(t, "pages", FACT_INT, below(m, 60));
    if (chance(m, 50)) set_number(t, "value", (double)below(m, 99));
    if (chance(m, 20)) set_cell(t, "count", FACT_INT, 1 + below(m, 4));
    set_text(t, "product", PICK(m, PRODUCTS));
    if (chance(m, 40)) set_text(t, "item", PICK(m, DEVICES));
    if (chance(m, 25)) set_text(t, "other", customer_id(below(m, CUSTOMERS), other));
    set_text(t, "channel", PICK(m, CHANNELS));
    set_text(t, "campaign", PICK(m, CAMPAIGNS));
    set_text(t, "device", PICK(m, DEVICES));
}

static void make_events(making *m)
{
    fact_table *t = add_table(m, "events", false,
                              "customer,session,time,sequence,name,duration,pages,value,count,"
                              "product,item,other,channel,campaign,device");
    static const char *const walk[] = { "visit", "view", "cart", "checkout", "purchase" };
    for (int64_t i = 0; i < CUSTOMERS + GUESTS; i++) {
        int64_t visits = is_odd(i, 9) ? 0 : below(m, 12);
        if (is_anchor(i)) add_event(m, t, i, "visit", FIRST);
        for (int64_t v = 0; v < visits; v++) {
            int64_t time = any_time(m), step = 0;
            for (int64_t n = 1 + below(m, 6); n > 0; n--) {
                const char *name = chance(m, 70) && step < 5 ? walk[step++] : PICK(m, EVENTS);
                add_event(m, t, i, name, time);
                if (chance(m, 80))
                    time += below(m, 40 * 60) * SECOND;
                else if (chance(m, 20))
                    time += 30 * 60 * SECOND;
                else if (chance(m, 30))
                    time += below(m, 9) * DAY;
            }
        }
    }
}

static void make_orders(making *m)
{
    fact_table *t = add_table(m, "orders", false,
                              "customer,order,time,sequence,amount,product,quantity,cost,discount,"
                              "price,coupon,channel,campaign,device");
    char id[24], order[24];
    for (int64_t i = 0; i < CUSTOMERS + GUESTS; i++) {
        int64_t orders = is_odd(i, 10) && !is_anchor(i) ? 0 : chance(m, 40) ? 1 : 1 + below(m, 9);
        for (int64_t o = 0; o < orders; o++) {
            bool first = is_anchor(i) && o == 0;
            int64_t time = first ? FIRST : any_time(m), lines = 1 + below(m, 3);
            const char *channel = PICK(m, CHANNELS), *device = PICK(m, DEVICES);
            bool numbered = chance(m, 85), refund = !first && chance(m, 12);
            snprintf(order, sizeof order, "%s%d", chance(m, 50) ? "o" : "", (int)(i * 100 + o));
            for (int64_t l = 0; l < lines; l++) {
                int64_t quantity = 1 + below(m, 5), price = 50 + below(m, 4000);
                int64_t amount = chance(m, 4) ? 0 : quantity * price;
                if (refund || chance(m, 6)) amount = -amount;
                add_row(t);
                if (i < CUSTOMERS) set_text(t, "customer", customer_id(i, id));
                if (numbered) set_text(t, "order", order);
                set_cell(t, "time", FACT_TIME, time);
                set_cell(t, "sequence", FACT_INT, ++m->tick);
                set_cell(t, "amount", FACT_MONEY, amount);
                set_text(t, "product", PICK(m, PRODUCTS));
                set_cell(t, "quantity", FACT_INT, quantity);
                if (chance(m, 80)) set_cell(t, "cost", FACT_MONEY, amount * 6 / 10);
                if (chance(m, 30)) set_cell(t, "discount", FACT_MONEY, llabs(amount) / 10);
                set_cell(t, "price", FACT_MONEY, price);
                if (chance(m, 20)) set_text(t, "coupon", "SAVE10");
                set_text(t, "channel", channel);
                set_text(t, "campaign", PICK(m, CAMPAIGNS));
                set_text(t, "device", device);
                if (chance(m, 20)) time += below(m, 5 * 86400) * SECOND;
            }
        }
    }
}

static void make_subscriptions(making *m)
{
    static const char *const plans[] = { "basic", "pro", "team" };
    static const char *const trials[] = { "none", "free", "paid", "" };
    static const char *const reasons[] = { "price", "moved", "" };
    static const char *const terms[] = { "1", "12", "1w", "3m", "30d" };
    fact_table *t = add_table(m, "subscriptions", false,
                              "customer,start,end,amount,term,plan,kind,quantity,cancelled_at,"
                              "trial,reason,channel");
    char id[24];
    for (int64_t i = 0; i < CUSTOMERS; i++) {
        if (!is_anchor(i) && chance(m, 50)) continue;
        int64_t start = is_anchor(i) ? FIRST : own_time(m);
        for (int64_t n = 1 + below(m, 3); n > 0; n--) {
            int64_t days = 20 + below(m, 100), end = start + days * DAY;
            add_row(t);
            set_text(t, "customer", customer_id(i, id));
            set_cell(t, "start", FACT_TIME, start);
            if (n > 1 || chance(m, 50)) set_cell(t, "end", FACT_TIME, end);
            set_cell(t, "amount", FACT_MONEY, 500 + below(m, 5000));
            set_text(t, "term", PICK(m, terms));
            set_text(t, "plan", PICK(m, plans));
            set_text(t, "kind", chance(m, 80) ? "plan" : "add_on");
            set_cell(t, "quantity", FACT_INT, 1 + below(m, 3));
            if (chance(m, 30)) set_cell(t, "cancelled_at", FACT_TIME, start + days / 2 * DAY);
            set_text(t, "trial", PICK(m, trials));
            set_text(t, "reason", PICK(m, reasons));
            set_text(t, "channel", PICK(m, CHANNELS));
            start = chance(m, 60) ? end : end + (1 + below(m, 50)) * DAY;
        }
    }
}

static void add_response(making *m, fact_table *t, const char *survey, const char *question,
                         int64_t who, int64_t time)
{
    char id[24];
    int64_t low = *survey == 'n' ? 0 : 1, high = *survey == 'n' ? 10 : 5;
    add_row(t);
    set_text(t, "survey", survey);
    set_cell(t, "time", FACT_TIME, time);
    if (*survey == 'p') set_cell(t, "price", FACT_MONEY, 200 + below(m, 2000));
    if (*survey != 'p' && chance(m, 80))
        set_cell(t, "score", FACT_INT, low + below(m, high - low + 1) + (chance(m, 2) ? 20 : 0));
    if (who < CUSTOMERS) set_text(t, "customer", customer_id(who, id));
    snprintf(id, sizeof id, "r%d", (int)who);
    if (who >= CUSTOMERS) set_text(t, "respondent", id);
    set_text(t, "question", question);
    set_text(t, "product", PICK(m, PRODUCTS));
    set_number(t, "weight", .5 + .25 * (double)below(m, 5));
    set_text(t, "channel", PICK(m, CHANNELS));
}

static void make_responses(making *m)
{
    static const char *const csat[] = { "speed", "price", "overall" };
    static const char *const prices[] = { "too_cheap", "cheap", "expensive", "too_expensive" };
    fact_table *t = add_table(m, "responses", false,
                              "survey,time,score,customer,respondent,question,product,price,weight,"
                              "channel");
    for (int64_t i = 0; i < CUSTOMERS + GUESTS; i++) {
        if (is_anchor(i)) add_response(m, t, "nps", NULL, i, FIRST);
        for (int64_t n = below(m, 3); n > 0; n--) add_response(m, t, "nps", NULL, i, own_time(m));
        int64_t time = own_time(m);
        for (int q = 0; q < 3 && chance(m, 70); q++)
            add_response(m, t, "csat", csat[q], i, time += SECOND);
        for (int q = 0; q < 4 && i % 3 == 0; q++)
            add_response(m, t, "price", prices[q], i, time += SECOND);
    }
}

static void make_tickets(making *m)
{
    static const char *const ways[] = { "phone", "mail", "chat" };
    static const char *const priorities[] = { "high", "low", "" };
    fact_table *t = add_table(m, "tickets", false,
                              "ticket,opened,customer,channel,first_response,resolved,"
                              "paused_seconds,reopened,replies,priority,product,cost,schedule");
    char id[24];
    for (int64_t i = 0; i < 90; i++) {
        int64_t opened = i < 3 ? FIRST : own_time(m),
                answered = opened + below(m, 2 * 86400) * SECOND;
        add_row(t);
        snprintf(id, sizeof id, "t%d", (int)i);
        set_text(t, "ticket", id);
        set_cell(t, "opened", FACT_TIME, opened);
        int64_t who = i < 3 ? ANCHOR + i : below(m, CUSTOMERS);
        if (i < 3 || chance(m, 85)) set_text(t, "customer", customer_id(who, id));
        set_text(t, "channel", PICK(m, ways));
        if (chance(m, 85)) set_cell(t, "first_response", FACT_TIME, answered);
        if (chance(m, 75)) set_cell(t, "resolved", FACT_TIME, answered + below(m, 400000) * SECOND);
        if (chance(m, 20)) set_cell(t, "paused_seconds", FACT_INT, below(m, 7200));
        set_cell(t, "reopened", FACT_INT, chance(m, 10));
        set_cell(t, "replies", FACT_INT, 1 + below(m, 3));
        set_text(t, "priority", PICK(m, priorities));
        set_text(t, "product", PICK(m, PRODUCTS));
        if (chance(m, 80)) set_cell(t, "cost", FACT_MONEY, 100 + below(m, 900));
        set_text(t, "schedule", "office");
    }
}

static void make_spend(making *m)
{
    static const char *const categories[] = { "advertising", "marketing", "sales", "" };
    static const char *const purposes[] = { "acquire", "", "retain", "serve" };
    fact_table *t =
        add_table(m, "spend", false,
                  "start,end,amount,channel,campaign,category,purpose,customer,"
                  "impressions,visits,visitors,sent,delivered,opens,clicks,conversions");
    char id[24];
    for (int64_t i = 0; i < 60; i++) {
        int64_t start = FIRST + below(m, DAYS - 10) * DAY, days = 1 + below(m, 31);
        add_row(t);
        set_cell(t, "start", FACT_TIME, start);
        set_cell(t, "end", FACT_TIME, start + days * DAY);
        set_cell(t, "amount", FACT_MONEY, 1000 + below(m, 90000));
        set_text(t, "channel", PICK(m, CHANNELS));
        set_text(t, "campaign", PICK(m, CAMPAIGNS));
        set_text(t, "category", PICK(m, categories));
        set_text(t, "purpose", PICK(m, purposes));
        if (chance(m, 15)) set_text(t, "customer", customer_id(below(m, CUSTOMERS), id));
        set_cell(t, "impressions", FACT_INT, below(m, 9000));
        set_cell(t, "visits", FACT_INT, below(m, 900));
        set_cell(t, "visitors", FACT_INT, below(m, 500));
        set_cell(t, "sent", FACT_INT, 400 + below(m, 100));
        set_cell(t, "delivered", FACT_INT, 300 + below(m, 100));
        set_cell(t, "opens", FACT_INT, 100 + below(m, 100));
        set_cell(t, "clicks", FACT_INT, below(m, 100));
        set_cell(t, "conversions", FACT_INT, below(m, 20));
    }
}

static void make_assignments(making *m)
{
    fact_table *t = add_table(m, "assignments", false, "customer,experiment,variant,time");
    char id[24];
    for (int64_t i = 0; i < CUSTOMERS; i++) {
        if (chance(m, 15)) continue;
        add_row(t);
        set_text(t, "customer", customer_id(i, id));
        set_text(t, "experiment", "button");
        set_text(t, "variant", chance(m, 50) ? "A" : "B");
        set_cell(t, "time", FACT_TIME, FIRST + below(m, 120) * DAY + ++m->tick);
    }
}

fact_set *facts_make(uint64_t seed)
{
    making m = { calloc(1, sizeof(fact_set)), seed, 0 };
    make_customers(&m);
    make_events(&m);
    make_orders(&m);
    make_subscriptions(&m);
    make_responses(&m);
    make_tickets(&m);
    make_spend(&m);
    make_assignments(&m);
    make_side_tables(&m);
    return m.set;
}
