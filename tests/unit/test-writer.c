/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Every recorded file, changed in every way of a table: either it is refused, or the files read back say what was
 * wanted, the lines that nobody was to touch are as they were, and changed back they say what they said.
 */
#include "writer-fixture.h"

#include <string.h>

struct modification {
	const char *group;
	const char *key;
	const char *value; /* NULL: unset */
};

static const struct modification modifications[] = {
    {"connection", "id", "My \"profile\" of $1"},
    {"connection", "id", "\\s\\tb'\\\\\\n"},
    {"connection", "uuid", "5bd2cc3f-8b1e-4d7f-9a3a-ec5a8f4b1d11"},
    {"connection", "interface-name", "other0"},
    {"connection", "autoconnect", "false"},
    {"connection", "autoconnect", NULL},
    {"connection", "autoconnect-priority", "7"},
    {"connection", "autoconnect-retries", "3"},
    {"connection", "autoconnect-slaves", "1"},
    {"connection", "zone", "work"},
    {"connection", "metered", "1"},
    {"connection", "metered", "3"},
    {"connection", "lldp", "1"},
    {"connection", "mdns", "2"},
    {"connection", "llmnr", NULL},
    {"connection", "mptcp-flags", "18"},
    {"connection", "secondaries", "5bd2cc3f-8b1e-4d7f-9a3a-ec5a8f4b1d12;5bd2cc3f-8b1e-4d7f-9a3a-ec5a8f4b1d13;"},
    {"connection", "permissions", "user:joe:;user:ann:;"},
    {"connection", "wait-device-timeout", "2500"},
    {"connection", "gateway-ping-timeout", "20"},
    {"connection", "mud-url", "https://example.com/x.json"},
    {"connection", "master", "bond7"},
    {"connection", "timestamp", "1700000000"},
    {"connection", "type", "dummy"},
    {"connection", "surprise", "1"},
    {"bond", "mode", "802.3ad"},
    {"bond", "mode", "balance-xor"},
    {"bond", "miimon", "250"},
    {"bond", "miimon", NULL},
    {"bond", "primary", "em1"},
    {"bond", "primary", NULL},
    {"bond", "updelay", "500"},
    {"bond", "xmit_hash_policy", "layer3+4"},
    {"bond", "ad_actor_system", "02:00:00:00:00:0a"},
    {"bond", "arp_ip_target", "192.0.2.7,192.0.2.8"},
    {"bond", "num_grat_arp", "4"},
    {"bond", "unknown", "4"},
    {"bond", "min_links", "2 mode=4"},
    {"user", "bondd.lacp_active", "off"},
    {"user", "myapp.key", "some value"},
    {"user", "my-app.Key_two", "x"},
    {"user", "myapp.key", NULL},
    {"bond-port", "queue-id", "5"},
    {"bond-port", "queue-id", NULL},
    {"bond-port", "prio", "5"},
    {"ethernet", "mtu", "9000"},
    {"ethernet", "mtu", NULL},
    {"ethernet", "mac-address", "02:00:00:00:00:AB"},
    {"ethernet", "cloned-mac-address", "02:00:00:00:00:CD"},
    {"ethernet", "cloned-mac-address", "stable"},
    {"ethernet", "mac-address-blacklist", "02:00:00:00:00:01;02:00:00:00:00:02;"},
    {"ethernet", "accept-all-mac-addresses", "1"},
    {"ethernet", "generate-mac-address-mask", "FE:FF:FF:00:00:00"},
    {"ethernet", "wake-on-lan", "64"},
    {"ethernet", "wake-on-lan", "32768"},
    {"ethernet", "speed", "1000"},
    {"ethernet", "auto-negotiate", "true"},
    {"ethtool", "feature-gro", "false"},
    {"ethtool", "ring-rx", "512"},
    {"ethtool", "coalesce-rx-usecs", "30"},
    {"ethtool", "pause-rx", "true"},
    {"802-1x", "password", "secret"},
    {"ipv4", "method", "auto"},
    {"ipv4", "method", "disabled"},
    {"ipv4", "method", "shared"},
    {"ipv4", "method", "link-local"},
    {"ipv4", "address1", "198.51.100.7/25"},
    {"ipv4", "address1", "198.51.100.7/25,198.51.100.1"},
    {"ipv4", "address1", NULL},
    {"ipv4", "address2", "198.51.100.8/32"},
    {"ipv4", "address3", "198.51.100.9/24"},
    {"ipv4", "dns", "192.0.2.53;192.0.2.54;"},
    {"ipv4", "dns", "192.0.2.55;"},
    {"ipv4", "dns", NULL},
    {"ipv4", "dns-search", "example.com;example.org;"},
    {"ipv4", "dns-search", NULL},
    {"ipv4", "dns-options", "rotate;timeout:3;"},
    {"ipv4", "dns-options", ""},
    {"ipv4", "dns-priority", "-5"},
    {"ipv4", "never-default", "true"},
    {"ipv4", "never-default", NULL},
    {"ipv4", "ignore-auto-dns", "true"},
    {"ipv4", "ignore-auto-routes", "true"},
    {"ipv4", "may-fail", "false"},
    {"ipv4", "route-metric", "50"},
    {"ipv4", "route-table", "7"},
    {"ipv4", "dhcp-hostname", "host"},
    {"ipv4", "dhcp-hostname", "host.example.com"},
    {"ipv4", "dhcp-fqdn", "host.example.com"},
    {"ipv4", "dhcp-client-id", "01:02:03"},
    {"ipv4", "dhcp-send-hostname", "false"},
    {"ipv4", "dhcp-timeout", "90"},
    {"ipv4", "dad-timeout", "1500"},
    {"ipv4", "dad-timeout", "3000"},
    {"ipv4", "link-local", "2"},
    {"ipv4", "route1", "203.0.113.0/24,192.0.2.9"},
    {"ipv4", "route2", "203.0.113.128/25,192.0.2.9,44"},
    {"ipv4", "route1", NULL},
    {"ipv4", "route1_options", "mtu=1400,onlink=true,table=9"},
    {"ipv4", "routing-rule1", "priority 900 from 192.0.2.0/24 table 90"},
    {"ipv4", "routing-rule2", "priority 901 not from 0.0.0.0/0 tos 0x08 table 91"},
    {"ipv4", "routing-rule1", NULL},
    {"ipv6", "method", "auto"},
    {"ipv6", "method", "ignore"},
    {"ipv6", "method", "disabled"},
    {"ipv6", "method", "link-local"},
    {"ipv6", "method", "dhcp"},
    {"ipv6", "address1", "2001:db8:7::7/48"},
    {"ipv6", "address1", "2001:db8:7::7/48,2001:db8:7::1"},
    {"ipv6", "address2", "2001:db8:7::8/128"},
    {"ipv6", "dns", "2001:db8::53;"},
    {"ipv6", "dns-search", "six.example.com;"},
    {"ipv6", "never-default", "true"},
    {"ipv6", "ip6-privacy", "1"},
    {"ipv6", "ip6-privacy", "2"},
    {"ipv6", "ip6-privacy", NULL},
    {"ipv6", "addr-gen-mode", "stable-privacy"},
    {"ipv6", "addr-gen-mode", "default"},
    {"ipv6", "may-fail", "false"},
    {"ipv6", "token", "::5"},
    {"ipv6", "dhcp-duid", "ll"},
    {"ipv6", "dhcp-hostname", "six.example.com"},
    {"ipv6", "mtu", "1400"},
    {"ipv6", "route1", "2001:db8:9::/48,2001:db8:7::9,10"},
    {"ipv6", "routing-rule1", "priority 902 from 2001:db8::/32 table 92"},
    {"proxy", "method", "1"},
    {"proxy", "pac-url", "http://example.com/x.pac"},
    {"proxy", "browser-only", "true"},
    {"vlan", "id", "77"},
    {"vlan", "parent", "em7"},
    {"vlan", "flags", "3"},
    {"vlan", "flags", "0"},
    {"vlan", "ingress-priority-map", "1:2;3:4;"},
    {"vlan", "egress-priority-map", "5:6;"},
    {"vlan", "protocol", "802.1ad"},
    {"bridge", "stp", "false"},
    {"bridge", "stp", NULL},
    {"bridge", "forward-delay", "9"},
    {"bridge", "priority", "4096"},
    {"bridge", "ageing-time", "20"},
    {"bridge", "mac-address", "02:00:00:00:00:EE"},
    {"bridge", "multicast-snooping", "false"},
    {"bridge", "vlans", "7 pvid untagged,10-20"},
    {"bridge-port", "priority", "5"},
    {"bridge-port", "hairpin-mode", "true"},
    {"bridge-port", "path-cost", "7"},
    {"match", "interface-name", "a*;b;"},
    {"hostname", "priority", "5"},
    {"hostname", "from-dhcp", "0"},
};

