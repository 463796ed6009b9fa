/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * No line of a file vanishes without a word: without it the settings or the reports are others, or, where it says what
 * holds anyhow, with another value in its place.
 */
#include "ifcfg/interpret.h"
#include "ifcfg/variables.h"

#include <string.h>

#define DIRECTORY "/etc/sysconfig/network-scripts/"

static void
append_profile(GString *out, const struct ifcfg_profile *profile)
{
	g_autofree char *settings = g_variant_print(profile->settings, TRUE);
	g_autofree char *extra = g_variant_print(profile->extra, TRUE);
	g_autofree char *routing = g_variant_print(profile->routing, TRUE);

	g_string_append_printf(out, "%s %s %s %s %d %d\n", profile->file, settings, extra, routing, profile->onboot,
			       profile->nm_controlled);
}

/* All that is understood and said, but for the numbers of lines. */
static char *
understand(const GPtrArray *ifcfg, const GPtrArray *routes)
{
	const struct ifcfg_input input = {.ifcfg = (GPtrArray *) ifcfg, .routes = (GPtrArray *) routes};
	struct ifcfg_result *result = NULL;
	GString *out = g_string_new(NULL);

	for (guint i = 0; i < routes->len; i++)
		((struct directory_file *) routes->pdata[i])->used = FALSE;
	result = ifcfg_interpret(&input, ifcfg_diagnostics_new());
	for (guint i = 0; i < result->profiles->len; i++)
		append_profile(out, result->profiles->pdata[i]);
	for (guint i = 0; i < result->diagnostics->len; i++) {
		const struct ifcfg_diagnostic *diagnostic = result->diagnostics->pdata[i];

		g_string_append_printf(out, "%s: %s\n", diagnostic->file, diagnostic->message);
	}
	ifcfg_result_free(result);
	return g_string_free(out, FALSE);
}

/* @file with its bytes from @start to @end replaced, and what is understood then. */
static char *
understand_with(const GPtrArray *ifcfg, const GPtrArray *routes, struct directory_file *file, gsize start, gsize end,
		const char *replacement)
{
	struct directory_file before = *file;
	g_autoptr(GString) text = g_string_new_len(before.text, start);
	char *understood;

	g_string_append(text, replacement);
	g_string_append_len(text, before.text + end, before.length - end);
	file->text = text->str;
	file->length = text->len;
	understood = understand(ifcfg, routes);
	file->text = before.text;
	file->length = before.length;
	return understood;
}

static gboolean
is_accounted_for(const GPtrArray *ifcfg, const GPtrArray *routes, struct directory_file *file, gsize start, gsize end,
		 const char *whole)
{
	g_autofree char *line = g_strndup(file->text + start, end - start);
	g_autofree char *without = NULL;
	g_autofree char *spoilt = NULL;
	g_autofree char *with_spoilt = NULL;
	const char *equals = strchr(line, '=');

	g_strstrip(line);
	if (*line == '\0' || *line == '#')
		return TRUE;
	without = understand_with(ifcfg, routes, file, start, end, "");
	if (strcmp(without, whole) != 0 || equals == NULL)
		return strcmp(without, whole) != 0;
	spoilt = g_strdup_printf("%.*s='?spoilt value?'\n", (int) (equals - line), line);
	with_spoilt = understand_with(ifcfg, routes, file, start, end, spoilt);
	return strcmp(with_spoilt, whole) != 0;
}

/* What was said of the whole file stands for all its lines. */
static gboolean
is_left_out(const GPtrArray *ifcfg, const GPtrArray *routes, const struct directory_file *file)
{
	g_autofree char *understood = understand(ifcfg, routes);
	g_autofree char *prefix = g_strdup_printf("%s: ", file->path);
	const char *said = strstr(understood, prefix);

	for (; said != NULL; said = strstr(said + 1, prefix)) {
		g_autofree char *line = g_strndup(said, strcspn(said, "\n"));

		if (strstr(line, "left out") != NULL || strstr(line, "its routes are ignored") != NULL)
			return TRUE;
	}
	return FALSE;
}

/* How many lines of the file make no difference; they are printed. */
static guint
count_lost(const char *name, const GPtrArray *ifcfg, const GPtrArray *routes, struct directory_file *file)
{
	g_autofree char *whole = understand(ifcfg, routes);
	gsize start = 0;
	guint lost = 0;

	if (is_left_out(ifcfg, routes, file))
		return 0;
	while (start < file->length) {
		const char *newline = memchr(file->text + start, '\n', file->length - start);
		gsize end = newline != NULL ? (gsize) (newline - file->text) + 1 : file->length;

		if (!is_accounted_for(ifcfg, routes, file, start, end, whole)) {
			g_test_message("%s: lost: %.*s", name, (int) (end - start), file->text + start);
			lost++;
		}
		start = end;
	}
	return lost;
}

