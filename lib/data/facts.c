/* SPDX-License-Identifier: MIT */
#include "data/facts.h"

#include <string.h>

#define REQUIRED(name, type, headers, doc)                                                         \
    {                                                                                              \
        name, CMI_ROLE_##type, true, headers, doc                                                  \
    }
#define OPTIONAL(name, type, headers, doc)                                                         \
    {                                                                                              \
        name, CMI_ROLE_##type, false, headers, doc                                                 \
    }

#define CUSTOMER_HEADERS                                                                           \
    "customer_id|customerid|cust_id|custid|user_id|userid|client_id|account_id|member_id|"         \
    "id_customer|id_client|customer_no|customer_number|cust|user|account|client|member"
#define PRODUCT_HEADERS                                                                            \
    "product_id|productid|sku|stockcode|stock_code|item_id|itemid|product_name|article|article_id"
#define CURRENCY_HEADERS "currency_code|ccy"

static const cmi_role CUSTOMERS[] = {
    REQUIRED("customer", CUSTOMER, CUSTOMER_HEADERS "|id", "id of the customer"),
    OPTIONAL("signed_up", TIME,
             "signed_up_at|signup|signup_date|sign_up_date|signup_time|registered|registered_at|"
             "registration_date|joined|joined_at|join_date|created_at",
             "when the customer registered"),
    OPTIONAL("channel", TEXT, "acquisition_channel|signup_channel|utm_source|referral_source",
             "channel that brought the customer"),
    OPTIONAL("birth_date", DATE, "birthdate|date_of_birth|birthday|dob", "date of birth"),
    OPTIONAL("referred_by", CUSTOMER, "referrer|referrer_id|referred_by_id|invited_by|inviter",
             "customer who referred this one"),
    OPTIONAL("valid_from", TIME, NULL, "from when on this row is in force"),
};

static const cmi_role EVENTS[] = {
    REQUIRED("time", TIME,
             "timestamp|event_time|event_timestamp|event_date|datetime|date|ts|occurred_at|"
             "created_at|time_stamp",
             "when it happened"),
    REQUIRED("name", TEXT, "event|event_name|event_type|action|activity", "what happened"),
    OPTIONAL("customer", CUSTOMER, CUSTOMER_HEADERS, "who did it"),
    OPTIONAL("session", ENTITY, "session_id|sessionid|visit_id|visitid|visit",
             "visit it belongs to"),
    OPTIONAL("sequence", COUNT, "seq|sequence_number|event_index",
             "order of events of one instant"),
    OPTIONAL("duration", SECONDS, "duration_seconds|duration_secs|duration_s|usage_duration_secs",
             "how long it lasted"),
    OPTIONAL("end", TIME, "end_time|ended_at|end_at", "when it ended"),
    OPTIONAL("pages", COUNT, "page_views|pageviews|n_pages", "pages seen"),
    OPTIONAL("value", VALUE, "event_value", "a number that the event carries"),
    OPTIONAL("count", COUNT, "n|event_count|usage_count", "how many times it happened at once"),
    OPTIONAL("product", TEXT, PRODUCT_HEADERS, "product it is about"),
    OPTIONAL("item", TEXT, "content_id|post_id", "piece of content it is about"),
    OPTIONAL("price", MONEY, "unit_price|unitprice", "price that was shown"),
    OPTIONAL("currency", TEXT, CURRENCY_HEADERS, "currency of the price"),
    OPTIONAL("other", CUSTOMER, "other_customer|invitee|invitee_id|author|author_id|target_user",
             "second customer: invitee, author"),
};

