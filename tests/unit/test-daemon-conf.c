/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "service/daemon-conf.h"

#include <glib/gstdio.h>
#include <string.h>

static const struct {
	const char *text;
	enum datapath_host kind;
	guint queues;
	gboolean busy_poll;
	const char *complaints[4]; /* how each begins */
} cases[] = {
    {"", DATAPATH_HOST_TAP, 1, FALSE, {NULL}},
    {"# nothing\n; nothing\n\n[defaults]\n", DATAPATH_HOST_TAP, 1, FALSE, {NULL}},
    {"[defaults]\nhost=veth\nqueues=4\nbusy_poll=on\n", DATAPATH_HOST_VETH, 4, TRUE, {NULL}},
    {"  [defaults]\r\n\thost = mixed \r\nqueues=\t2", DATAPATH_HOST_MIXED, 2, FALSE, {NULL}},
    {"[defaults]\nhost=veth\nhost=tap\n", DATAPATH_HOST_TAP, 1, FALSE, {NULL}},
    /* What is wrong has no effect, what is right has. */
    {"[defaults]\nhost=tun\nqueues=3\n", DATAPATH_HOST_TAP, 3, FALSE, {"F:2: option host"}},
    {"[defaults]\nqueues=17\nqueues=\nbusy_poll=yes\n",
     DATAPATH_HOST_TAP,
     1,
     FALSE,
     {"F:2: option queues", "F:3: option queues", "F:4: option busy_poll"}},
    {"host=veth\n", DATAPATH_HOST_TAP, 1, FALSE, {"F:1: \u201chost=veth\u201d stands in no group"}},
    {"[bonds]\nhost=veth\n[defaults]\nqueues=2\n",
     DATAPATH_HOST_TAP,
     2,
     FALSE,
     {"F:1: there is no group [bonds]", "F:2: \u201chost=veth\u201d stands in no group"}},
    {"[defaults]\nup=1\nmiimon=100\nhost\n",
     DATAPATH_HOST_TAP,
     1,
     FALSE,
     {"F:2: there is no default \u201cup\u201d", "F:3: there is no default \u201cmiimon\u201d",
      "F:4: \u201chost\u201d is not of the form"}},
    {"[defaults]\nhost=\xff\n=veth\n",
     DATAPATH_HOST_TAP,
     1,
     FALSE,
     {"F:2: the line is not UTF-8", "F:3: there is no default \u201c\u201d"}},
};

static void
check_case(guint i)
{
	struct host_options host = HOST_OPTIONS_DEFAULT;
	g_autoptr(GPtrArray) complaints = daemon_conf_parse("F", cases[i].text, strlen(cases[i].text), &host);

	g_test_message("case %u", i);
	g_assert_cmpint(host.kind, ==, cases[i].kind);
	g_assert_cmpuint(host.n_queues, ==, cases[i].queues);
	g_assert_cmpint(host.busy_poll, ==, cases[i].busy_poll);
	for (guint c = 0; c < complaints->len; c++) {
		const char *complaint = g_ptr_array_index(complaints, c);

		g_assert_cmpuint(c, <, G_N_ELEMENTS(cases[i].complaints));
		g_assert_nonnull(cases[i].complaints[c]);
		g_assert_true(g_str_has_prefix(complaint, cases[i].complaints[c]));
	}
	g_assert_cmpuint(complaints->len, ==, g_strv_length((char **) cases[i].complaints));
}

static void
test_cases(void)
{
	for (guint i = 0; i < G_N_ELEMENTS(cases); i++)
		check_case(i);
}

static void
test_hostile(void)
{
	static const char nul[] = "[defaults]\nhost=veth\0\n";
	struct host_options host = HOST_OPTIONS_DEFAULT;
	g_autoptr(GPtrArray) of_nul = daemon_conf_parse("F", nul, sizeof(nul), &host);
	g_autofree char *large = g_strnfill(5000000, '=');
	g_autoptr(GPtrArray) of_large = daemon_conf_parse("F", large, 5000000, &host);

	g_assert_cmpuint(of_nul->len, ==, 1);
	g_assert_cmpuint(of_large->len, ==, 1);
	g_assert_cmpint(host.kind, ==, DATAPATH_HOST_TAP);
}

static void
test_files(void)
{
	g_autofree char *directory = g_dir_make_tmp("daemon-conf-XXXXXX", NULL);
	g_autofree char *path = g_build_filename(directory, "bondd.conf", NULL);
	struct host_options host = HOST_OPTIONS_DEFAULT;
	g_autoptr(GPtrArray) of_none = daemon_conf_read(path, &host);
	g_autoptr(GPtrArray) of_directory = daemon_conf_read(directory, &host);
	g_autoptr(GPtrArray) of_file = NULL;

	g_assert_cmpuint(of_none->len, ==, 0);
	g_assert_cmpuint(of_directory->len, ==, 1);
	g_assert_true(g_file_set_contents(path, "[defaults]\nhost=veth\n", -1, NULL));
	of_file = daemon_conf_read(path, &host);
	g_assert_cmpuint(of_file->len, ==, 0);
	g_assert_cmpint(host.kind, ==, DATAPATH_HOST_VETH);
	g_assert_cmpint(g_unlink(path), ==, 0);
	g_assert_cmpint(g_rmdir(directory), ==, 0);
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/daemon-conf/cases", test_cases);
	g_test_add_func("/daemon-conf/hostile", test_hostile);
	g_test_add_func("/daemon-conf/files", test_files);
	return g_test_run();
}
