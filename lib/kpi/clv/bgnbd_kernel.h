/* SPDX-License-Identifier: MIT */
#ifndef CMI_KPI_CLV_BGNBD_KERNEL_H
#define CMI_KPI_CLV_BGNBD_KERNEL_H

/* The mathematics of the BG/NBD model (Fader, Hardie, Lee 2005): the likelihood of many customers
 * for the fit, and what the fitted model says of one. Purchases at rate lambda ~ Gamma(r, alpha)
 * while alive; after each purchase but the first gone with probability p ~ Beta(a, b). Times in one
 * unit. */
#include "kpi/clv/clv_days.h"

typedef struct cmi_bgnbd {
    double r, alpha, a, b;
} cmi_bgnbd;

/* ---- the likelihood of all customers ---- */

/* Tables that an evaluation fills, over distinct frequencies and times, and sums of a block. */
enum { CMI_BGNBD_X_TABLES = 10, CMI_BGNBD_T_TABLES = 2, CMI_BGNBD_SUMS = 15 };

typedef struct cmi_bgnbd_data {
    const cmi_clv_rows *rows;
    const cmi_job *job;
    int64_t n_x, n_t;                    /* distinct frequencies, distinct times */
    uint32_t *x;                         /* of each pattern: index of its frequency, */
    uint32_t *recency, *tenure;          /* of its times */
    double *frequency;                   /* of each distinct frequency: the number, */
    double *customers;                   /* how many customers have it, */
    int64_t *first;                      /* and its first pattern; n_x + 1 entries */
    double *time;                        /* of each distinct time */
    double *x_table, *t_table, *partial; /* room for one evaluation */
    void *block;
} cmi_bgnbd_data;

cm_status cmi_bgnbd_open(const cmi_input *in, const cmi_clv_rows *rows, cmi_bgnbd_data *out);
void cmi_bgnbd_close(cmi_bgnbd_data *d); /* of cleared memory too */
/* A cmi_clv_likelihood of (r, alpha, a, b); user is cmi_bgnbd_data. */
double cmi_bgnbd_likelihood(void *user, const double *p, double *gradient, double *hessian,
                            cm_status *status);
/* A start k by moments: the first as the data suggest, the others spread around it. */
void cmi_bgnbd_start(const void *user, int64_t k, double *p);
const char *cmi_bgnbd_explain(const int *direction);

/* ---- one customer: x repeat purchases, the last at t, observed until T ---- */

/* What depends on the frequency only: of the log odds, and of the log-likelihood. */
typedef struct cmi_bgnbd_frequency {
    double x, odds, size;
} cmi_bgnbd_frequency;
/* What depends on frequency and tenure only. */
typedef struct cmi_bgnbd_tenure {
    double expected, discounted; /* purchases of a customer who is alive */
    double none;                 /* less 1, the probability that he makes none within the horizon */
    double rate, time;           /* of the log-likelihood */
} cmi_bgnbd_tenure;
cmi_bgnbd_frequency cmi_bgnbd_of_frequency(const cmi_bgnbd *m, double x);
/* Fills none, rate and time; h: the horizon. */
void cmi_bgnbd_of_tenure(const cmi_bgnbd *m, double x, double T, double h, cmi_bgnbd_tenure *out);
/* - log P(alive), and from it the probability, that of no purchase in (T, T + h], and the
 * log-likelihood of the history. */
double cmi_bgnbd_gone(const cmi_bgnbd *m, const cmi_bgnbd_frequency *f, double t, double T);
double cmi_bgnbd_alive(double gone);
double cmi_bgnbd_no_purchase(const cmi_bgnbd_tenure *at, double alive);
double cmi_bgnbd_log_likelihood(const cmi_bgnbd_frequency *f, const cmi_bgnbd_tenure *at,
                                double gone);
/* Purchases in (T, T + h] of a customer who is alive at T; x = T = 0: of a new customer. */
double cmi_bgnbd_expected(const cmi_bgnbd *m, double x, double T, double h);
/* All future purchases of a customer who is alive at T, discounted at the continuous rate delta:
 * first the rates of purchase of one frequency, for all delta (alpha + T) >= least. */
enum { CMI_BGNBD_NODES = 360 };
void cmi_bgnbd_rates(const cmi_bgnbd *m, double x, double least, double *rate);
double cmi_bgnbd_discounted(const cmi_bgnbd *m, double T, double delta, const double *rate);
/* Probability that a new customer makes 0 .. n repeat purchases in (0, h]; n + 1 values. */
void cmi_bgnbd_counts(const cmi_bgnbd *m, double h, int64_t n, double *out);

#endif