static const cmi_role ORDERS[] = {
    REQUIRED("time", TIME,
             "timestamp|order_time|order_date|orderdate|ordered_at|order_timestamp|invoicedate|"
             "invoice_date|purchase_date|purchased_at|transaction_date|transaction_time|datetime|"
             "date|ts|created_at|event_time",
             "when it was ordered"),
    /* Or quantity and price, which binding checks. */
    OPTIONAL("amount", MONEY,
             "revenue|sales|total|order_total|total_amount|order_amount|line_total|"
             "transaction_amount|order_value|net_amount|spend|value",
             "total of the line after discount; negative: a refund"),
    OPTIONAL("customer", CUSTOMER, CUSTOMER_HEADERS, "who bought; none: a guest"),
    OPTIONAL("order", ENTITY,
             "order_id|orderid|order_no|order_number|invoice|invoice_no|invoiceno|invoice_id|"
             "transaction_id|transactionid|receipt|receipt_id",
             "order that the line belongs to"),
    OPTIONAL("sequence", COUNT, "seq|sequence_number|line|line_no|line_number",
             "order of lines of one instant"),
    OPTIONAL("product", TEXT, PRODUCT_HEADERS "|item|product_code", "what was bought"),
    OPTIONAL("quantity", VALUE, "qty|units|n_units", "how many"),
    OPTIONAL("cost", MONEY, "cogs|cost_of_goods|line_cost", "cost of the goods of the line"),
    OPTIONAL("discount", MONEY, "discount_amount|line_discount", "discount on the line"),
    OPTIONAL("price", MONEY, "unit_price|unitprice|price_per_unit|item_price", "price of one unit"),
    OPTIONAL("coupon", TEXT, "coupon_code|promo_code|promotion|voucher|voucher_code",
             "coupon that was used"),
    OPTIONAL("currency", TEXT, CURRENCY_HEADERS, "currency of the amounts"),
};

static const cmi_role SUBSCRIPTIONS[] = {
    REQUIRED("customer", CUSTOMER, CUSTOMER_HEADERS, "who subscribed"),
    REQUIRED("start", TIME,
             "start_date|started_at|start_time|begin|valid_from|current_period_start",
             "from when on it is in force"),
    REQUIRED("amount", MONEY, "price|unit_amount|subscription_amount",
             "what one term costs a unit"),
    REQUIRED("term", TERM, "billing_period|billing_frequency|billing_interval|interval|term_months",
             "length of a term: months, or 1w, 30d, 1y"),
    OPTIONAL("end", TIME, "end_date|ended_at|end_time|valid_to|current_period_end",
             "when it ends; none: open"),
    OPTIONAL("plan", TEXT, "plan_id|plan_name|plan_tier|tier", "what was subscribed"),
    OPTIONAL("kind", TEXT, "type|item_kind", "plan or add-on"),
    OPTIONAL("quantity", VALUE, "qty|seats|licences|licenses", "seats"),
    OPTIONAL("cancelled_at", TIME, "canceled_at|cancelled|canceled|cancel_date|cancellation_date",
             "when the customer gave notice"),
    OPTIONAL("trial", TEXT, "trial_kind", "none, free, paid"),
    OPTIONAL("reason", TEXT, "cancel_reason|churn_reason|reason_code", "why it ended"),
    OPTIONAL("currency", TEXT, CURRENCY_HEADERS, "currency of the amount"),
};

static const cmi_role RESPONSES[] = {
    REQUIRED("survey", TEXT, "survey_id|survey_name|surveyid", "survey"),
    REQUIRED("time", TIME,
             "timestamp|answered_at|responded_at|response_date|response_time|submitted_at|datetime|"
             "date|ts|created_at",
             "of the answer, else of the invitation"),
    OPTIONAL("score", VALUE, "rating|answer|answer_value|nps_score|stars",
             "the answer; none: invited only"),
    OPTIONAL("customer", CUSTOMER, CUSTOMER_HEADERS, "who answered"),
    OPTIONAL("respondent", ENTITY, "respondent_id|respondentid|response_id",
             "who answered, where no customer is known"),
    OPTIONAL("question", TEXT, "question_id|questionid|item", "question"),
    OPTIONAL("product", TEXT, PRODUCT_HEADERS, "product that was asked about"),
    OPTIONAL("price", MONEY, "price_point", "price that was asked about"),
    OPTIONAL("scale_minimum", VALUE, "scale_min|minimum", "lowest score of the scale"),
    OPTIONAL("scale_maximum", VALUE, "scale_max|maximum", "highest score of the scale"),
    OPTIONAL("weight", VALUE, "weights|survey_weight", "weight of the answer"),
};

