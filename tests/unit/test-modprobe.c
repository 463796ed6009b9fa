/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "ifcfg/modprobe.h"

#include <string.h>

/* Files to be read in order, their bond, and its options as text; a diagnostic that must be there. */
struct modprobe_case {
	const char *files[3];
	const char *bond;
	const char *options;
	const char *report;
};

static const struct modprobe_case cases[] = {
    {{"alias bond0 bonding\noptions bond0 mode=1 miimon=100\n"}, "bond0", "miimon=100 mode=active-backup"},
    {{"options bonding mode=1 miimon=100\n"}, "bond0", "miimon=100 mode=active-backup"},
    {{"options bonding mode=1\n"}, "team0", "mode=active-backup"},
    {{"options bond1 mode=1\n"}, "bond0", "mode=balance-rr", "mode=1 is for a bond bond1 that no ifcfg file sets up"},
    /* later ones add up, and the last of the same name counts, whichever kind it is of */
    {{"options bond0 mode=1\noptions bond0 miimon=50\n"}, "bond0", "miimon=50 mode=active-backup"},
    {{"options bond0 mode=1\n", "options bond0 mode=0 miimon=70\n"}, "bond0", "miimon=70 mode=balance-rr"},
    {{"options bonding miimon=10\n", "options bond0 miimon=20\n"}, "bond0", "miimon=20 mode=balance-rr"},
    {{"options bond0 miimon=20\n", "options bonding miimon=10\n"}, "bond0", "miimon=10 mode=balance-rr"},
    /* forms of the kernel's documentation */
    {{"alias bond0 bonding\noptions bond0 -o bond0 mode=balance-rr miimon=100\n"},
     "bond0",
     "miimon=100 mode=balance-rr"},
    {{"options bonding -o bond1 mode=4\n"}, "bond1", "mode=802.3ad"},
    {{"options bonding -o bond1 mode=4\n"}, "bond0", "mode=balance-rr", "mode=4 is for a bond bond1"},
    {{"install bond1 /sbin/modprobe --ignore-install bonding -o bond1 \\\n\tmode=balance-alb miimon=50\n"},
     "bond1",
     "miimon=50 mode=balance-alb",
     "info: the command is not run, its options are taken over"},
    /* hyphens are underscores, in names of options and of modules */
    {{"options bonding mode=4 lacp-rate=fast xmit-hash-policy=layer3+4\n"},
     "bond0",
     "lacp_rate=fast mode=802.3ad xmit_hash_policy=layer3+4"},
    {{"options my-bond mode=1\n"}, "my_bond", "mode=active-backup"},
    {{"alias my-bond bonding\noptions my_bond mode=1\n"}, "my-bond", "mode=active-backup"},
    /* lines */
    {{"# options bonding mode=1\n  # more\n\n\toptions\tbonding\tmode=1\t\n"}, "bond0", "mode=active-backup"},
    {{"options bonding \\\n mode=1 \\\n miimon=30\n"}, "bond0", "miimon=30 mode=active-backup"},
    {{"options bonding mi\\\nimon=30\n"}, "bond0", "miimon=30 mode=balance-rr"},
    {{"options bonding mode=1\r\n"}, "bond0", "mode=active-backup"},
    {{"options bonding \\\r\n mode=1\r\n"}, "bond0", "mode=active-backup"},
    {{"options bonding mode=1 \\"}, "bond0", "mode=active-backup"},
    {{"options bonding mode=1"}, "bond0", "mode=active-backup"},
    {{"options bonding arp_interval=100 arp_ip_target=\"192.0.2.1,192.0.2.2\"\n"},
     "bond0",
     "arp_interval=100 arp_ip_target=192.0.2.1,192.0.2.2 mode=balance-rr"},
    /* other people's lines */
    {{"options snd_hda_intel index=0\nblacklist pcspkr\nsoftdep a pre: b\nalias eth0 e1000\n"},
     "bond0",
     "mode=balance-rr"},
    {{"install pcspkr /bin/true; /bin/false\n"}, "bond0", "mode=balance-rr"},
    {{"blacklist bonding\n"}, "bond0", "mode=balance-rr", "info: the line is about the kernel's module"},
    {{"alias bond0 bonding\nremove bond0 /sbin/rmmod bonding\n"},
     "bond0",
     "mode=balance-rr",
     "a.conf:2: info: the line is"},
    {{"softdep bonding pre: ipv6\n"}, "bond0", "mode=balance-rr", "info: the line is about the kernel's module"},
    {{"include /etc/other.conf\n"}, "bond0", "mode=balance-rr", "warning: other files are not followed"},
    {{"option bonding mode=1\n"}, "bond0", "mode=balance-rr", "warning: modprobe has no command option"},
    /* modprobe's own options, wherever they stand */
    {{"install bond0 /sbin/modprobe -q -o bond0 --ignore-install bonding mode=4 $CMDLINE_OPTS\n"},
     "bond0",
     "mode=802.3ad",
     "info: the command is not run, its options are taken over"},
    {{"install bonding /sbin/modprobe --ignore-install --name bond0 bonding miimon=50\n"},
     "bond0",
     "miimon=50 mode=balance-rr",
     "info: the command is not run, its options are taken over"},
    /* what is told */
    {{"options bonding mode=9\n"}, "bond0", "mode=balance-rr", "a.conf:1: warning: mode=9 is not valid"},
    {{"\n\noptions bonding colour=red\n"},
     "bond0",
     "mode=balance-rr",
     "a.conf:3: warning: there is no bonding option colour"},
    {{"options bonding mode\n"}, "bond0", "mode=balance-rr", "warning: mode is not name=value"},
    {{"options\n"}, "bond0", "mode=balance-rr", "warning: options needs a name"},
    {{"alias bond0\n"}, "bond0", "mode=balance-rr", "warning: alias needs a name and a module"},
    {{"options bonding -o\n"}, "bond0", "mode=balance-rr", "warning: -o without a name"},
    {{"options bonding max_bonds=2 mode=1\n"}, "bond0", "mode=active-backup", "info: max_bonds is about the kernel's"},
    {{"install bond0 /sbin/modprobe bonding; ifup bond0\n"},
     "bond0",
     "mode=balance-rr",
     "warning: commands of modprobe.d are not run and not read"},
    {{"install bond0 /bin/sh -c touch bond\n"}, "bond0", "mode=balance-rr", "warning: commands of modprobe.d"},
    {{"install bonding /bin/true\n"}, "bond0", "mode=balance-rr", "warning: commands of modprobe.d"},
    {{"alias bond3 bonding\n"}, "bond0", "mode=balance-rr", "info: no ifcfg file sets up a bond bond3"},
    {{"options bonding miimon=100 arp_interval=100 arp_ip_target=192.0.2.1\n"},
     "bond0",
     "miimon=100 mode=balance-rr",
     "info: miimon excludes ARP monitoring, arp_interval is left out"},
    {{"options bonding mode=1 lacp_rate=fast\n"},
     "bond0",
     "mode=active-backup",
     "warning: lacp_rate is only for mode 802.3ad, lacp_rate is left out"},
};

