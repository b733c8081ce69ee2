/* SPDX-License-Identifier: MIT */
#ifndef SHOP_H
#define SHOP_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/* A simulated shop. Whole numbers only, and one generator of random numbers per customer and
 * purpose: the same seed gives the same bytes on every machine, and more customers or days leave
 * the others as they were. */

enum { N_CHANNELS = 7, N_COUNTRIES = 5, N_PRODUCTS = 40, N_FILES = 9 };
enum { DAY = 86400 };

typedef enum table_id {
    T_CUSTOMERS,
    T_EVENTS,
    T_ORDERS,
    T_SUBSCRIPTIONS,
    T_RESPONSES,
    T_TICKETS,
    T_SPEND,
    T_ASSIGNMENTS,
    T_PRODUCTS
} table_id;

typedef struct channel {
    const char *name;
    uint32_t weight;         /* of 1000 new customers */
    uint32_t weekly_spend;   /* whole money units; 0: costs nothing */
    uint32_t visit_permille; /* a living customer's chance to visit on a day */
} channel;
extern const channel channels[N_CHANNELS];

/* Chances of each funnel step, of 1000 sessions that reached the one before. */
enum { P_VIEW = 800, P_CART = 400, P_CHECKOUT = 600, P_PURCHASE = 700, P_PURCHASE_B = 780 };
/* A customer leaves for good after a purchase, of 1000. */
enum { P_LEAVE = 90 };

typedef struct product {
    char name[16];
    const char *category;
    int64_t price, cost; /* cents */
} product;

typedef struct random_numbers {
    uint64_t state;
} random_numbers;

typedef struct shop {
    uint64_t seed;
    int64_t n_customers;
    int32_t n_days;
    int64_t start; /* seconds of the first day's midnight, UTC */
    FILE *file[N_FILES];
    product products[N_PRODUCTS];
    int64_t n_orders, n_sessions, n_tickets;
} shop;

typedef struct customer {
    int64_t id; /* from 1 */
    int32_t channel;
    int64_t signed_up; /* seconds, UTC */
    int64_t assigned;  /* to the experiment; 0: never */
    bool variant_b;
} customer;

/* SplitMix64, started from seed, purpose and key (Steele, Lea, Flood, Fast splittable pseudorandom
 * number generators, 2014, doi:10.1145/2714064.2660195). */
random_numbers random_start(uint64_t seed, uint64_t purpose, uint64_t key);
uint64_t random_next(random_numbers *r);
uint32_t random_below(random_numbers *r, uint32_t n);
bool random_permille(random_numbers *r, uint32_t p);
/* Index by weights that sum to 1000. */
int32_t random_by_weight(random_numbers *r, const uint32_t *weights, int32_t n);

void write_time(FILE *f, int64_t seconds);
void write_date(FILE *f, int64_t seconds);
/* Cents as units: 1234 is 12.34. */
void write_money(FILE *f, int64_t cents);
int64_t seconds_of_date(int32_t year, int32_t month, int32_t day);
int64_t shop_end(const shop *s);

/* One row per product and spend week; then everything that one customer does. */
void make_products(shop *s);
void write_spend(const shop *s);
customer make_customer(const shop *s, int64_t id);
void write_customer(const shop *s, const customer *c);
void simulate_visits(shop *s, customer *c);
void simulate_guests(shop *s);
void simulate_subscriptions(const shop *s, const customer *c);
/* What follows an order: a survey after the first one, perhaps a ticket. */
void simulate_care(shop *s, const customer *c, int64_t order_time, int32_t product, bool first,
                   random_numbers *r);
/* Writes an order with its lines and perhaps a refund; customer 0 is a guest. Returns a product. */
int32_t write_order(shop *s, int64_t customer_id, int64_t time, const char *channel_name,
                    random_numbers *r);

#endif