static const cmi_role TICKETS[] = {
    REQUIRED("ticket", ENTITY, "ticket_id|ticketid|ticket_no|case_id|caseid|case|issue_id",
             "ticket"),
    REQUIRED("opened", TIME, "opened_at|open_date|created_at|created|submitted_at|created_date",
             "when it was opened"),
    OPTIONAL("customer", CUSTOMER, CUSTOMER_HEADERS "|requester_id|requester", "who asked"),
    OPTIONAL("channel", TEXT, "contact_channel|via|via_channel", "email, phone, chat"),
    OPTIONAL("first_response", TIME, "first_response_at|first_reply_at|first_responded_at",
             "when it was first answered"),
    OPTIONAL("resolved", TIME, "resolved_at|closed_at|closed|solved_at|resolution_date",
             "when it was resolved; none: open"),
    OPTIONAL("paused_seconds", SECONDS, "paused|pause_seconds", "time that does not count"),
    OPTIONAL("reopened", COUNT, "reopens|n_reopened|reopen_count", "how often it was reopened"),
    OPTIONAL("replies", COUNT, "n_replies|reply_count", "answers to the customer"),
    OPTIONAL("priority", TEXT, "severity|urgency", "priority"),
    OPTIONAL("product", TEXT, PRODUCT_HEADERS, "product it is about"),
    OPTIONAL("cost", MONEY, "ticket_cost|handling_cost", "cost of handling"),
    OPTIONAL("schedule", TEXT, "schedule_id|business_hours", "business hours that hold"),
    OPTIONAL("first_response_target_seconds", SECONDS, "first_response_target",
             "agreed time to the first answer"),
    OPTIONAL("resolution_target_seconds", SECONDS, "resolution_target", "agreed time to resolve"),
};

static const cmi_role SPEND[] = {
    REQUIRED("start", TIME, "start_date|date|day|period_start|week|month|date_start",
             "from when on it was spent"),
    REQUIRED("end", TIME, "end_date|period_end|date_end|date_stop", "until when, exclusive"),
    REQUIRED("amount", MONEY, "spend|cost|costs|spent|expense", "what was spent"),
    OPTIONAL("channel", TEXT, "source|utm_source|medium|platform", "channel"),
    OPTIONAL("campaign", TEXT, "campaign_id|campaign_name|utm_campaign", "campaign"),
    OPTIONAL("category", TEXT, "cost_category|spend_category", "marketing, advertising, sales"),
    OPTIONAL("purpose", TEXT, NULL, "acquire, retain, serve; none: acquire"),
    OPTIONAL("customer", CUSTOMER, CUSTOMER_HEADERS, "customer it was spent on"),
    OPTIONAL("impressions", COUNT, "impr", "reported impressions"),
    OPTIONAL("visits", COUNT, "sessions", "reported visits"),
    OPTIONAL("visitors", COUNT, "users|unique_visitors", "reported visitors"),
    OPTIONAL("sent", COUNT, NULL, "messages sent"),
    OPTIONAL("delivered", COUNT, NULL, "messages delivered"),
    OPTIONAL("bounced", COUNT, "bounces", "messages that came back"),
    OPTIONAL("opens", COUNT, "total_opens", "times a message was opened"),
    OPTIONAL("opened", COUNT, "unique_opens", "messages opened at least once"),
    OPTIONAL("clicks", COUNT, "total_clicks", "times a link was clicked"),
    OPTIONAL("clicked", COUNT, "unique_clicks", "messages clicked at least once"),
    OPTIONAL("unsubscribed", COUNT, "unsubscribes", "receivers who unsubscribed"),
    OPTIONAL("complained", COUNT, "complaints|spam_complaints", "receivers who complained"),
    OPTIONAL("conversions", COUNT, "converted", "reported conversions"),
    OPTIONAL("currency", TEXT, CURRENCY_HEADERS, "currency of the amount"),
};

