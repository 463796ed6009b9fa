/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bonding-opts.h"

#include "check.h"
#include "ifcfg-file.h"

#include <string.h>
#include <sys/socket.h>

#define DEFAULT_MIIMON 100 /* NetworkManager's, when nothing is said */

#define MODE(n)		(1u << (n))
#define ALL_MODES	0x7fu
#define AND_PRIMARY	(MODE(1) | MODE(5) | MODE(6))
#define NOT_8023AD_LB	(MODE(0) | MODE(1) | MODE(2) | MODE(3))
#define ONLY_8023AD	MODE(4)
#define ONLY_TLB_ALB	(MODE(5) | MODE(6))
#define ONLY_ROUNDROBIN MODE(0)

enum value_type {
	VALUE_NUMBER,
	VALUE_NAME, /* one of @names, or its index */
	VALUE_INTERFACE,
	VALUE_MAC,
	VALUE_IP4_LIST,
	VALUE_IP6_LIST,
	VALUE_PORT_NUMBER, /* eth0:3 */
};

static const char *const mode_names[] = {"balance-rr", "active-backup", "balance-xor", "broadcast",
					 "802.3ad",    "balance-tlb",	"balance-alb", NULL};
static const char *const ad_select_names[] = {"stable", "bandwidth", "count", NULL};
static const char *const arp_all_targets_names[] = {"any", "all", NULL};
static const char *const arp_validate_names[] = {"none",   "active",	    "backup",	     "all",
						 "filter", "filter_active", "filter_backup", NULL};
static const char *const fail_over_mac_names[] = {"none", "active", "follow", NULL};
static const char *const lacp_rate_names[] = {"slow", "fast", NULL};
static const char *const off_on_names[] = {"off", "on", NULL};
static const char *const primary_reselect_names[] = {"always", "better", "failure", NULL};
static const char *const xmit_hash_policy_names[] = {"layer2",	 "layer3+4",	"layer2+3", "encap2+3",
						     "encap3+4", "vlan+srcmac", NULL};

struct option_rule {
	const char *name;
	enum value_type type;
	gint64 min;
	gint64 max;
	const char *const *names;
	guint modes;	/* where NetworkManager keeps it */
	gboolean extra; /* NetworkManager's setting does not have it */
};

static const struct option_rule rules[] = {
    {"mode", VALUE_NAME, 0, 6, mode_names, ALL_MODES},
    {"miimon", VALUE_NUMBER, 0, G_MAXINT, NULL, ALL_MODES},
    {"updelay", VALUE_NUMBER, 0, G_MAXINT, NULL, ALL_MODES},
    {"downdelay", VALUE_NUMBER, 0, G_MAXINT, NULL, ALL_MODES},
    {"peer_notif_delay", VALUE_NUMBER, 0, G_MAXINT, NULL, ALL_MODES},
    {"use_carrier", VALUE_NUMBER, 0, 1, NULL, ALL_MODES},
    {"primary", VALUE_INTERFACE, 0, 0, NULL, AND_PRIMARY},
    {"primary_reselect", VALUE_NAME, 0, 2, primary_reselect_names, ALL_MODES},
    {"active_slave", VALUE_INTERFACE, 0, 0, NULL, AND_PRIMARY},
    {"fail_over_mac", VALUE_NAME, 0, 2, fail_over_mac_names, ALL_MODES},
    {"num_grat_arp", VALUE_NUMBER, 0, 255, NULL, ALL_MODES},
    {"num_unsol_na", VALUE_NUMBER, 0, 255, NULL, ALL_MODES},
    {"resend_igmp", VALUE_NUMBER, 0, 255, NULL, ALL_MODES},
    {"all_slaves_active", VALUE_NUMBER, 0, 1, NULL, ALL_MODES},
    {"arp_interval", VALUE_NUMBER, 0, G_MAXINT, NULL, NOT_8023AD_LB},
    {"arp_ip_target", VALUE_IP4_LIST, 0, 0, NULL, NOT_8023AD_LB},
    {"arp_validate", VALUE_NAME, 0, 6, arp_validate_names, NOT_8023AD_LB},
    {"arp_all_targets", VALUE_NAME, 0, 1, arp_all_targets_names, ALL_MODES},
    {"xmit_hash_policy", VALUE_NAME, 0, 5, xmit_hash_policy_names, ALL_MODES},
    {"packets_per_slave", VALUE_NUMBER, 0, 65535, NULL, ONLY_ROUNDROBIN},
    {"balance-slb", VALUE_NUMBER, 0, 1, NULL, ALL_MODES},
    {"min_links", VALUE_NUMBER, 0, G_MAXINT, NULL, ALL_MODES},
    {"lacp_rate", VALUE_NAME, 0, 1, lacp_rate_names, ONLY_8023AD},
    {"ad_select", VALUE_NAME, 0, 2, ad_select_names, ALL_MODES},
    {"ad_actor_sys_prio", VALUE_NUMBER, 1, 65535, NULL, ONLY_8023AD},
    {"ad_actor_system", VALUE_MAC, 0, 0, NULL, ONLY_8023AD},
    {"ad_user_port_key", VALUE_NUMBER, 0, 1023, NULL, ONLY_8023AD},
    {"lp_interval", VALUE_NUMBER, 1, G_MAXINT, NULL, ALL_MODES},
    {"tlb_dynamic_lb", VALUE_NUMBER, 0, 1, NULL, ONLY_TLB_ALB},
    {"arp_missed_max", VALUE_NUMBER, 1, 255, NULL, NOT_8023AD_LB, TRUE},
    {"ns_ip6_target", VALUE_IP6_LIST, 0, 0, NULL, NOT_8023AD_LB, TRUE},
    {"lacp_active", VALUE_NAME, 0, 1, off_on_names, ONLY_8023AD, TRUE},
    {"coupled_control", VALUE_NAME, 0, 1, off_on_names, ONLY_8023AD, TRUE},
    {"broadcast_neighbor", VALUE_NAME, 0, 1, off_on_names, ONLY_8023AD, TRUE},
    {"lacp_strict", VALUE_NAME, 0, 1, off_on_names, ONLY_8023AD, TRUE},
    {"queue_id", VALUE_PORT_NUMBER, 0, 65535, NULL, ALL_MODES, TRUE},
};

