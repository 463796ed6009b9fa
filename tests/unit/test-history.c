/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The history of a bond: numbered without gaps, bounded, asked for in parts, taken along, and not fooled by a file.
 */
#include "service/history-file.h"
#include "service/history.h"

#include <glib/gstdio.h>

static void
add_link(struct history *history, const char *port, const char *was, const char *is, bond_time time)
{
	struct history_event event = {
	    .kind = HISTORY_PORT_LINK,
	    .time = time,
	    .port = port,
	    .old_value = was,
	    .new_value = is,
	    .reason = "carrier",
	};

	history_add(history, &event, time);
}

static GVariant *
list(const struct history *history, guint64 after, guint limit)
{
	return g_variant_ref_sink(history_list(history, after, limit));
}

static guint64
number_of(GVariant *events, gsize n, const char *key)
{
	g_autoptr(GVariant) event = g_variant_get_child_value(events, n);
	guint64 number = 0;

	g_variant_lookup(event, key, "t", &number);
	return number;
}

static char *
text_of(GVariant *events, gsize n, const char *key)
{
	g_autoptr(GVariant) event = g_variant_get_child_value(events, n);
	char *text = NULL;

	g_variant_lookup(event, key, "s", &text);
	return text;
}

static struct history *
full_history(guint n)
{
	struct history *history = history_new();

	for (guint i = 0; i < n; i++)
		add_link(history, "eth0", i % 2 ? "down" : "up", i % 2 ? "up" : "down", (bond_time) (i + 1) * BOND_SEC);
	return history;
}

static void
test_bounded(void)
{
	struct history *history = full_history(HISTORY_SIZE + 500);
	g_autoptr(GVariant) all = list(history, 0, 0);

	g_assert_cmpuint(g_variant_n_children(all), ==, HISTORY_SIZE);
	for (gsize i = 0; i < HISTORY_SIZE; i++)
		g_assert_cmpuint(number_of(all, i, "serial"), ==, 501 + i);
	history_free(history);
}

static void
test_parts(void)
{
	struct history *history = full_history(20);
	g_autoptr(GVariant) some = list(history, 5, 3);
	g_autoptr(GVariant) rest = list(history, 18, 0);
	g_autoptr(GVariant) none = list(history, G_MAXUINT64, 0);

	g_assert_cmpuint(g_variant_n_children(some), ==, 3);
	g_assert_cmpuint(number_of(some, 0, "serial"), ==, 6);
	g_assert_cmpuint(g_variant_n_children(rest), ==, 2);
	g_assert_cmpuint(g_variant_n_children(none), ==, 0);
	history_free(history);
}

/* Down from the first loss on, whatever comes between; each port by itself. */
static void
test_down_for(void)
{
	struct history *history = history_new();
	g_autoptr(GVariant) events = NULL;
	g_autofree char *text = NULL;

	add_link(history, "eth0", "down", "up", 1 * BOND_SEC); /* its first link: it was not lost before */
	add_link(history, "eth0", "up", "going down", 2 * BOND_SEC);
	add_link(history, "eth1", "up", "down", 3 * BOND_SEC);
	add_link(history, "eth0", "going down", "down", 4 * BOND_SEC);
	add_link(history, "eth0", "down", "going back", 5 * BOND_SEC);
	add_link(history, "eth0", "going back", "up", 6 * BOND_SEC);
	add_link(history, "eth1", "down", "up", 3 * BOND_SEC + 25 * BOND_MSEC);
	events = list(history, 0, 0);
	g_assert_cmpuint(number_of(events, 0, "down-for"), ==, 0);
	g_assert_cmpuint(number_of(events, 5, "down-for"), ==, 4 * BOND_SEC);
	g_assert_cmpuint(number_of(events, 6, "down-for"), ==, 25 * BOND_MSEC);
	text = text_of(events, 5, "text");
	g_assert_cmpstr(text, ==, "the link of eth0 is up, it was going back (carrier); it was not up for 4.0 s");
	history_free(history);
}

static void
test_failover(void)
{
	struct history *history = history_new();
	struct history_event event = {
	    .kind = HISTORY_FAILOVER,
	    .time = BOND_SEC,
	    .plan_swapped = BOND_SEC + 100000,
	    .first_frame = BOND_SEC + 400000,
	    .port = "eth1",
	    .old_value = "eth0",
	    .new_value = "eth1",
	    .reason = "carrier",
	};
	g_autoptr(GVariant) events = NULL;
	g_autofree char *text = NULL;

	history_add(history, &event, BOND_SEC);
	events = list(history, 0, 0);
	text = text_of(events, 0, "text");
	g_assert_cmpstr(text, ==, "eth1 took over from eth0: plan after 100 us, first frame after 400 us (carrier)");
	g_assert_cmpuint(number_of(events, 0, "event-seen"), ==, BOND_SEC);
	g_assert_cmpuint(number_of(events, 0, "first-frame"), ==, BOND_SEC + 400000);
	history_free(history);
}