static const cmi_role ASSIGNMENTS[] = {
    REQUIRED("customer", CUSTOMER, CUSTOMER_HEADERS, "who was assigned"),
    REQUIRED("experiment", TEXT, "experiment_id|experiment_name|test|test_id", "experiment"),
    REQUIRED("variant", TEXT, "variant_id|variation|variation_id|arm|treatment", "arm"),
    REQUIRED("time", TIME,
             "timestamp|assigned_at|assignment_time|exposed_at|datetime|date|ts|created_at",
             "when"),
};

static const cmi_role PATHS[] = {
    REQUIRED("path", TEXT, "paths|journey|touchpoints", "touches joined by ' > '"),
    OPTIONAL("conversions", NUMBER, "total_conversions|conversion", "conversions of the path"),
    OPTIONAL("value", NUMBER, "total_conversion_value|conversion_value", "their value"),
    OPTIONAL("nulls", NUMBER, "total_null|null|non_conversions", "walks without conversion"),
};

static const cmi_role SUMMARY[] = {
    OPTIONAL("customer", CUSTOMER, CUSTOMER_HEADERS "|id", "id of the customer"),
    REQUIRED("frequency", NUMBER, "x|repeat_purchases", "repeat purchases"),
    REQUIRED("recency", NUMBER, "t_x|recency_cal", "time from first to last purchase"),
    REQUIRED("tenure", NUMBER, "t|t_cal|periods|n_cal|opportunities",
             "time from first purchase to the end"),
    OPTIONAL("monetary", NUMBER, "monetary_value|zbar|m_x|mean_value", "mean value of a purchase"),
    OPTIONAL("count", NUMBER, "n|custs|weights|weight|customers",
             "customers that the row stands for"),
};

static const cmi_role SURVIVORS[] = {
    OPTIONAL("cohort", TEXT, "cohort_id|segment", "cohort"),
    REQUIRED("period", NUMBER, "age|t|time", "periods since the start"),
    REQUIRED("n", NUMBER, "survivors|customers|count|alive", "customers still there"),
};

static const cmi_role MOMENTS[] = {
    OPTIONAL("experiment", TEXT, "experiment_id", "experiment"),
    OPTIONAL("metric", TEXT, "metric_id|metric_name", "metric"),
    REQUIRED("variant", TEXT, "variant_id|arm|variation", "arm"),
    REQUIRED("n", NUMBER, "count|sample_size|customers", "observations"),
    REQUIRED("mean", NUMBER, "average", "their mean"),
    OPTIONAL("variance", NUMBER, "var", "their variance"),
    OPTIONAL("period", NUMBER, "time_since_start|look", "look at the data"),
};

static const cmi_role DURATIONS[] = {
    REQUIRED("time", NUMBER, "t|duration|durations|tenure", "time at risk"),
    OPTIONAL("event", NUMBER, "e|status|observed|died|event_observed",
             "1: it happened, 0: censored"),
    OPTIONAL("group", TEXT, "segment|arm|strata", "group"),
    OPTIONAL("entry", NUMBER, "entry_time", "late entry"),
    OPTIONAL("weight", NUMBER, "weights|count|n", "observations that the row stands for"),
};

static const cmi_role PRICES[] = {
    REQUIRED("price", NUMBER, "unit_price|avg_price", "price"),
    REQUIRED("quantity", NUMBER, "qty|volume|units|sales", "units sold"),
    OPTIONAL("entity", TEXT, "store|store_id|retailer|shop", "store or market"),
    OPTIONAL("product", TEXT, PRODUCT_HEADERS, "product"),
};