#define N_COMBINATIONS 1
#define SEED	       20261123

static void
modify(GKeyFile *keyfile, const struct modification *modification)
{
	if (modification->value != NULL)
		g_key_file_set_value(keyfile, modification->group, modification->key, modification->value);
	else
		g_key_file_remove_key(keyfile, modification->group, modification->key, NULL);
}

/* --- lines --- */

/* What a line assigns, or NULL. */
static char *
name_in(const char *line)
{
	const char *start = line + strspn(line, " \t");
	gsize length = strspn(start, "ABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789");

	return length > 0 && start[length] == '=' ? g_strndup(start, length) : NULL;
}

static gboolean
is_protected(const char *line)
{
	g_autofree char *name = name_in(line);

	return name == NULL || g_str_has_suffix(name, "_WORD");
}

/* Lines that assign nothing, or what nobody knows, are all there, in their order. */
static void
assert_kept(const char *before, const char *after)
{
	g_auto(GStrv) old = g_strsplit(before, "\n", -1);
	g_auto(GStrv) new = g_strsplit(after, "\n", -1);
	char **at = new;

	for (char **line = old; line[0] != NULL && line[1] != NULL; line++) {
		if (!is_protected(*line))
			continue;
		while (*at != NULL && strcmp(*at, *line) != 0)
			at++;
		if (*at == NULL)
			g_test_message("lost: %s\nof: %s\nin: %s", *line, before, after);
		g_assert_nonnull(*at);
		at++;
	}
}

