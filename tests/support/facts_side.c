/* SPDX-License-Identifier: MIT */
#include <stdio.h>

#include "facts_make.h"

/* Side tables: published numbers, and what is the same for all. */

static void make_numbers(making *m)
{
    static const char *const paths[] = { "ads > email", "email",        "ads > organic > email",
                                         "organic",     "direct > ads", "ads > ads > direct" };
    fact_table *t = add_table(m, "paths", true, "path,conversions,value,nulls");
    for (int i = 0; i < 6; i++) {
        add_row(t);
        set_text(t, "path", paths[i]);
        set_number(t, "conversions", (double)below(m, 50));
        set_number(t, "value", (double)below(m, 90000) / 100);
        set_number(t, "nulls", (double)below(m, 200));
    }
    t = add_table(m, "summary", true, "customer,frequency,recency,tenure,monetary");
    for (int i = 0; i < 80; i++) {
        char id[24];
        int64_t x = chance(m, 50) ? 0 : 1 + below(m, 6), last = x ? 7 + below(m, 160) : 0;
        add_row(t);
        snprintf(id, sizeof id, "m%d", i);
        set_text(t, "customer", id);
        set_number(t, "frequency", (double)x);
        set_number(t, "recency", (double)last / 7);
        set_number(t, "tenure", (double)(last + 1 + below(m, 120)) / 7);
        set_number(t, "monetary", x ? 5 + (double)below(m, 9000) / 100 : 0);
    }
    t = add_table(m, "survivors", true, "cohort,period,n");
    for (int i = 0, n = 1000; i < 8; i++, n = n * 8 / 10) {
        add_row(t);
        set_text(t, "cohort", "all");
        set_number(t, "period", i);
        set_number(t, "n", n);
    }
    t = add_table(m, "moments", true, "experiment,metric,variant,n,mean,variance");
    for (int i = 0; i < 2; i++) {
        add_row(t);
        set_text(t, "experiment", "button");
        set_text(t, "metric", "revenue");
        set_text(t, "variant", i ? "B" : "A");
        set_number(t, "n", 500 + (double)below(m, 100));
        set_number(t, "mean", 20 + (double)below(m, 100) / 10);
        set_number(t, "variance", 40 + (double)below(m, 100) / 10);
    }
}

static void make_observations(making *m)
{
    fact_table *t = add_table(m, "durations", true, "time,event,group");
    for (int i = 0; i < 60; i++) {
        add_row(t);
        set_number(t, "time", 1 + (double)below(m, 90));
        set_number(t, "event", (double)chance(m, 60));
        set_text(t, "group", chance(m, 50) ? "a" : "b");
    }
    t = add_table(m, "prices", true, "price,quantity,entity,product");
    for (int i = 0; i < 60; i++) {
        double price = 1 + (double)below(m, 100) / 20;
        add_row(t);
        set_number(t, "price", price);
        set_number(t, "quantity", 1 + (double)below(m, 40) / price);
        set_text(t, "entity", chance(m, 50) ? "north" : "south");
        set_text(t, "product", chance(m, 50) ? "apple" : "pear");
    }
    t = add_table(m, "baskets", true, "basket,product");
    for (int i = 0; i < 90; i++) {
        char id[24];
        add_row(t);
        snprintf(id, sizeof id, "b%d", i / 3);
        set_text(t, "basket", id);
        set_text(t, "product", PRODUCTS[below(m, 6)]);
    }
    t = add_table(m, "series", true, "series,time,value,denominator");
    for (int i = 0; i < 40; i++) {
        add_row(t);
        set_text(t, "series", "sales");
        set_cell(t, "time", FACT_TIME, FIRST + i * DAY);
        set_number(t, "value", (double)below(m, 100));
        set_number(t, "denominator", 100 + (double)below(m, 100));
    }
    t = add_table(m, "features", true, "customer,target,x1,x2");
    for (int i = 0; i < 60; i++) {
        char id[24];
        double x = (double)below(m, 100) / 10;
        add_row(t);
        snprintf(id, sizeof id, "f%d", i);
        set_text(t, "customer", id);
        set_number(t, "target", x + (double)below(m, 100) / 10 > 10);
        set_number(t, "x1", x);
        set_number(t, "x2", (double)below(m, 100) / 10);
    }
}

static void make_shared(making *m)
{
    static const char *const days[] = { "monday", "tuesday", "wednesday", "thursday", "friday" };
    fact_table *t = add_table(m, "products", false, "product,category,list_price,cost");
    for (int i = 0; i < 6; i++) {
        add_row(t);
        set_text(t, "product", PRODUCTS[i]);
        set_text(t, "category", i % 2 ? "soft" : "hard");
        set_cell(t, "list_price", FACT_MONEY, 1000 + below(m, 3000));
        set_cell(t, "cost", FACT_MONEY, 300 + below(m, 600));
    }
    t = add_table(m, "schedules", false, "schedule,weekday,opens,closes");
    for (int i = 0; i < 5; i++) {
        add_row(t);
        set_text(t, "schedule", "office");
        set_text(t, "weekday", days[i]);
        set_text(t, "opens", "09:00");
        set_text(t, "closes", "17:30");
    }
    t = add_table(m, "holidays", false, "schedule,date,name");
    add_row(t);
    set_text(t, "schedule", "office");
    set_cell(t, "date", FACT_DATE, FIRST / DAY + 54);
    set_text(t, "name", "Christmas");
    t = add_table(m, "targets", false, "kpi,target");
    add_row(t);
    set_text(t, "kpi", "purchase");
    set_number(t, "target", 1000);
    t = add_table(m, "aliases", false, "alias,customer,since");
    for (int i = 0; i < 4; i++) {
        char id[24], alias[24];
        add_row(t);
        set_text(t, "alias", customer_id(50 + i, alias));
        set_text(t, "customer", customer_id(10 + i, id));
        if (i % 2) set_cell(t, "since", FACT_TIME, FIRST + 90 * DAY);
    }
}

void make_side_tables(making *m)
{
    make_numbers(m);
    make_observations(m);
    make_shared(m);
}