struct option {
	const struct option_rule *rule;
	char *value;
	enum bonding_opts_origin origin;
	struct ifcfg_place place; /* owns its strings */
};

struct bonding_opts {
	GTree *options; /* name -> struct option */
	GPtrArray *diagnostics;
};

static void
option_free(gpointer data)
{
	struct option *option = data;

	g_free(option->value);
	ifcfg_place_clear(&option->place);
	g_free(option);
}

static int
compare_names(gconstpointer a, gconstpointer b, gpointer unused)
{
	return strcmp(a, b);
}

struct bonding_opts *
bonding_opts_new(GPtrArray *diagnostics)
{
	struct bonding_opts *opts = g_new0(struct bonding_opts, 1);

	opts->options = g_tree_new_full(compare_names, NULL, NULL, option_free);
	opts->diagnostics = g_ptr_array_ref(diagnostics);
	return opts;
}

void
bonding_opts_free(struct bonding_opts *opts)
{
	g_tree_unref(opts->options);
	g_ptr_array_unref(opts->diagnostics);
	g_free(opts);
}

static const struct option_rule *
find_rule(const char *name)
{
	for (guint i = 0; i < G_N_ELEMENTS(rules); i++) {
		if (strcmp(rules[i].name, name) == 0)
			return &rules[i];
	}
	return NULL;
}

static gboolean
is_number(const char *value, gint64 min, gint64 max)
{
	gint64 number;

	return value[strspn(value, "0123456789")] == '\0' && ifcfg_parse_integer(value, 10, min, max, &number);
}

static gboolean
is_port_number(const char *value, gint64 max)
{
	const char *colon = strrchr(value, ':');
	g_autofree char *port = colon != NULL ? g_strndup(value, colon - value) : NULL;

	return port != NULL && ifcfg_is_interface_name(port) && is_number(colon + 1, 0, max);
}

static gboolean
is_valid(const struct option_rule *rule, const char *value)
{
	switch (rule->type) {
	case VALUE_NUMBER:
		return is_number(value, rule->min, rule->max);
	case VALUE_NAME:
		return g_strv_contains(rule->names, value) || is_number(value, rule->min, rule->max);
	case VALUE_INTERFACE:
		return ifcfg_is_interface_name(value);
	case VALUE_MAC:
		return ifcfg_parse_mac(value, NULL);
	case VALUE_IP4_LIST:
		return ifcfg_is_ip_list(value, AF_INET);
	case VALUE_IP6_LIST:
		return ifcfg_is_ip_list(value, AF_INET6);
	case VALUE_PORT_NUMBER:
		return is_port_number(value, rule->max);
	}
	g_return_val_if_reached(FALSE);
}

