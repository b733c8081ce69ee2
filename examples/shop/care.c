/* SPDX-License-Identifier: MIT */
/* Subscriptions, surveys and tickets. */
#include "shop.h"

enum { PURPOSE_SUBSCRIPTION = 6 };

typedef struct plan {
    const char *name;
    int64_t amount; /* cents a month */
} plan;
static const plan plans[] = { { "basic", 900 }, { "pro", 1900 } };

static void write_subscription(const shop *s, const customer *c, int64_t from, int64_t to,
                               const plan *p, const char *trial, const char *reason)
{
    FILE *f = s->file[T_SUBSCRIPTIONS];
    bool ends = to < shop_end(s);
    fprintf(f, "c%lld,", (long long)c->id);
    write_time(f, from);
    fputc(',', f);
    if (ends) write_time(f, to);
    fputc(',', f);
    write_money(f, *trial == 'f' ? 0 : p->amount);
    fprintf(f, ",1,%s,plan,%s,%s\n", p->name, trial, ends ? reason : "");
}

/* One customer in five tries the club for 14 days; 60 % of them stay. A month ends 8 % of the
 * memberships, and 4 % of the basic ones turn to pro. Months are 30 days here. */
void simulate_subscriptions(const shop *s, const customer *c)
{
    static const char *const reasons[] = { "price", "unused", "service", "" };
    random_numbers r = random_start(s->seed, PURPOSE_SUBSCRIPTION, (uint64_t)c->id);
    if (!random_permille(&r, 200)) return;
    int64_t time = c->signed_up + random_below(&r, 60) * (int64_t)DAY;
    if (time >= shop_end(s)) return;
    int at = random_permille(&r, 300) ? 1 : 0;
    int64_t trial_end = time + 14 * DAY;
    write_subscription(s, c, time, trial_end, &plans[at], "free", "trial");
    if (!random_permille(&r, 600) || trial_end >= shop_end(s)) return;
    int64_t from = trial_end;
    for (time = from; time < shop_end(s);) {
        time += 30 * DAY;
        bool leaves = random_permille(&r, 80), rises = random_permille(&r, 40) && at == 0;
        const char *reason = reasons[random_below(&r, 4)];
        if (!leaves && !rises) continue;
        write_subscription(s, c, from, time, &plans[at], "none", leaves ? reason : "upgrade");
        if (leaves || time >= shop_end(s)) return;
        at = 1;
        from = time;
    }
    write_subscription(s, c, from, time, &plans[at], "none", "");
}

/* Scores 0 to 10, of 1000 answers: 50 % promoters, 30 % passives, 20 % detractors. */
static const uint32_t nps_weights[11] = { 15, 10, 10, 15, 25, 55, 70, 130, 170, 260, 240 };
static const uint32_t csat_weights[5] = { 60, 80, 160, 380, 320 };

static void write_response(const shop *s, const customer *c, int64_t time, const char *survey,
                           int32_t score, int32_t product_at)
{
    FILE *f = s->file[T_RESPONSES];
    if (time >= shop_end(s)) return;
    fprintf(f, "%s,c%lld,", survey, (long long)c->id);
    write_time(f, time);
    if (score >= 0) {
        fprintf(f, ",%d,%s\n", score, s->products[product_at].name);
    } else {
        fprintf(f, ",,%s\n", s->products[product_at].name);
    }
}

static void simulate_ticket(shop *s, const customer *c, int64_t opened, int32_t product_at,
                            random_numbers *r)
{
    static const char *const by[] = { "email", "chat", "phone" };
    static const char *const priorities[] = { "low", "normal", "high" };
    FILE *f = s->file[T_TICKETS];
    int64_t answered = opened + 300 + random_below(r, 36000);
    int64_t resolved = answered + 600 + random_below(r, 5 * DAY);
    fprintf(f, "t%lld,c%lld,", (long long)++s->n_tickets, (long long)c->id);
    write_time(f, opened);
    fputc(',', f);
    if (answered < shop_end(s)) write_time(f, answered);
    fputc(',', f);
    /* Three in a hundred stay open for good. */
    bool open = random_permille(r, 30) || resolved >= shop_end(s);
    if (!open) write_time(f, resolved);
    /* One draw a statement: arguments are evaluated in no fixed order. */
    const char *came_by = by[random_below(r, 3)];
    const char *priority = priorities[random_below(r, 3)];
    int reopened = random_permille(r, 70) ? 1 : 0;
    int replies = 1 + (int)random_below(r, 4);
    fprintf(f, ",%s,%s,%s,%d,%d,", came_by, priority, s->products[product_at].name, reopened,
            replies);
    write_money(f, 150 + random_below(r, 600));
    fputc('\n', f);
    if (!open && random_permille(r, 400)) {
        write_response(s, c, resolved + 3600, "csat", 1 + random_by_weight(r, csat_weights, 5),
                       product_at);
    }
}

void simulate_care(shop *s, const customer *c, int64_t order_time, int32_t product_at, bool first,
                   random_numbers *r)
{
    if (first) {
        /* Everybody is asked a week after the first order; three in ten answer within two days. */
        int64_t asked = order_time + 7 * DAY;
        bool answers = random_permille(r, 300);
        int32_t score = random_by_weight(r, nps_weights, 11);
        int64_t answered = asked + random_below(r, 2 * DAY);
        write_response(s, c, answers ? answered : asked, "nps", answers ? score : -1, product_at);
    }
    bool complains = random_permille(r, 80);
    int64_t opened = order_time + (1 + random_below(r, 10)) * (int64_t)DAY;
    if (complains && opened < shop_end(s)) simulate_ticket(s, c, opened, product_at, r);
}
