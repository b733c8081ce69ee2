/* SPDX-License-Identifier: MIT */
/* custmetrics-shop: writes the fact tables of a simulated shop as CSV. README.md says what is
 * simulated, with which parameters. */
#include "shop.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static const struct {
    const char *name, *header;
} files[N_FILES] = {
    [T_CUSTOMERS] = { "customers", "customer,signed_up,channel,country,birth_date,referred_by,"
                                   "device" },
    [T_EVENTS] = { "events", "time,name,customer,session,channel,product" },
    [T_ORDERS] = { "orders", "time,order,customer,product,quantity,price,discount,amount,cost,"
                             "coupon,currency,channel" },
    [T_SUBSCRIPTIONS] = { "subscriptions",
                          "customer,start,end,amount,term,plan,kind,trial,reason" },
    [T_RESPONSES] = { "responses", "survey,customer,time,score,product" },
    [T_TICKETS] = { "tickets", "ticket,customer,opened,first_response,resolved,channel,priority,"
                               "product,reopened,replies,cost" },
    [T_SPEND] = { "spend",
                  "start,end,amount,channel,campaign,category,purpose,impressions,clicks" },
    [T_ASSIGNMENTS] = { "assignments", "customer,experiment,variant,time" },
    [T_PRODUCTS] = { "products", "product,category,list_price,cost" },
};

static const char usage[] =
    "custmetrics-shop FOLDER [seed=1] [customers=2000] [days=540] [start=2023-01-01]\n"
    "writes customers, events, orders, subscriptions, responses, tickets, spend, assignments and\n"
    "products as CSV into FOLDER. The same words give the same bytes everywhere.\n";

static bool open_files(shop *s, const char *folder)
{
    char path[4096];
    if (mkdir(folder, 0777) != 0 && errno != EEXIST) {
        fprintf(stderr, "custmetrics-shop: %s: %s\n", folder, strerror(errno));
        return false;
    }
    for (int i = 0; i < N_FILES; i++) {
        snprintf(path, sizeof path, "%s/%s.csv", folder, files[i].name);
        s->file[i] = fopen(path, "wb");
        if (!s->file[i]) {
            fprintf(stderr, "custmetrics-shop: %s: %s\n", path, strerror(errno));
            return false;
        }
        fprintf(s->file[i], "%s\n", files[i].header);
    }
    return true;
}

static bool close_files(shop *s)
{
    bool fine = true;
    for (int i = 0; i < N_FILES; i++) {
        if (s->file[i]) fine = !ferror(s->file[i]) && fclose(s->file[i]) == 0 && fine;
    }
    return fine;
}

static bool read_number(const char *from, long least, long most, long *out)
{
    char *end;
    errno = 0;
    *out = strtol(from, &end, 10);
    return *from && !*end && !errno && *out >= least && *out <= most;
}

static bool read_setting(shop *s, const char *word)
{
    long v;
    int year, month, day;
    if (!strncmp(word, "seed=", 5)) {
        if (!read_number(word + 5, 0, 2000000000, &v)) return false;
        s->seed = (uint64_t)v;
    } else if (!strncmp(word, "customers=", 10)) {
        if (!read_number(word + 10, 1, 100000000, &v)) return false;
        s->n_customers = v;
    } else if (!strncmp(word, "days=", 5)) {
        if (!read_number(word + 5, 30, 20000, &v)) return false;
        s->n_days = (int32_t)v;
    } else if (!strncmp(word, "start=", 6)) {
        if (sscanf(word + 6, "%4d-%2d-%2d", &year, &month, &day) != 3) return false;
        if (year < 1970 || year > 2200 || month < 1 || month > 12 || day < 1 || day > 31)
            return false;
        s->start = seconds_of_date(year, month, day);
    } else {
        return false;
    }
    return true;
}

int main(int argc, char **argv)
{
    shop s = { .seed = 1, .n_customers = 2000, .n_days = 540 };
    s.start = seconds_of_date(2023, 1, 1);
    if (argc < 2 || argv[1][0] == '-') {
        fputs(usage, argc == 2 && !strcmp(argv[1], "--help") ? stdout : stderr);
        return argc == 2 && !strcmp(argv[1], "--help") ? 0 : 1;
    }
    for (int i = 2; i < argc; i++) {
        if (read_setting(&s, argv[i])) continue;
        fprintf(stderr, "custmetrics-shop: cannot use '%s'\n%s", argv[i], usage);
        return 1;
    }
    bool fine = open_files(&s, argv[1]);
    if (fine) {
        make_products(&s);
        write_spend(&s);
        for (int64_t id = 1; id <= s.n_customers; id++) {
            customer c = make_customer(&s, id);
            write_customer(&s, &c);
            simulate_visits(&s, &c);
            simulate_subscriptions(&s, &c);
        }
        simulate_guests(&s);
    }
    if (!close_files(&s) && fine) {
        fprintf(stderr, "custmetrics-shop: %s: cannot write\n", argv[1]);
        fine = false;
    }
    return fine ? 0 : 2;
}