/* What would be a valid value. */
static char *
describe_rule(const struct option_rule *rule)
{
	static const char *const forms[] = {
	    [VALUE_INTERFACE] = "Use the name of a port",
	    [VALUE_MAC] = "Use an address such as 02:00:00:00:00:01",
	    [VALUE_IP4_LIST] = "Use IPv4 addresses with commas between them",
	    [VALUE_IP6_LIST] = "Use IPv6 addresses with commas between them",
	    [VALUE_PORT_NUMBER] = "Use port:number, such as eth0:2",
	};
	g_autofree char *names = NULL;

	if (rule->type == VALUE_NUMBER)
		return g_strdup_printf("Use a number from %" G_GINT64_FORMAT " to %" G_GINT64_FORMAT, rule->min,
				       rule->max);
	if (rule->type != VALUE_NAME)
		return g_strdup(forms[rule->type]);
	names = g_strjoinv(", ", (char **) rule->names);
	return g_strdup_printf("Use one of %s, or its number from 0", names);
}

/* Old scripts handed `+address` to sysfs; NetworkManager takes these marks and quotes out. */
static char *
strip_target_marks(const char *value)
{
	GString *out = g_string_new(NULL);

	for (; *value != '\0'; value++) {
		if (strchr("+-'\"", *value) == NULL)
			g_string_append_c(out, *value);
	}
	return g_string_free(out, FALSE);
}

static gboolean
is_list(const struct option_rule *rule)
{
	return rule->type == VALUE_IP4_LIST || rule->type == VALUE_IP6_LIST;
}

/* Old scripts added the addresses of each item; NetworkManager keeps the last item only, and its users one target. */
static char *
join_targets(struct bonding_opts *opts, const struct option *earlier, const struct ifcfg_place *place,
	     const char *value)
{
	ifcfg_diagnostics_add(opts->diagnostics, IFCFG_INFO, place,
			      "Write all addresses in one item, with commas between them",
			      "%s is there twice, the addresses of both count", earlier->rule->name);
	return g_strdup_printf("%s,%s", earlier->value, value);
}

/* What a second item of the same name makes of the two. In modprobe.d it is the way to make an exception. */
static char *
combine(struct bonding_opts *opts, const struct option *earlier, enum bonding_opts_origin origin,
	const struct ifcfg_place *place, const char *value)
{
	if (earlier->origin == BONDING_OPTS_FILE && origin == BONDING_OPTS_FILE) {
		if (is_list(earlier->rule))
			return join_targets(opts, earlier, place, value);
		ifcfg_diagnostics_add(opts->diagnostics, IFCFG_WARNING, place, "Remove one of the two",
				      "%s is set twice, the last one counts", earlier->rule->name);
	}
	return g_strdup(value);
}

static void
insert(struct bonding_opts *opts, const struct option_rule *rule, enum bonding_opts_origin origin,
       const struct ifcfg_place *place, const char *value)
{
	const struct option *earlier = g_tree_lookup(opts->options, rule->name);
	struct option *option = g_new0(struct option, 1);

	option->rule = rule;
	option->value = earlier != NULL ? combine(opts, earlier, origin, place, value) : g_strdup(value);
	option->origin = origin;
	option->place = ifcfg_place_copy(place);
	g_tree_replace(opts->options, (char *) rule->name, option);
}

void
bonding_opts_add(struct bonding_opts *opts, enum bonding_opts_origin origin, const struct ifcfg_place *place,
		 const char *name, const char *value)
{
	const struct option_rule *rule = find_rule(name);
	g_autofree char *clean = NULL;

	if (rule == NULL) {
		ifcfg_diagnostics_add(opts->diagnostics, IFCFG_WARNING, place,
				      "Correct the name or remove the option; `bondctl options` lists all",
				      "there is no bonding option %s, it is left out", name);
		return;
	}
	clean = is_list(rule) ? strip_target_marks(value) : g_strdup(value);
	if (!is_valid(rule, clean)) {
		g_autofree char *remedy = describe_rule(rule);

		ifcfg_diagnostics_add(opts->diagnostics, IFCFG_WARNING, place,
				      strchr(clean, '\t') != NULL ? "Put a blank between options, not a tab" : remedy,
				      "%s=%s is not valid, the option is left out", name, value);
		return;
	}
	if (rule->extra)
		ifcfg_diagnostics_add(opts->diagnostics, IFCFG_INFO, place,
				      "Nothing need be done for bonds that bondd runs",
				      "NetworkManager's bond setting has no %s, only bondd applies it", name);
	insert(opts, rule, origin, place, clean);
}