static const cmi_role BASKETS[] = {
    REQUIRED("basket", TEXT, "basket_id|transaction|transaction_id|order_id|order", "basket"),
    REQUIRED("product", TEXT, "item|" PRODUCT_HEADERS, "product in it"),
};

static const cmi_role SERIES[] = {
    OPTIONAL("series", TEXT, "series_id|metric", "name of the series"),
    REQUIRED("time", TIME, "date|day|week|month|timestamp|period|ds", "when"),
    REQUIRED("value", NUMBER, "y|metric_value|count", "value"),
    OPTIONAL("denominator", NUMBER, "n|base", "what the value is a share of"),
};

static const cmi_role FEATURES[] = {
    OPTIONAL("customer", CUSTOMER, CUSTOMER_HEADERS "|id", "id of the customer"),
    OPTIONAL("target", NUMBER, "label|y|outcome", "what is to be predicted"),
};

static const cmi_role PRODUCTS[] = {
    REQUIRED("product", TEXT, PRODUCT_HEADERS "|id", "product"),
    OPTIONAL("category", TEXT, "category_id|category_name|department", "category"),
    OPTIONAL("list_price", MONEY, "price|rrp|msrp", "list price"),
    OPTIONAL("cost", MONEY, "unit_cost|cogs", "cost of one unit"),
};

static const cmi_role SCHEDULES[] = {
    REQUIRED("schedule", TEXT, "schedule_id|schedule_name|name", "business hours"),
    REQUIRED("weekday", TEXT, "day|day_of_week", "monday .. sunday"),
    REQUIRED("opens", SECONDS, "open|start|start_time", "local time of day, 09:00"),
    REQUIRED("closes", SECONDS, "close|end|end_time", "local time of day, 17:30"),
    OPTIONAL("tz", TEXT, "time_zone|timezone", "zone; none: the dataset's"),
    OPTIONAL("valid_from", DATE, NULL, "first local date in force"),
    OPTIONAL("valid_to", DATE, NULL, "local date from which it no longer holds"),
};

static const cmi_role HOLIDAYS[] = {
    OPTIONAL("schedule", TEXT, "schedule_id|schedule_name", "schedule it closes; none: all"),
    REQUIRED("date", DATE, "day|holiday_date", "local date"),
    OPTIONAL("name", TEXT, "holiday|holiday_name", "name"),
};

static const cmi_role TARGETS[] = {
    REQUIRED("kpi", TEXT, "kpi_id|metric", "KPI"),
    OPTIONAL("column", TEXT, "column_name", "column; none: the headline"),
    OPTIONAL("from", TIME, "valid_from|start", "from when on it holds"),
    OPTIONAL("to", TIME, "valid_to|end", "until when, exclusive"),
    REQUIRED("target", NUMBER, "goal|target_value", "the number to reach"),
    OPTIONAL("better", TEXT, "direction", "higher or lower"),
    OPTIONAL("amber", NUMBER, NULL, "where amber begins"),
    OPTIONAL("red", NUMBER, NULL, "where red begins"),
};

static const cmi_role ALIASES[] = {
    REQUIRED("alias", CUSTOMER, "alias_id|anonymous_id|device_id|old_id|from_id", "the other id"),
    REQUIRED("customer", CUSTOMER, CUSTOMER_HEADERS "|new_id|to_id", "whom it belongs to"),
    OPTIONAL("since", TIME, "timestamp|time|valid_from|identified_at|created_at",
             "from when on; none: always"),
};

#define COUNT_OF(a) ((int32_t)(sizeof(a) / sizeof(a)[0]))
#define FACT(id, roles, owner, entity, time, doc)                                                  \
    {                                                                                              \
        id, CMI_KIND_FACT, doc, roles, COUNT_OF(roles), owner, entity, time                        \
    }
#define SIDE(id, kind, roles, doc)                                                                 \
    {                                                                                              \
        id, CMI_KIND_##kind, doc, roles, COUNT_OF(roles), -1, -1, -1                               \
    }