static gboolean
reports(const GPtrArray *diagnostics, const char *text)
{
	for (guint i = 0; i < diagnostics->len; i++) {
		g_autofree char *line = ifcfg_diagnostic_format(diagnostics->pdata[i]);

		if (strstr(line, text) != NULL)
			return TRUE;
	}
	return FALSE;
}

static char *
print_options(struct bonding_opts *opts)
{
	g_autoptr(GVariant) options = g_variant_ref_sink(bonding_opts_to_variant(opts));
	g_autoptr(GString) out = g_string_new(NULL);
	GVariantIter iter;
	const char *name;
	const char *value;

	g_variant_iter_init(&iter, options);
	while (g_variant_iter_next(&iter, "{&s&s}", &name, &value))
		g_string_append_printf(out, "%s%s=%s", out->len > 0 ? " " : "", name, value);
	return g_strdup(out->str);
}

static void
run_case(const struct modprobe_case *one)
{
	static const char *const names[] = {"/etc/modprobe.d/a.conf", "/etc/modprobe.d/b.conf",
					    "/etc/modprobe.d/c.conf"};
	const struct ifcfg_place place = {.file = "ifcfg-bond0"};
	g_autoptr(GPtrArray) diagnostics = ifcfg_diagnostics_new();
	struct modprobe *modprobe = modprobe_new(diagnostics);
	struct bonding_opts *opts = bonding_opts_new(diagnostics);
	g_autofree char *options = NULL;

	for (guint i = 0; i < G_N_ELEMENTS(one->files) && one->files[i] != NULL; i++)
		modprobe_add_file(modprobe, names[i], one->files[i], strlen(one->files[i]));
	modprobe_apply(modprobe, one->bond, opts);
	g_assert_true(bonding_opts_finish(opts, &place));
	modprobe_report_unused(modprobe);
	options = print_options(opts);
	g_assert_cmpstr(options, ==, one->options);
	if (one->report == NULL && diagnostics->len > 0)
		g_error("reported: %s", ((struct ifcfg_diagnostic *) diagnostics->pdata[0])->message);
	else if (one->report != NULL && !reports(diagnostics, one->report))
		g_error("not reported: %s", one->report);
	bonding_opts_free(opts);
	modprobe_free(modprobe);
}