void
bonding_opts_add_text(struct bonding_opts *opts, const struct ifcfg_place *place, const char *text)
{
	g_auto(GStrv) items = g_strsplit(text, " ", -1);

	for (char **item = items; *item != NULL; item++) {
		char *equals = strchr(*item, '=');

		if ((*item)[strspn(*item, " \t\r\n")] == '\0')
			continue;
		if (equals == NULL || equals == *item || equals[1] == '\0') {
			ifcfg_diagnostics_add(opts->diagnostics, IFCFG_WARNING, place,
					      "Write name=value, without blanks around the =",
					      "the item %s of BONDING_OPTS is not name=value and is left out", *item);
			continue;
		}
		*equals = '\0';
		bonding_opts_add(opts, BONDING_OPTS_FILE, place, *item, equals + 1);
	}
}

static const struct option *
find(const struct bonding_opts *opts, const char *name)
{
	return g_tree_lookup(opts->options, name);
}

const char *
bonding_opts_get(const struct bonding_opts *opts, const char *name)
{
	const struct option *option = find(opts, name);

	return option != NULL ? option->value : NULL;
}

static gint64
number_of(const struct bonding_opts *opts, const char *name, gint64 fallback)
{
	const char *value = bonding_opts_get(opts, name);

	return value != NULL ? g_ascii_strtoll(value, NULL, 10) : fallback;
}

/* Index of a name or a number in a list of names. */
static guint
index_of(const char *const *names, const char *value)
{
	for (guint i = 0; names[i] != NULL; i++) {
		if (strcmp(names[i], value) == 0)
			return i;
	}
	return g_ascii_strtoull(value, NULL, 10);
}

static guint
mode_of(const struct bonding_opts *opts)
{
	const char *mode = bonding_opts_get(opts, "mode");

	return mode != NULL ? index_of(mode_names, mode) : 0;
}

static gboolean
in_modes(const struct bonding_opts *opts, guint modes)
{
	return (MODE(mode_of(opts)) & modes) != 0;
}

static gboolean
arp_in_balancing_mode(const struct bonding_opts *opts)
{
	return in_modes(opts, ONLY_TLB_ALB) && number_of(opts, "arp_interval", 0) > 0;
}

static gboolean
primary_in_wrong_mode(const struct bonding_opts *opts)
{
	return !in_modes(opts, AND_PRIMARY) && bonding_opts_get(opts, "primary") != NULL;
}

static gboolean
is_delay_without_miimon(const struct bonding_opts *opts, const char *name)
{
	return number_of(opts, "miimon", DEFAULT_MIIMON) == 0 && number_of(opts, name, 0) > 0;
}

static gboolean
updelay_without_miimon(const struct bonding_opts *opts)
{
	return is_delay_without_miimon(opts, "updelay");
}

static gboolean
downdelay_without_miimon(const struct bonding_opts *opts)
{
	return is_delay_without_miimon(opts, "downdelay");
}

static gboolean
notif_delay_without_miimon(const struct bonding_opts *opts)
{
	return is_delay_without_miimon(opts, "peer_notif_delay");
}

static gboolean
notif_delay_no_multiple(const struct bonding_opts *opts)
{
	gint64 miimon = number_of(opts, "miimon", DEFAULT_MIIMON);

	return miimon > 0 && number_of(opts, "peer_notif_delay", 0) % miimon != 0 &&
	       number_of(opts, "arp_interval", 0) == 0;
}

static gboolean
interval_without_target(const struct bonding_opts *opts)
{
	return number_of(opts, "arp_interval", 0) > 0 && bonding_opts_get(opts, "arp_ip_target") == NULL;
}