static void
test_restored(void)
{
	struct history *history = full_history(HISTORY_SIZE + 7);
	struct history *other = history_new();
	g_autoptr(GVariant) saved = g_variant_ref_sink(history_save(history));
	g_autoptr(GVariant) before = list(history, 0, 0);
	g_autoptr(GVariant) after = NULL;
	g_autoptr(GVariant) next = NULL;

	g_assert_true(history_restore(other, saved));
	after = list(other, 0, 0);
	g_assert_true(g_variant_equal(before, after));
	add_link(other, "eth1", "up", "down", BOND_SEC);
	next = list(other, HISTORY_SIZE + 7, 0);
	g_assert_cmpuint(number_of(next, 0, "serial"), ==, HISTORY_SIZE + 8);
	history_free(history);
	history_free(other);
}

/* What a daemon finds of the one before it comes before what it has seen itself. */
static void
test_restored_before(void)
{
	struct history *before = full_history(5);
	struct history *after = full_history(2);
	g_autoptr(GVariant) saved = g_variant_ref_sink(history_save(before));
	g_autoptr(GVariant) events = NULL;

	g_assert_true(history_restore(after, saved));
	events = list(after, 0, 0);
	g_assert_cmpuint(g_variant_n_children(events), ==, 7);
	for (gsize i = 0; i < 7; i++)
		g_assert_cmpuint(number_of(events, i, "serial"), ==, i + 1);
	g_assert_cmpuint(number_of(events, 4, "time"), ==, 5 * BOND_SEC);
	g_assert_cmpuint(number_of(events, 5, "time"), ==, 1 * BOND_SEC);
	history_free(before);
	history_free(after);
}

static void
write_file(const char *directory, const char *name, const char *data, gsize len)
{
	g_autofree char *path = g_build_filename(directory, name, NULL);

	g_assert_true(g_file_set_contents(path, data, (gssize) len, NULL));
}

/* Written, taken once, and nothing of a file that is not one. */
static void
test_file(void)
{
	static const char rubbish[] = "\x01\x02\x03\xff\xfe serial text 0123456789012345678901234567890123456789";
	g_autofree char *directory = g_dir_make_tmp("history-XXXXXX", NULL);
	struct history *history = full_history(HISTORY_SIZE);
	struct history *other = history_new();
	g_autoptr(GVariant) all = list(history, 0, 0);
	g_autoptr(GVariant) taken = NULL;
	g_autoptr(GVariant) still = NULL;

	history_file_write(directory, "bond0", history);
	history_file_take(directory, "bond1", other);
	history_file_take(directory, "bond0", other);
	taken = list(other, 0, 0);
	g_assert_true(g_variant_equal(all, taken));
	history_file_take(directory, "bond0", other);
	for (guint len = 0; len < sizeof(rubbish); len++) {
		write_file(directory, "history-bond0", rubbish, len);
		g_test_expect_message(G_LOG_DOMAIN, G_LOG_LEVEL_WARNING, "*is no history*");
		history_file_take(directory, "bond0", other);
		g_test_assert_expected_messages();
	}
	still = list(other, 0, 0);
	g_assert_true(g_variant_equal(all, still));
	g_assert_cmpint(g_rmdir(directory), ==, 0);
	history_free(history);
	history_free(other);
}

static void
test_bad_files(void)
{
	static const char *const bad[] = {
	    "'x'",
	    "(uint64 5, @aa{sv} [])",				   /* the last one is missing */
	    "(uint64 5, [{'serial': <uint64 1>}])",		   /* no text */
	    "(uint64 5, [{'text': <'x'>}])",			   /* no number */
	    "(uint64 5, [{'serial': <uint64 5>, 'text': <'x'>}])", /* the next has it */
	    "(uint64 5, [{'serial': <uint64 2>, 'text': <'x'>}, {'serial': <uint64 2>, 'text': <'x'>}])",
	    "(uint64 5, [{'serial': <'1'>, 'text': <'x'>}])",
	};

	for (gsize i = 0; i < G_N_ELEMENTS(bad); i++) {
		struct history *history = history_new();
		g_autoptr(GVariant) saved = g_variant_parse(NULL, bad[i], NULL, NULL, NULL);
		g_autoptr(GVariant) events = NULL;

		g_assert_nonnull(saved);
		g_assert_false(history_restore(history, saved));
		events = list(history, 0, 0);
		g_assert_cmpuint(g_variant_n_children(events), ==, 0);
		history_free(history);
	}
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/history/bounded", test_bounded);
	g_test_add_func("/history/parts", test_parts);
	g_test_add_func("/history/down-for", test_down_for);
	g_test_add_func("/history/failover", test_failover);
	g_test_add_func("/history/restored", test_restored);
	g_test_add_func("/history/restored-before", test_restored_before);
	g_test_add_func("/history/file", test_file);
	g_test_add_func("/history/bad-files", test_bad_files);
	return g_test_run();
}