/* --- every case that was recorded --- */

static guint
count_lost_of_case(const char *directory)
{
	g_autoptr(GPtrArray) ignored = ifcfg_diagnostics_new();
	g_autoptr(GPtrArray) ifcfg = directory_read(directory, directory_is_ifcfg, ignored, NULL);
	g_autoptr(GPtrArray) routes = directory_read(directory, directory_is_route, ignored, NULL);
	guint lost = 0;

	for (guint i = 0; i < ifcfg->len; i++)
		lost += count_lost(directory, ifcfg, routes, ifcfg->pdata[i]);
	for (guint i = 0; i < routes->len; i++)
		lost += count_lost(directory, ifcfg, routes, routes->pdata[i]);
	return lost;
}

static void
test_cases(void)
{
	g_autofree char *top = g_test_build_filename(G_TEST_DIST, "..", "ifcfg", "cases", NULL);
	g_autoptr(GDir) directory = g_dir_open(top, 0, NULL);
	const char *name;
	guint lost = 0;
	guint n = 0;

	g_assert_nonnull(directory);
	while ((name = g_dir_read_name(directory)) != NULL) {
		g_autofree char *path = g_build_filename(top, name, NULL);

		lost += count_lost_of_case(path);
		n++;
	}
	g_assert_cmpuint(n, >, 100);
	g_assert_cmpuint(lost, ==, 0);
}

/* --- every variable there is, in every kind of file --- */

static const char *const bases[] = {
    "TYPE=Ethernet\nDEVICE=eth0\nIPADDR=192.0.2.3\nPREFIX=24\n",
    "TYPE=Ethernet\nDEVICE=eth0\nBOOTPROTO=dhcp\nIPV6INIT=yes\nIPV6_AUTOCONF=yes\n",
    "TYPE=Ethernet\nDEVICE=eth0\n",
    "TYPE=Bond\nDEVICE=bond0\nBONDING_OPTS=mode=1\nIPADDR=192.0.2.3\nPREFIX=24\nIPV6INIT=yes\n",
    "TYPE=Ethernet\nDEVICE=eth0\nMASTER=bond0\nSLAVE=yes\n",
    "TYPE=Vlan\nDEVICE=bond0.5\nVLAN=yes\nIPADDR=192.0.2.3\nPREFIX=24\n",
    "TYPE=Bridge\nDEVICE=br0\nIPADDR=192.0.2.3\nPREFIX=24\n",
};

static const char *const values[] = {"yes", "no", "1", "none", "192.0.2.9", "2001:db8::1/64", "some words here"};

static guint
count_lost_of_variable(const char *base, const char *variable, const char *value)
{
	g_autofree char *line = g_strdup_printf("%s='%s'\n", variable, value);
	g_autofree char *text = g_strconcat(base, line, NULL);
	struct directory_file file = {.path = (char *) DIRECTORY "ifcfg-x", .text = text, .length = strlen(text)};
	g_autoptr(GPtrArray) ifcfg = g_ptr_array_new();
	g_autoptr(GPtrArray) routes = g_ptr_array_new();
	g_autofree char *whole = NULL;
	gboolean accounted;

	g_ptr_array_add(ifcfg, &file);
	whole = understand(ifcfg, routes);
	accounted = is_accounted_for(ifcfg, routes, &file, strlen(base), file.length, whole);
	if (!accounted)
		g_test_message("lost: %s", text);
	return !accounted;
}

static void
test_variables(void)
{
	const char *variable;
	guint lost = 0;
	guint n = 0;

	for (; (variable = ifcfg_variables_name(n)) != NULL; n++) {
		for (guint b = 0; b < G_N_ELEMENTS(bases); b++) {
			for (guint v = 0; v < G_N_ELEMENTS(values); v++)
				lost += count_lost_of_variable(bases[b], variable, values[v]);
		}
	}
	g_assert_cmpuint(n, >, 100);
	g_assert_cmpuint(lost, ==, 0);
}

/* Names that nobody knows, with any beginning and end. */
static void
test_unknown(void)
{
	static const char *const names[] = {"X", "IPADDRX",	 "IPADDR_1", "DNSS",
					    "_", "bonding_opts", "NM_USERX", "ROUTE1"};
	guint lost = 0;

	for (guint i = 0; i < G_N_ELEMENTS(names); i++) {
		for (guint b = 0; b < G_N_ELEMENTS(bases); b++)
			lost += count_lost_of_variable(bases[b], names[i], "yes");
	}
	g_assert_cmpuint(lost, ==, 0);
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/no-line-lost/cases", test_cases);
	g_test_add_func("/no-line-lost/variables", test_variables);
	g_test_add_func("/no-line-lost/unknown", test_unknown);
	return g_test_run();
}
