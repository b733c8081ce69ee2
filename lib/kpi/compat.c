/* SPDX-License-Identifier: MIT */
#include "kpi/compat.h"

#include <string.h>

#define MIXPANEL   "Mixpanel documentation: retention, funnels, sessions, DAU/WAU/MAU"
#define AMPLITUDE  "Amplitude documentation: retention, funnel, sessions"
#define POSTHOG    "PostHog documentation: funnels, retention, web sessions"
#define CLICKHOUSE "ClickHouse reference: windowFunnel, retention"
#define CHARTMOGUL "ChartMogul help: customer and MRR churn rate"
#define PROFITWELL "ProfitWell (Paddle) help: MRR and churn"
#define STRIPE     "Stripe documentation: Billing metric definitions"

/* The first row that fits holds. */
static const cmi_preset PRESETS[] = {
    /* Windows of 1, 7, 30 days; day n is counted in 24 hours from the first event; sessions end at
     * midnight; a funnel entry counts once begun and 2 seconds of disorder are forgiven. */
    { "mixpanel", "active_users", "windows", "1,7,30", MIXPANEL },
    { "mixpanel", "retention_curve", "grid", "elapsed", MIXPANEL },
    { "mixpanel", "cohort", "grid", "elapsed", MIXPANEL },
    { "mixpanel", "funnel", "entry", "first_entry", MIXPANEL },
    { "mixpanel", "funnel", "ties", "any_order_within", MIXPANEL },
    { "mixpanel", "funnel", "tie_window", "2s", MIXPANEL },
    { "mixpanel", "sessions", "midnight", "split", MIXPANEL },
    { "mixpanel", "traffic", "midnight", "split", MIXPANEL },

    /* Every start event opens a window of its own; time is elapsed; a second of disorder. */
    { "amplitude", "active_users", "windows", "1,7,30", AMPLITUDE },
    { "amplitude", "retention_curve", "grid", "elapsed", AMPLITUDE },
    { "amplitude", "retention_curve", "anchor", "each_period", AMPLITUDE },
    { "amplitude", "cohort", "grid", "elapsed", AMPLITUDE },
    { "amplitude", "cohort", "anchor", "each_period", AMPLITUDE },
    { "amplitude", "funnel", "ties", "any_order_within", AMPLITUDE },
    { "amplitude", "funnel", "tie_window", "1s", AMPLITUDE },

    /* An excluded event takes the person out of the whole funnel; rates are of the first period's
     * people, complete or not; the half-life of time decay is a quarter of the window. */
    { "posthog", "active_users", "windows", "1,7,30", POSTHOG },
    { "posthog", "funnel", "window", "14d", POSTHOG },
    { "posthog", "funnel", "exclusion", "disqualify", POSTHOG },
    { "posthog", "retention_curve", "denominator", "cohort", POSTHOG },
    { "posthog", "cohort", "denominator", "cohort", POSTHOG },
    { "posthog", "attribution", "half_life", "180h", POSTHOG },

    /* Rows of one instant are taken in the order of the steps; everybody is in the denominator. */
    { "clickhouse", "funnel", "ties", "any_order_within", CLICKHOUSE },
    { "clickhouse", "funnel", "tie_window", "0s", CLICKHOUSE },
    { "clickhouse", "retention_curve", "denominator", "cohort", CLICKHOUSE },
    { "clickhouse", "cohort", "denominator", "cohort", CLICKHOUSE },

    /* Churned by the customers at the start, those who came back set against them. */
    { "chartmogul", "churn_rate", "rule", "contractual", CHARTMOGUL },
    { "chartmogul", "churn_rate", "denominator", "start", CHARTMOGUL },
    { "chartmogul", "churn_rate", "count", "net", CHARTMOGUL },

    /* Who joins and leaves within a month is ignored; paid time is enjoyed to its end. */
    { "profitwell", "mrr", "movements", "net", PROFITWELL },
    { "profitwell", "mrr", "churn_at", "period_end", PROFITWELL },
    { "profitwell", "churn_rate", "rule", "contractual", PROFITWELL },
    { "profitwell", "churn_rate", "denominator", "start", PROFITWELL },

    /* Lost at cancellation; churn is of the subscribers at the start and those who joined since. */
    { "stripe", "mrr", "churn_at", "cancel", STRIPE },
    { "stripe", "churn_rate", "rule", "contractual", STRIPE },
    { "stripe", "churn_rate", "denominator", "start_plus_new", STRIPE },

    /* What these two select is not what makes a customer active. */
    { "shop", "metric", "of", NULL, NULL },
    { "shop", "recommend", "of", NULL, NULL },
    { "app", "metric", "of", NULL, NULL },
    { "app", "recommend", "of", "events", NULL },
    { "community", "metric", "of", NULL, NULL },
    { "community", "recommend", "of", "events", NULL },
    { "subscription", "metric", "of", NULL, NULL },
    { "subscription", "recommend", "of", NULL, NULL },

    { "shop", NULL, "of", "orders", NULL },
    { "shop", NULL, "period", "month", NULL },
    { "shop", NULL, "inactivity", "90d", NULL },
    { "community", NULL, "of", "any", NULL },
    { "community", NULL, "period", "week", NULL },
    { "community", NULL, "inactivity", "30d", NULL },
    { "app", NULL, "of", "events", NULL },
    { "app", NULL, "period", "day", NULL },
    { "app", NULL, "inactivity", "28d", NULL },
    { "subscription", NULL, "of", "subscriptions", NULL },
    { "subscription", NULL, "period", "month", NULL },
    { "subscription", NULL, "rule", "contractual", NULL },
    { "subscription", "survival", "event", "subscription_end", NULL },
    { "subscription", "retention_rate", "base", "contractual", NULL },
};

int32_t cmi_preset_count(void)
{
    return (int32_t)(sizeof PRESETS / sizeof *PRESETS);
}

const cmi_preset *cmi_preset_get(int32_t index)
{
    return index >= 0 && index < cmi_preset_count() ? &PRESETS[index] : NULL;
}

const char *cmi_preset_text(const char *preset, const char *kpi, const char *option)
{
    for (int32_t i = 0; i < cmi_preset_count(); i++) {
        const cmi_preset *p = &PRESETS[i];
        if (strcmp(p->preset, preset) == 0 && strcmp(p->option, option) == 0 &&
            (!p->kpi || strcmp(p->kpi, kpi) == 0))
            return p->text;
    }
    return NULL;
}
