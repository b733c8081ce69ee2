/* SPDX-License-Identifier: MIT */
#include "cm_test.h"

#include "args.h"

#define PARSE(a, why, ...)                                                                         \
    args_parse((a), (int)(sizeof((char *[]){ __VA_ARGS__ }) / sizeof(char *)) + 1,                 \
               (char *[]){ (char[]){ "custmetrics" }, __VA_ARGS__ }, (why), sizeof(why))
#define W(word) ((char[]){ word })

static void a_whole_command_line(void **state)
{
    (void)state;
    args a;
    char why[200];
    assert_true(PARSE(&a, why, W("run"), W("purchase"), W("--orders"), W("o.csv"),
                      W("--events=e=1.csv"), W("--table-in"), W("products=p.csv"),
                      W("period=month"), W("where=channel:\"a,b\""), W("tz=Europe/Paris"),
                      W("week_start=sunday"), W("--format"), W("json"), W("--threads"), W("3"),
                      W("--scale"), W("0"), W("-o"), W("out"), W("--strict"), W("--quiet")));
    assert_string_equal(a.command, "run");
    assert_int_equal(a.n_words, 1);
    assert_string_equal(a.words[0], "purchase");
    assert_int_equal(a.n_inputs, 3);
    assert_string_equal(a.inputs[1].table, "events");
    assert_string_equal(a.inputs[1].path, "e=1.csv");
    assert_string_equal(a.inputs[2].table, "products");
    assert_int_equal(a.n_settings, 2);
    assert_string_equal(args_setting(&a, "where"), "channel:\"a,b\"");
    assert_string_equal(a.tz, "Europe/Paris");
    assert_string_equal(a.week_start, "sunday");
    assert_int_equal(a.format, FORMAT_JSON);
    assert_int_equal(a.threads, 3);
    assert_int_equal(a.scale, 0);
    assert_string_equal(a.out, "out");
    assert_true(a.strict && a.quiet);
    args_free(&a);
}

static void maps_and_time_formats_meet_in_one_binding(void **state)
{
    (void)state;
    args a;
    char why[200];
    assert_true(PARSE(&a, why, W("check"), W("--map"), W("orders.time=When = then"),
                      W("--time-format"), W("orders.time=%m/%d/%Y"), W("--map"),
                      W("subscriptions.term==1"), W("--map"), W("orders.=Secret"), W("--map"),
                      W("orders.=Other")));
    assert_int_equal(a.n_bindings, 4);
    assert_string_equal(a.bindings[0].role, "time");
    assert_string_equal(a.bindings[0].column, "When = then");
    assert_string_equal(a.bindings[0].format, "%m/%d/%Y");
    assert_string_equal(a.bindings[1].constant, "1");
    assert_null(a.bindings[1].column);
    assert_string_equal(a.bindings[2].role, "");
    assert_string_equal(a.bindings[3].column, "Other");
    assert_null(a.bindings[2].constant);
    args_free(&a);
}

static void partitions_count_from_zero(void **state)
{
    (void)state;
    args a;
    char why[200];
    assert_true(PARSE(&a, why, W("collect"), W("--partition"), W("3/4")));
    assert_int_equal(a.partition, 3);
    assert_int_equal(a.n_partitions, 4);
    args_free(&a);
    static char *const wrong[] = { "4/4", "-1/4", "1", "/4", "1/", "1/0", "a/b" };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        char value[8];
        strcpy(value, wrong[i]);
        assert_false(PARSE(&a, why, W("collect"), W("--partition"), value));
        assert_non_null(strstr(why, "--partition"));
        args_free(&a);
    }
}

static void several_models_may_stand_behind_labels(void **state)
{
    (void)state;
    args a;
    char why[200];
    assert_true(PARSE(&a, why, W("collect"), W("--labels"), W("a.cm"), W("--labels=b.cm")));
    assert_int_equal(a.n_labels, 2);
    assert_string_equal(a.labels[1], "b.cm");
    args_free(&a);
}

#define REFUSED(needle, ...)                                                                       \
    do {                                                                                           \
        args a;                                                                                    \
        char why[200] = "";                                                                        \
        assert_false(PARSE(&a, why, __VA_ARGS__));                                                 \
        assert_non_null(strstr(why, needle));                                                      \
        args_free(&a);                                                                             \
    } while (0)

static void what_makes_no_sense_is_refused(void **state)
{
    (void)state;
    REFUSED("unknown flag '--frobnicate'", W("list"), W("--frobnicate"));
    REFUSED("--orders needs a file", W("check"), W("--orders"));
    REFUSED("--table-in", W("check"), W("--products"), W("p.csv"));
    REFUSED("no table 'nonsense'", W("check"), W("--table-in"), W("nonsense=p.csv"));
    REFUSED("NAME=FILE", W("check"), W("--table-in"), W("products"));
    REFUSED("TABLE.ROLE", W("check"), W("--map"), W("orders=x"));
    REFUSED("no table 'order'", W("check"), W("--map"), W("order.time=x"));
    REFUSED("bound twice", W("check"), W("--map"), W("orders.time=x"), W("--map"),
            W("orders.time=y"));
    REFUSED("text, csv or json", W("run"), W("--format"), W("xml"));
    REFUSED("0 to 9", W("run"), W("--scale"), W("10"));
    REFUSED("whole number", W("run"), W("--threads"), W("two"));
    REFUSED("'period' is set twice", W("run"), W("period=day"), W("period=week"));
    REFUSED("'tz' is set twice", W("run"), W("tz=UTC"), W("tz=UTC"));
    REFUSED("-o needs a value", W("run"), W("-o"));
}

static void a_dash_is_a_word_and_two_end_the_flags(void **state)
{
    (void)state;
    args a;
    char why[200];
    assert_true(PARSE(&a, why, W("finalize"), W("-"), W("--"), W("--odd"), W("a=b")));
    assert_int_equal(a.n_words, 3);
    assert_string_equal(a.words[0], "-");
    assert_string_equal(a.words[1], "--odd");
    assert_string_equal(a.words[2], "a=b");
    args_free(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_whole_command_line),
        cmocka_unit_test(maps_and_time_formats_meet_in_one_binding),
        cmocka_unit_test(partitions_count_from_zero),
        cmocka_unit_test(several_models_may_stand_behind_labels),
        cmocka_unit_test(what_makes_no_sense_is_refused),
        cmocka_unit_test(a_dash_is_a_word_and_two_end_the_flags),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
