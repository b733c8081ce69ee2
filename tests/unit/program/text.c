/* SPDX-License-Identifier: MIT */
#include "cm_test.h"

#include <stdlib.h>

#include "output.h"
#include "text.h"

static void json_escapes_what_it_must(void **state)
{
    (void)state;
    text t = { 0 };
    text_json(&t, "a\"b\\c\nd\x01\xc3\xa9", 10);
    assert_string_equal(text_c(&t), "\"a\\\"b\\\\c\\nd\\u0001\xc3\xa9\"");
    text_free(&t);
}

static void html_escapes_text_and_attributes(void **state)
{
    (void)state;
    text t = { 0 };
    text_html_c(&t, "<a href=\"x\">Q&A's</a>");
    assert_string_equal(text_c(&t), "&lt;a href=&quot;x&quot;&gt;Q&amp;A&#39;s&lt;/a&gt;");
    text_free(&t);
}

/* RFC 4648, section 10. */
static void base64_gives_the_vectors_of_the_rfc(void **state)
{
    (void)state;
    static const char *const pairs[][2] = { { "", "" },
                                            { "f", "Zg==" },
                                            { "fo", "Zm8=" },
                                            { "foo", "Zm9v" },
                                            { "foob", "Zm9vYg==" },
                                            { "fooba", "Zm9vYmE=" },
                                            { "foobar", "Zm9vYmFy" } };
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        text t = { 0 };
        text_base64(&t, pairs[i][0], strlen(pairs[i][0]));
        assert_string_equal(text_c(&t), pairs[i][1]);
        text_free(&t);
    }
}

static void text_grows_and_stays_terminated(void **state)
{
    (void)state;
    text t = { 0 };
    assert_string_equal(text_c(&t), "");
    for (int i = 0; i < 2000; i++) text_printf(&t, "%d,", i);
    assert_int_equal(t.n, strlen(t.p));
    assert_int_equal(t.n, 10 * 2 + 90 * 3 + 900 * 4 + 1000 * 5);
    text_free(&t);
}

static void lists_hold_whole_words(void **state)
{
    (void)state;
    assert_true(list_has("loyalty, growth", "growth"));
    assert_true(list_has("a|b", "b"));
    assert_false(list_has("loyalty, growth", "grow"));
    assert_false(list_has("", "a"));
}

static void one_table_is_picked_from_json(void **state)
{
    (void)state;
    const char *json = "{\"kpi\": \"k\", \"meta\": {\"tables\": {\"a\": 0}, \"s\": \"}\\\"{\"},\n"
                       "\"tables\": {\"a\": {\"rows\": [[1, \"]\"], [null]]}, "
                       "\"b c\": {\"rows\": []}}}\n";
    text t = { 0 };
    assert_true(pick_json_table(json, "b c", &t));
    assert_string_equal(text_c(&t),
                        "{\"kpi\": \"k\", \"meta\": {\"tables\": {\"a\": 0}, \"s\": \"}\\\"{\"},\n"
                        "\"tables\": {\"b c\": {\"rows\": []}}}\n");
    text_free(&t);
    assert_true(pick_json_table(json, "a", &t));
    assert_non_null(strstr(text_c(&t), "{\"a\": {\"rows\": [[1, \"]\"], [null]]}}}\n"));
    text_free(&t);
    assert_false(pick_json_table(json, "c", &t));
    assert_int_equal(t.n, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(json_escapes_what_it_must),
        cmocka_unit_test(html_escapes_text_and_attributes),
        cmocka_unit_test(base64_gives_the_vectors_of_the_rfc),
        cmocka_unit_test(text_grows_and_stays_terminated),
        cmocka_unit_test(lists_hold_whole_words),
        cmocka_unit_test(one_table_is_picked_from_json),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