static void
test_cases(void)
{
	for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_test_message("%s", cases[i].files[0]);
		run_case(&cases[i]);
	}
}

static void
test_aliases(void)
{
	static const char text[] = "alias bond0 bonding\nalias lan* bonding\nalias eth0 e1000\nalias my-bond bonding\n"
				   "install bond1 /sbin/modprobe -i bonding -o bond1\n";
	static const struct {
		const char *device;
		gboolean is_bond;
	} devices[] = {{"bond0", TRUE}, {"bond00", FALSE}, {"lan7", TRUE},    {"wlan", FALSE},
		       {"eth0", FALSE}, {"my-bond", TRUE}, {"my_bond", TRUE}, {"bond1", TRUE}};
	g_autoptr(GPtrArray) diagnostics = ifcfg_diagnostics_new();
	struct modprobe *modprobe = modprobe_new(diagnostics);

	modprobe_add_file(modprobe, "a.conf", text, strlen(text));
	for (guint i = 0; i < G_N_ELEMENTS(devices); i++)
		g_assert_cmpint(modprobe_names_bond(modprobe, devices[i].device), ==, devices[i].is_bond);
	modprobe_free(modprobe);
}

/* Bytes that no text file has. */
static void
test_rubbish(void)
{
	static const char text[] = "options bonding mode=1\0miimon=100\noptions bonding \xff\xfe=1 downdelay=100\n";
	const struct ifcfg_place place = {.file = "ifcfg-bond0"};
	g_autoptr(GPtrArray) diagnostics = ifcfg_diagnostics_new();
	struct modprobe *modprobe = modprobe_new(diagnostics);
	struct bonding_opts *opts = bonding_opts_new(diagnostics);

	modprobe_add_file(modprobe, "a.conf", text, sizeof(text) - 1);
	modprobe_apply(modprobe, "bond0", opts);
	g_assert_true(bonding_opts_finish(opts, &place));
	g_assert_cmpstr(bonding_opts_get(opts, "mode"), ==, "balance-rr");
	g_assert_cmpstr(bonding_opts_get(opts, "downdelay"), ==, "100");
	g_assert_cmpuint(diagnostics->len, ==, 2);
	for (guint i = 0; i < diagnostics->len; i++) {
		g_autofree char *line = ifcfg_diagnostic_format(diagnostics->pdata[i]);

		g_assert_true(g_utf8_validate(line, -1, NULL));
	}
	bonding_opts_free(opts);
	modprobe_free(modprobe);
}

/* A long file costs time in proportion, and not an endless report. */
static void
test_huge(void)
{
	static const char *const lines[] = {"alias b%u bonding\n", "options b%u mode=1 x=%u\n",
					    "options bonding y%u=1 \\\n"};

	for (guint k = 0; k < G_N_ELEMENTS(lines); k++) {
		const struct ifcfg_place place = {.file = "ifcfg-bond0"};
		g_autoptr(GPtrArray) diagnostics = ifcfg_diagnostics_new();
		g_autoptr(GString) text = g_string_new(NULL);
		struct modprobe *modprobe = modprobe_new(diagnostics);
		struct bonding_opts *opts = bonding_opts_new(diagnostics);

		for (guint i = 0; i < 50000; i++) {
			g_autofree char *number = g_strdup_printf("%u", i);
			g_auto(GStrv) parts = g_strsplit(lines[k], "%u", -1);
			g_autofree char *line = g_strjoinv(number, parts);

			g_string_append(text, line);
		}
		modprobe_add_file(modprobe, "a.conf", text->str, text->len);
		modprobe_apply(modprobe, "bond0", opts);
		g_assert_true(bonding_opts_finish(opts, &place));
		modprobe_report_unused(modprobe);
		g_assert_cmpuint(diagnostics->len, <=, 1001);
		bonding_opts_free(opts);
		modprobe_free(modprobe);
	}
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/modprobe/cases", test_cases);
	g_test_add_func("/modprobe/aliases", test_aliases);
	g_test_add_func("/modprobe/rubbish", test_rubbish);
	g_test_add_func("/modprobe/huge", test_huge);
	return g_test_run();
}