static gboolean
target_without_interval(const struct bonding_opts *opts)
{
	return number_of(opts, "arp_interval", 0) == 0 && bonding_opts_get(opts, "arp_ip_target") != NULL;
}

static gboolean
rate_without_8023ad(const struct bonding_opts *opts)
{
	const char *rate = bonding_opts_get(opts, "lacp_rate");

	return rate != NULL && !in_modes(opts, ONLY_8023AD) && index_of(lacp_rate_names, rate) != 0;
}

static gboolean
two_notification_counts(const struct bonding_opts *opts)
{
	gint64 arp = number_of(opts, "num_grat_arp", -1);
	gint64 na = number_of(opts, "num_unsol_na", -1);

	return arp >= 0 && na >= 0 && arp != na;
}

static gboolean
slb_without_xor(const struct bonding_opts *opts)
{
	const char *policy = bonding_opts_get(opts, "xmit_hash_policy");

	if (number_of(opts, "balance-slb", 0) == 0)
		return FALSE;
	return mode_of(opts) != 2 ||
	       (policy != NULL &&
		strcmp(xmit_hash_policy_names[index_of(xmit_hash_policy_names, policy)], "vlan+srcmac") != 0);
}

/* What NetworkManager refuses; @blame is the option to leave out if it is modprobe.d's. */
static const struct {
	gboolean (*is_broken)(const struct bonding_opts *opts);
	const char *blame;
	const char *message;
	const char *remedy;
} checks[] = {
    {arp_in_balancing_mode, "arp_interval", "ARP monitoring does not work in modes balance-tlb and balance-alb",
     "Use miimon instead of arp_interval"},
    {primary_in_wrong_mode, "primary", "primary is only for modes active-backup, balance-tlb and balance-alb",
     "Remove primary or change the mode"},
    {updelay_without_miimon, "updelay", "updelay needs miimon", "Set miimon=100 or remove updelay"},
    {downdelay_without_miimon, "downdelay", "downdelay needs miimon", "Set miimon=100 or remove downdelay"},
    {notif_delay_without_miimon, "peer_notif_delay", "peer_notif_delay needs miimon",
     "Set miimon=100 or remove peer_notif_delay"},
    {notif_delay_no_multiple, "peer_notif_delay", "peer_notif_delay is no multiple of miimon",
     "Make it a multiple of miimon"},
    {interval_without_target, "arp_interval", "arp_interval needs arp_ip_target",
     "Add arp_ip_target=ADDRESS of a host that always answers, or use miimon"},
    {target_without_interval, "arp_ip_target", "arp_ip_target needs arp_interval",
     "Add arp_interval=1000 or remove arp_ip_target"},
    {rate_without_8023ad, "lacp_rate", "lacp_rate is only for mode 802.3ad", "Remove lacp_rate or set mode=802.3ad"},
    {two_notification_counts, "num_unsol_na", "num_grat_arp and num_unsol_na are one option and have two values",
     "Remove one of the two"},
    {slb_without_xor, "balance-slb", "balance-slb needs mode=balance-xor with xmit_hash_policy=vlan+srcmac",
     "Remove balance-slb or set both"},
};

static void
leave_out(struct bonding_opts *opts, const struct option *option, enum ifcfg_severity severity, const char *message,
	  const char *remedy)
{
	ifcfg_diagnostics_add(opts->diagnostics, severity, &option->place, remedy, "%s, %s is left out", message,
			      option->rule->name);
	g_tree_remove(opts->options, option->rule->name);
}

static gboolean
run_checks(struct bonding_opts *opts)
{
	gboolean usable = TRUE;

	for (guint i = 0; i < G_N_ELEMENTS(checks); i++) {
		const struct option *option;

		if (!checks[i].is_broken(opts))
			continue;
		option = find(opts, checks[i].blame);
		if (option->origin == BONDING_OPTS_MODULE) {
			leave_out(opts, option, IFCFG_WARNING, checks[i].message, checks[i].remedy);
			continue;
		}
		ifcfg_diagnostics_add(opts->diagnostics, IFCFG_FATAL, &option->place, checks[i].remedy, "%s",
				      checks[i].message);
		usable = FALSE;
	}
	return usable;
}

static gboolean
is_from(const struct bonding_opts *opts, const char *name, enum bonding_opts_origin origin)
{
	const struct option *option = find(opts, name);

	return option != NULL && option->origin == origin && g_ascii_strtoll(option->value, NULL, 10) > 0;
}