static const cmi_fact_def FACTS[CMI_N_FACTS] = {
    [CMI_CUSTOMERS] = FACT("customers", CUSTOMERS, 0, -1, 5, "who the customers are"),
    [CMI_EVENTS] = FACT("events", EVENTS, 2, 3, 0, "visits, launches, features, shares, messages"),
    [CMI_ORDERS] = FACT("orders", ORDERS, 2, 3, 0, "order lines; refunds are negative"),
    [CMI_SUBSCRIPTIONS] = FACT("subscriptions", SUBSCRIPTIONS, 0, -1, 1, "intervals with a price"),
    [CMI_RESPONSES] = FACT("responses", RESPONSES, 3, 4, 1, "answers to surveys, ratings, prices"),
    [CMI_TICKETS] = FACT("tickets", TICKETS, 2, 0, 1, "support requests"),
    [CMI_SPEND] = FACT("spend", SPEND, 7, -1, 0, "costs, and what is only known in sum"),
    [CMI_ASSIGNMENTS] = FACT("assignments", ASSIGNMENTS, 0, -1, 3, "who saw what in experiments"),
};

static const cmi_fact_def SIDES[CMI_N_SIDES] = {
    [CMI_SIDE_PATHS] = SIDE("paths", POOLED, PATHS, "attribution paths with their conversions"),
    [CMI_SIDE_SUMMARY] = SIDE("summary", POOLED, SUMMARY, "customers as frequency and recency"),
    [CMI_SIDE_SURVIVORS] = SIDE("survivors", POOLED, SURVIVORS, "cohort sizes over periods"),
    [CMI_SIDE_MOMENTS] = SIDE("moments", POOLED, MOMENTS, "experiment arms as means and variances"),
    [CMI_SIDE_DURATIONS] = SIDE("durations", POOLED, DURATIONS, "times to an event, or censored"),
    [CMI_SIDE_PRICES] = SIDE("prices", POOLED, PRICES, "prices and quantities"),
    [CMI_SIDE_BASKETS] = SIDE("baskets", POOLED, BASKETS, "products bought together"),
    [CMI_SIDE_SERIES] = SIDE("series", POOLED, SERIES, "time series"),
    [CMI_SIDE_FEATURES] = SIDE("features", POOLED, FEATURES, "numbers per customer"),
    [CMI_SIDE_PRODUCTS] = SIDE("products", SHARED, PRODUCTS, "what products are and cost"),
    [CMI_SIDE_SCHEDULES] = SIDE("schedules", SHARED, SCHEDULES, "weekly business hours"),
    [CMI_SIDE_HOLIDAYS] = SIDE("holidays", SHARED, HOLIDAYS, "days that are closed"),
    [CMI_SIDE_TARGETS] = SIDE("targets", SHARED, TARGETS, "numbers to reach"),
    [CMI_SIDE_ALIASES] = SIDE("aliases", SHARED, ALIASES, "ids that are one customer"),
};

const cmi_fact_def *cmi_fact_get(cmi_fact f)
{
    return &FACTS[f];
}

const cmi_fact_def *cmi_side_get(cmi_side_id s)
{
    return &SIDES[s];
}

int32_t cmi_fact_find(const char *name)
{
    for (int32_t f = 0; f < CMI_N_FACTS; f++)
        if (strcmp(FACTS[f].name, name) == 0) return f;
    return -1;
}

int32_t cmi_side_find(const char *name)
{
    for (int32_t s = 0; s < CMI_N_SIDES; s++)
        if (strcmp(SIDES[s].name, name) == 0) return s;
    return -1;
}

int32_t cmi_role_find(const cmi_fact_def *def, const char *name)
{
    for (int32_t r = 0; r < def->n_roles; r++)
        if (strcmp(def->roles[r].name, name) == 0) return r;
    return -1;
}