static void
assert_texts_kept(struct site *site, const GPtrArray *edits)
{
	for (guint i = 0; i < edits->len; i++) {
		const struct ifcfg_edit *edit = edits->pdata[i];
		g_autofree char *name = g_path_get_basename(edit->path);
		g_autofree char *before = site_get(site, name);

		if (before == NULL || edit->text == NULL)
			continue;
		g_assert_cmpstr(before, !=, edit->text);
		if (g_str_has_prefix(name, "ifcfg-"))
			assert_kept(before, edit->text);
	}
}

/* --- the property --- */

/* TRUE if the change was written, FALSE if it was refused. */
static gboolean
change_and_check(struct site *site, const char *file, GKeyFile *before, GKeyFile *after)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(GPtrArray) edits = ifcfg_writer_change(file, before, after, &error);
	g_autofree char *wanted = site_meaning(after);
	g_autoptr(GKeyFile) now = NULL;
	g_autofree char *got = NULL;

	if (edits == NULL) {
		g_assert_error(error, IFCFG_ERROR, IFCFG_ERROR_UNSUPPORTED);
		g_assert_null(strstr(error->message, "secret"));
		return FALSE;
	}
	g_assert_no_error(error);
	assert_texts_kept(site, edits);
	site_apply(site, edits);
	now = site_keyfile(site, file);
	got = site_meaning(now);
	g_assert_cmpstr(got, ==, wanted);
	return TRUE;
}

/* Changes a profile, and changes it back; the files are then another text of the same meaning, so it is made anew. */
static gboolean
try_change(struct site *site, const char *name, const char *file, const struct modification *const *set, guint n)
{
	g_autoptr(GKeyFile) before = site_keyfile(site, file);
	g_autoptr(GKeyFile) after = site_copy(before);

	for (guint i = 0; i < n; i++)
		modify(after, set[i]);
	if (!change_and_check(site, file, before, after))
		return FALSE;
	change_and_check(site, file, after, before);
	site_empty(site);
	site_load(site, name);
	return TRUE;
}

/* One in sixty of all pairs, or with -m thorough all of them. */
static gboolean
is_chosen(guint a, guint b)
{
	return g_test_thorough() || (a + b) % 61 == 0;
}