static void
drop_module_options(struct bonding_opts *opts, const char *const *names, const char *message)
{
	for (; *names != NULL; names++) {
		const struct option *option = find(opts, *names);

		if (option != NULL && option->origin == BONDING_OPTS_MODULE)
			leave_out(opts, option, IFCFG_INFO, message, "Remove it from modprobe.d to silence this");
	}
}

/* One bond has one monitor: BONDING_OPTS chooses, else miimon, as the module itself does. */
static void
choose_monitor(struct bonding_opts *opts)
{
	static const char *const mii[] = {"miimon", "updelay", "downdelay", "peer_notif_delay", NULL};
	static const char *const arp[] = {"arp_interval",
					  "arp_ip_target",
					  "arp_validate",
					  "arp_all_targets",
					  "arp_missed_max",
					  "ns_ip6_target",
					  NULL};

	if (is_from(opts, "arp_interval", BONDING_OPTS_FILE) && !is_from(opts, "miimon", BONDING_OPTS_FILE))
		drop_module_options(opts, mii, "BONDING_OPTS chooses ARP monitoring");
	else if (is_from(opts, "miimon", BONDING_OPTS_FILE))
		drop_module_options(opts, arp, "BONDING_OPTS chooses miimon");
	else if (is_from(opts, "miimon", BONDING_OPTS_MODULE))
		drop_module_options(opts, arp, "miimon excludes ARP monitoring");
}

static void
report_two_monitors(struct bonding_opts *opts)
{
	const struct option *interval = find(opts, "arp_interval");

	if (interval != NULL && number_of(opts, "arp_interval", 0) > 0 && number_of(opts, "miimon", 0) > 0)
		ifcfg_diagnostics_add(opts->diagnostics, IFCFG_WARNING, &interval->place,
				      "Remove miimon, or arp_interval and arp_ip_target",
				      "miimon and arp_interval exclude each other, miimon counts");
}

static void
drop_unsupported(struct bonding_opts *opts)
{
	g_autofree char *message = g_strdup_printf("mode %s does not have it", mode_names[mode_of(opts)]);

	for (guint i = 0; i < G_N_ELEMENTS(rules); i++) {
		const struct option *option = find(opts, rules[i].name);

		if (option != NULL && !in_modes(opts, rules[i].modes))
			leave_out(opts, option, IFCFG_WARNING, message, "Remove the option or change the mode");
	}
}

static void
name_mode(struct bonding_opts *opts, const struct ifcfg_place *place)
{
	const char *mode = mode_names[mode_of(opts)];
	struct option *option = g_tree_lookup(opts->options, "mode");

	if (option == NULL) {
		insert(opts, find_rule("mode"), BONDING_OPTS_MODULE, place, mode);
		return;
	}
	g_free(option->value);
	option->value = g_strdup(mode);
}

gboolean
bonding_opts_finish(struct bonding_opts *opts, const struct ifcfg_place *place)
{
	choose_monitor(opts);
	if (!run_checks(opts))
		return FALSE;
	name_mode(opts, place);
	drop_unsupported(opts);
	report_two_monitors(opts);
	return TRUE;
}

struct collector {
	GVariantBuilder builder;
	gboolean extra;
};

static gboolean
collect(gpointer name, gpointer data, gpointer user_data)
{
	struct collector *collector = user_data;
	const struct option *option = data;

	if (option->rule->extra == collector->extra)
		g_variant_builder_add(&collector->builder, "{ss}", name, option->value);
	return FALSE;
}

static GVariant *
to_variant(const struct bonding_opts *opts, gboolean extra)
{
	struct collector collector = {.extra = extra};

	g_variant_builder_init(&collector.builder, G_VARIANT_TYPE("a{ss}"));
	g_tree_foreach(opts->options, collect, &collector);
	return g_variant_builder_end(&collector.builder);
}

GVariant *
bonding_opts_to_variant(const struct bonding_opts *opts)
{
	return to_variant(opts, FALSE);
}

GVariant *
bonding_opts_extra_to_variant(const struct bonding_opts *opts)
{
	return to_variant(opts, TRUE);
}

gboolean
bonding_opts_is_extra(const char *name)
{
	const struct option_rule *rule = find_rule(name);

	return rule != NULL && rule->extra;
}
