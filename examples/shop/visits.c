/* SPDX-License-Identifier: MIT */
/* Sessions, their funnel, and the orders that come of it. */
#include "shop.h"

enum { PURPOSE_VISITS = 4, PURPOSE_GUESTS = 5 };

/* The channel of one visit: the one that won the customer in half of the cases, else any. */
static const char *visit_channel(const customer *c, random_numbers *r)
{
    if (random_permille(r, 500)) return channels[c->channel].name;
    return channels[random_below(r, N_CHANNELS)].name;
}

static void write_event(shop *s, int64_t customer_id, int64_t time, const char *name,
                        const char *channel_name, int32_t product_at)
{
    FILE *f = s->file[T_EVENTS];
    write_time(f, time);
    fprintf(f, ",%s,", name);
    if (customer_id) fprintf(f, "c%lld", (long long)customer_id);
    fprintf(f, ",s%lld,%s,%s\n", (long long)s->n_sessions, channel_name,
            product_at < 0 ? "" : s->products[product_at].name);
}

/* One session. True: it ended in a purchase, at *purchased. Each step comes 5 to 124 seconds after
 * the one before. */
static bool simulate_session(shop *s, int64_t customer_id, int64_t time, const char *channel_name,
                             uint32_t p_purchase, random_numbers *r, int64_t *purchased)
{
    static const char *const names[] = { "visit", "product_view", "add_to_cart", "checkout",
                                         "purchase" };
    const uint32_t chance[] = { 1000, P_VIEW, P_CART, P_CHECKOUT, p_purchase };
    int32_t product_at = (int32_t)random_below(r, N_PRODUCTS);
    s->n_sessions++;
    for (int step = 0; step < 5; step++) {
        if (step && !random_permille(r, chance[step])) return false;
        if (step) time += 5 + random_below(r, 120);
        bool about_product = step == 1 || step == 2;
        write_event(s, customer_id, time, names[step], channel_name,
                    about_product ? product_at : -1);
        /* Some look at more than one product before they go on. */
        while (step == 1 && random_permille(r, 350)) {
            time += 5 + random_below(r, 120);
            product_at = (int32_t)random_below(r, N_PRODUCTS);
            write_event(s, customer_id, time, names[1], channel_name, product_at);
        }
    }
    *purchased = time;
    return true;
}

static void write_line(const shop *s, int64_t order, int64_t customer_id, int64_t time,
                       const char *channel_name, int32_t product_at, int32_t quantity,
                       int32_t percent_off)
{
    FILE *f = s->file[T_ORDERS];
    const product *p = &s->products[product_at];
    int64_t full = p->price * quantity, discount = full * percent_off / 100;
    write_time(f, time);
    fprintf(f, ",o%lld,", (long long)order);
    if (customer_id) fprintf(f, "c%lld", (long long)customer_id);
    fprintf(f, ",%s,%d,", p->name, quantity);
    write_money(f, p->price);
    fputc(',', f);
    write_money(f, discount);
    fputc(',', f);
    write_money(f, full - discount);
    fputc(',', f);
    write_money(f, p->cost * quantity);
    fprintf(f, ",%s,EUR,%s\n", percent_off && quantity > 0 ? "SAVE10" : "", channel_name);
}

int32_t write_order(shop *s, int64_t customer_id, int64_t time, const char *channel_name,
                    random_numbers *r)
{
    int32_t first = (int32_t)random_below(r, N_PRODUCTS), n_lines = 1 + (int32_t)random_below(r, 3);
    int32_t percent_off = random_permille(r, 150) ? 10 : 0;
    int64_t order = ++s->n_orders;
    for (int32_t i = 0; i < n_lines; i++) {
        write_line(s, order, customer_id, time, channel_name, (first + 7 * i) % N_PRODUCTS,
                   1 + (int32_t)random_below(r, 2), percent_off);
    }
    bool refunded = random_permille(r, 40);
    int64_t refund_time = time + (3 + random_below(r, 18)) * DAY;
    if (refunded && refund_time < shop_end(s)) {
        write_line(s, order, customer_id, refund_time, channel_name, first, -1, percent_off);
    }
    return first;
}

/* Visits until the customer leaves (after a purchase, P_LEAVE) or the time ends. The experiment
 * runs over the last third; who visits then is assigned at that visit. */
void simulate_visits(shop *s, customer *c)
{
    random_numbers r = random_start(s->seed, PURPOSE_VISITS, (uint64_t)c->id);
    int64_t experiment = s->start + (int64_t)(s->n_days - s->n_days / 3) * DAY;
    bool first_order = true;
    uint32_t chance = 1000; /* the day of signing up is a visit */
    for (int64_t time = c->signed_up; time < shop_end(s); time += DAY) {
        bool visits = random_permille(&r, chance);
        int64_t at = chance == 1000 ? time : time - time % DAY + random_below(&r, DAY - 3600);
        chance = channels[c->channel].visit_permille;
        if (!visits || at >= shop_end(s) - 3600) continue;
        if (at >= experiment && !c->assigned) {
            c->assigned = at;
            FILE *f = s->file[T_ASSIGNMENTS];
            fprintf(f, "c%lld,checkout-button,%s,", (long long)c->id, c->variant_b ? "B" : "A");
            write_time(f, at);
            fputc('\n', f);
        }
        const char *channel_name = visit_channel(c, &r);
        uint32_t p = c->assigned && c->variant_b ? P_PURCHASE_B : P_PURCHASE;
        int64_t purchased;
        if (!simulate_session(s, c->id, at, channel_name, p, &r, &purchased)) continue;
        int32_t product_at = write_order(s, c->id, purchased, channel_name, &r);
        simulate_care(s, c, purchased, product_at, first_order, &r);
        first_order = false;
        if (random_permille(&r, P_LEAVE)) return;
    }
}

/* Visitors without an account: two a day per hundred customers; one in twenty of their completed
 * funnels is a guest's order, the others stop at the checkout. */
void simulate_guests(shop *s)
{
    int64_t a_day = s->n_customers / 50 + 1;
    for (int32_t day = 0; day < s->n_days; day++) {
        random_numbers r = random_start(s->seed, PURPOSE_GUESTS, (uint64_t)day);
        for (int64_t i = 0; i < a_day; i++) {
            int64_t at = s->start + (int64_t)day * DAY + random_below(&r, DAY - 3600), purchased;
            const char *channel_name = channels[random_below(&r, N_CHANNELS)].name;
            if (simulate_session(s, 0, at, channel_name, P_PURCHASE / 20, &r, &purchased)) {
                write_order(s, 0, purchased, channel_name, &r);
            }
        }
    }
}