static void
change_all(struct site *site, const char *name, guint *counts, guint salt)
{
	for (guint p = 0; p < site->result->profiles->len; p++) {
		g_autofree char *file = g_strdup(((struct ifcfg_profile *) site->result->profiles->pdata[p])->file);

		for (guint m = 0; m < G_N_ELEMENTS(modifications); m++) {
			const struct modification *set[] = {&modifications[m]};

			if (is_chosen(salt, m))
				counts[m] += try_change(site, name, file, set, 1);
		}
	}
}

static void
test_single(void)
{
	g_autoptr(GPtrArray) cases = site_cases();
	guint counts[G_N_ELEMENTS(modifications)] = {0};

	for (guint c = 0; c < cases->len; c++) {
		struct site site;

		site_init(&site);
		if (site_load(&site, cases->pdata[c]))
			change_all(&site, cases->pdata[c], counts, c);
		site_clear(&site);
	}
	for (guint m = 0; m < G_N_ELEMENTS(modifications); m++)
		g_test_message("%4u %s.%s=%s", counts[m], modifications[m].group, modifications[m].key,
			       modifications[m].value);
}

/* --- several changes at once, drawn by a seeded lot --- */

static void
combine(struct site *site, const char *name, GRand *lot, guint *written)
{
	for (guint p = 0; p < site->result->profiles->len; p++) {
		g_autofree char *file = g_strdup(((struct ifcfg_profile *) site->result->profiles->pdata[p])->file);

		for (guint i = 0; i < N_COMBINATIONS; i++) {
			const struct modification *set[4];
			guint n = g_rand_int_range(lot, 2, G_N_ELEMENTS(set) + 1);

			for (guint k = 0; k < n; k++)
				set[k] = &modifications[g_rand_int_range(lot, 0, G_N_ELEMENTS(modifications))];
			*written += try_change(site, name, file, set, n);
		}
	}
}

static void
test_combined(void)
{
	g_autoptr(GPtrArray) cases = site_cases();
	g_autoptr(GRand) lot = g_rand_new_with_seed(SEED);
	guint written = 0;

	for (guint c = 0; c < cases->len; c++) {
		struct site site;

		site_init(&site);
		if (site_load(&site, cases->pdata[c]))
			combine(&site, cases->pdata[c], lot, &written);
		site_clear(&site);
	}
	g_test_message("%u of them were written", written);
	g_assert_cmpuint(written, >, 20);
}

/* --- new files --- */

/* Every profile that a recorded file gives can be said by a file that is new. */
static gboolean
write_anew(GKeyFile *profile, const char *name)
{
	struct site site;
	g_autoptr(GKeyFile) none = g_key_file_new();
	g_autoptr(GKeyFile) after = site_copy(profile);
	g_autofree char *file = NULL;
	gboolean written;

	site_init(&site);
	site_read(&site);
	file = g_build_filename(site.scripts, name, NULL);
	written = change_and_check(&site, file, none, after);
	if (written) {
		g_assert_true(change_and_check(&site, file, after, none));
		g_assert_cmpuint(site.result->profiles->len, ==, 0);
	}
	site_clear(&site);
	return written;
}

static void
test_new(void)
{
	g_autoptr(GPtrArray) cases = site_cases();
	guint written = 0;
	guint all = 0;

	for (guint c = 0; c < cases->len; c++) {
		struct site site;

		site_init(&site);
		site_load(&site, cases->pdata[c]);
		for (guint p = 0; p < site.result->profiles->len; p++) {
			const struct ifcfg_profile *profile = site.result->profiles->pdata[p];
			g_autoptr(GKeyFile) keyfile = site_keyfile(&site, profile->file);
			gboolean ok = write_anew(keyfile, "ifcfg-new");

			if (!ok)
				g_test_message("refused: %s", (char *) cases->pdata[c]);
			written += ok;
			all++;
		}
		site_clear(&site);
	}
	g_test_message("%u of %u", written, all);
	g_assert_cmpuint(written * 10, >, all * 9);
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/writer/single", test_single);
	g_test_add_func("/writer/combined", test_combined);
	g_test_add_func("/writer/new", test_new);
	return g_test_run();
}
